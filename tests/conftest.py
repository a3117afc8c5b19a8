"""What holds for every test: signals mean what they mean to a program that a person starts.

A shell that starts a job in the background, or under nohup, lets it ignore SIGINT and SIGHUP, and every
child inherits that. Tests that interrupt the program would wait for ever.
"""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
