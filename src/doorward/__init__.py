"""Doorward: the standard answer to back doors in software updates.

A release walks in at one end, judged by everything we know; a strange DNS query walks in at the
other, and is led back to the release it came from. The rooms are listed in `docs/explanation/`.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
