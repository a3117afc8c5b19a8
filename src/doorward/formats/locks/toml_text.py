"""TOML as every TOML lock file is read: one parser, its errors with line numbers."""

from __future__ import annotations

import re
import tomllib

from doorward.formats.locks.page import Page

__all__ = ["parse_toml"]

PLACE = re.compile(r"\(at line (\d+), column \d+\)")


def parse_toml(page: Page) -> dict[str, object]:
    """The document; the standard library's parser refuses duplicate keys itself.

    Raises:
        Misuse: not TOML 1.0, or nested deeper than anything a tool writes.
    """
    try:
        return tomllib.loads(page.text)
    except tomllib.TOMLDecodeError as error:
        place = PLACE.search(str(error))
        reason = PLACE.sub("", str(error)).strip()
        raise page.refuse("TOML", f"no TOML: {ascii(reason)[1:-1]}", int(place[1]) if place else 0) from error
    except (RecursionError, ValueError) as error:
        raise page.refuse("TOML of a few levels", f"no such thing ({type(error).__name__})") from error
