"""`make demo`: a real update, then the same update with something in it, looked at as its user would.

1. Two neighbouring releases of a real package are fetched from the registry and inspected.
2. Something inert, shaped like ShadowPad (2017), is put into the newer one: an encrypted literal, a keyed
   decoder, a name looked up in DNS under `.invalid`. The payload is random bytes. Nothing is run.
3. The result is inspected again, and the HTML report is written.

Exits 1 if the verdicts are not the ones it promises.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from doorward import wiring
from doorward.drill import implant
from doorward.errors import DoorwardError
from doorward.formats.settings import InspectSettings

OLD, NEW = "pypi:click==8.1.7", "pypi:click==8.1.8"
FAMILY, SEED = "py-keyed-blob-dns", 2017
FOLDER = Path(".doorward-demo")


def say(text: str) -> None:
    """One line of the story."""
    print(f"\n\033[1m── {text}\033[0m" if sys.stdout.isatty() else f"\n── {text}", flush=True)


def doorward(*arguments: str) -> int:
    """Run the program as its user would."""
    print("$ doorward", *arguments, flush=True)
    program = Path(sys.executable).with_name("doorward")
    return subprocess.run([program, *arguments], check=False).returncode  # noqa: S603 -- our own program


def fetched() -> tuple[Path, Path]:
    """Both releases on this machine's disk."""
    settings = InspectSettings(cache_folder=FOLDER / "cache", environment=dict(os.environ), home=Path.home())
    with wiring.releases(settings, None) as finder:
        return Path(finder.find(OLD).path), Path(finder.find(NEW).path)


def main() -> int:
    """Tell the story."""
    FOLDER.mkdir(exist_ok=True)
    say("1. A real update: what changed between two releases?")
    clean = doorward("inspect", OLD, NEW)

    say("2. The same update, with something inert in it that is shaped like ShadowPad")
    try:
        old, new = fetched()
    except DoorwardError as error:
        print(error.sentence())
        return 1
    planted = implant(FAMILY, SEED, old, new, FOLDER / "planted")
    print(f"{planted}: random bytes for a payload, a name under .invalid; nothing in it is ever run")
    found = doorward("inspect", str(old), str(planted))

    say("3. The report, to read and to print")
    report = FOLDER / "report.html"
    doorward("inspect", str(old), str(planted), "--format", "html", "--output", str(report))
    print(f"open {report}")

    say("In short")
    print(f"the real update: {'clear' if clean == 0 else f'exit {clean}'}; with the implant: "
          f"{'blocked' if found == 1 else f'exit {found}'}")  # fmt: skip
    return 0 if (clean, found) == (0, 1) else 1


if __name__ == "__main__":
    sys.exit(main())
