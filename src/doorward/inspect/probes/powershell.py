"""The probe for PowerShell: scripts, modules, and command lines found elsewhere.

Read statement by statement; `-EncodedCommand` and strings in Base64 of UTF-16 are decoded and read too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import ClassVar, Final

from doorward.inspect.probes.capabilities_statements import POWERSHELL
from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import MODULE, Script, traits_of
from doorward.inspect.probes.shell_walk import merge
from doorward.inspect.probes.statements import read_statements
from doorward.model.trait import Trait, TraitKind

__all__ = ["PowerShellProbe", "analyse_powershell"]

EXTENSIONS: Final = (".ps1", ".psm1", ".psd1", ".ps1xml", ".pssc", ".cdxml")
SHEBANG: Final = re.compile(rb"#!.{0,120}\b(?:pwsh|powershell)\b")
ENCODED: Final = re.compile(
    r"-e(?:nc?o?d?e?d?c?o?m?m?a?n?d?)?\s+[\"']?([A-Za-z0-9+/]{40,}={0,2})", re.IGNORECASE
)
HIDDEN: Final = re.compile(
    r"-w(?:indowstyle)?\s+(?:hidden|1)\b|CreateNoWindow\s*=\s*\$true|WindowStyle\s*=\s*['\"]?Hidden",
    re.IGNORECASE,
)
BLINDING: Final = re.compile(
    r"AmsiUtils|amsiInitFailed|AmsiScanBuffer|EtwEventWrite|Set-MpPreference\s+-Disable|Add-MpPreference\s+-Exclusion|"
    r"DisableRealtimeMonitoring|ScriptBlockLogging",
    re.IGNORECASE,
)
BYPASS: Final = re.compile(r"-e(?:x|p|xecutionpolicy)\w*\s+(?:bypass|unrestricted)", re.IGNORECASE)


class PowerShellProbe:
    """Examines PowerShell scripts and modules."""

    name: ClassVar[str] = "powershell"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, or by the interpreter that the first line asks for."""
        return path.lower().endswith(EXTENSIONS) or (
            head.startswith(b"#!") and SHEBANG.match(head) is not None
        )

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one script."""
        yield from traits_of(read_powershell(decoded(subject.data)))


def analyse_powershell(text: str) -> Iterator[Trait]:
    """Yield the traits of PowerShell found elsewhere."""
    yield from traits_of(read_powershell(text))


def read_powershell(text: str, depth: int = 0) -> Script:
    """Read one script, and what is encoded in it."""
    script = Script(text)
    script.holds(blobs_in_text(text))
    read_statements(script, POWERSHELL)
    module = script.function(MODULE)
    for trick, pattern in (
        ("hidden-window", HIDDEN),
        ("blinds-defences", BLINDING),
        ("bypasses-policy", BYPASS),
    ):
        match = pattern.search(text)
        if match:
            module.hides(trick, text.count("\n", 0, match.start()) + 1)
    for match in list(ENCODED.finditer(text))[:20]:
        line = text.count("\n", 0, match.start())
        module.can("decode", line + 1)
        module.can("dynamic-code", line + 1)
        module.flows.setdefault("decoded-to-dynamic-code", line + 1)
        inner = encoded_command(match[1])
        if inner and depth < 2:
            merge(script, read_powershell(inner, depth + 1).functions, line, "encoded")
    look_at_text(script)
    return script


def encoded_command(written: str) -> str:
    """What `-EncodedCommand` is given: Base64 of UTF-16."""
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4)).decode("utf-16-le", "replace")
    except (binascii.Error, ValueError):
        return ""


def decoded(data: bytes) -> str:
    """The text of a script by its byte order mark; UTF-8 without one."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")
