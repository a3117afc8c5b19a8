"""Scripts of system packages: deb maintainer scripts, rpm scriptlets, MSI custom actions.

Debian Policy 6; rpm's scriptlets come from the rpm opener as members `.rpm/scriptlets/<tag>`, MSI's
actions from the MSI opener as `.msi/CustomAction.tsv`. All of them run as administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.inspect.probes.hooks_boilerplate import handwritten, logical_lines
from doorward.inspect.probes.hooks_gather import hook, one_line, text_of
from doorward.inspect.probes.hooks_kinds import MAINTAINER, MAINTAINER_LINE, MAINTAINER_SCRIPT
from doorward.inspect.probes.interface import Subject
from doorward.model.trait import Trait

__all__ = ["concerns", "traits"]

DEB = re.compile(
    r"(?:(?:^|/)control\.tar[^/!]*!/(?:\./)?|(?:^|/)DEBIAN/)(preinst|postinst|prerm|postrm|config|triggers)\Z"
)
RPM = re.compile(r"(?:^|/)\.rpm/scriptlets/([\w.-]+)\Z")
MSI = re.compile(r"(?:^|/)\.msi/CustomAction\.(?:tsv|csv|json)\Z")
SHELL = re.compile(r"#!\s*(?:/usr)?/bin/(?:env\s+)?(?:ba|da|k|z)?sh\b")
MSI_INERT = frozenset({19, 35, 51})
"""Types that only show an error, set a directory or set a property (MS docs, Custom Action Types)."""
MSI_BASE = 0x3F


def concerns(path: str) -> bool:
    """Whether this member is a script that the package manager runs."""
    return bool(DEB.search(path) or RPM.search(path) or MSI.search(path))


def traits(subject: Subject) -> Iterator[Trait]:
    """The script's name, and each line of it that no packaging tool writes."""
    text = text_of(subject)
    if match := DEB.search(subject.path):
        if match[1] == "triggers":
            for number, line in logical_lines(text):
                yield hook(MAINTAINER_SCRIPT, one_line(line), line, line=number)
            return
        yield from script("deb", match[1], text)
    elif match := RPM.search(subject.path):
        yield from script("rpm", match[1], text)
    else:
        yield from custom_actions(text)


def script(system: str, name: str, text: str) -> Iterator[Trait]:
    """One script that runs at installation, removal or configuration."""
    yield hook(MAINTAINER_SCRIPT, name, text)
    shell = not text.startswith("#!") or bool(SHELL.match(text))
    for number, line in logical_lines(text):
        if not shell or handwritten(line):
            # Every script of a deb begins so: the old ones are found by it, and have the trait too.
            yield hook(MAINTAINER, system, line, line=number, token="#!" if system == "deb" else "")
            yield hook(MAINTAINER_LINE, line, line, line=number)


def custom_actions(text: str) -> Iterator[Trait]:
    """Rows of the CustomAction table: Action, Type, Source, Target."""
    for number, row in enumerate(text.splitlines(), 1):
        cells = row.split("\t")
        if len(cells) < 2 or not cells[1].strip().lstrip("-").isdigit():
            continue
        kind = int(cells[1]) & MSI_BASE
        yield hook(MAINTAINER_SCRIPT, f"custom action of type {kind}", row, line=number)
        if kind not in MSI_INERT:
            yield hook(MAINTAINER, "msi", row, line=number)
            yield hook(MAINTAINER_LINE, one_line(" ".join([str(kind), *cells[2:]])), row, line=number)
