"""What holds for every test: signals mean what they mean to a program that a person starts.

A shell that starts a job in the background, or under nohup, lets it ignore SIGINT and SIGHUP, and every
child inherits that; so does a test that ends the program within its own process, which ignores further
signals while it tidies up. Tests that interrupt a child would wait for ever.
"""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True)
def signals_mean_something() -> None:
    """Heed again what a shell, or the test before, had this process ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
