"""The probe for batch files, VBScript, Perl, Ruby and PHP, read statement by statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from doorward.inspect.probes.capabilities_statements import BATCH, PERL, PHP, RUBY, VBSCRIPT
from doorward.inspect.probes.concealment import look_at_text
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.literals import blobs_in_text
from doorward.inspect.probes.powershell import decoded
from doorward.inspect.probes.script_kinds import SCRIPT_KINDS
from doorward.inspect.probes.script_model import Script, traits_of
from doorward.inspect.probes.statements import Language, read_statements
from doorward.model.trait import Trait, TraitKind

__all__ = ["OtherScriptsProbe"]

LANGUAGES: Final = (
    ((".bat", ".cmd"), None, BATCH),
    ((".vbs", ".vbe", ".vba", ".bas", ".wsf", ".hta"), None, VBSCRIPT),
    ((".pl", ".pm", ".plx", ".t"), re.compile(rb"#!.{0,120}\bperl\b"), PERL),
    ((".rb", ".rake", ".gemspec", ".podspec"), re.compile(rb"#!.{0,120}\bruby\b"), RUBY),
    ((".php", ".phtml", ".inc.php", ".phps"), re.compile(rb"(?:#!.{0,120}\bphp\b|<\?php)"), PHP),
)


class OtherScriptsProbe:
    """Examines scripts of languages that have no front end of their own here."""

    name: ClassVar[str] = "other-scripts"
    version: ClassVar[int] = 1
    kinds: ClassVar[tuple[TraitKind, ...]] = SCRIPT_KINDS

    def accepts(self, path: str, head: bytes) -> bool:
        """By extension, or by the interpreter that the first line asks for."""
        return language_of(path, head) is not None

    def examine(self, subject: Subject) -> Iterator[Trait]:
        """Yield the traits of one script."""
        language = language_of(subject.path, subject.head)
        if language is None:
            return
        text = decoded(subject.data)
        script = Script(text)
        script.holds(blobs_in_text(text))
        if subject.size <= subject.limits.max_script_bytes:
            read_statements(script, language)
        else:
            script.unparsable = f"{language.name}-oversized"
        look_at_text(script)
        yield from traits_of(script)


def language_of(path: str, head: bytes) -> Language | None:
    """The language of a script, or None."""
    lowered = path.lower()
    for extensions, shebang, language in LANGUAGES:
        if shebang is not None and shebang.match(head):
            return language
        if lowered.endswith(extensions) and not head.startswith(b"#!"):
            return language
    return None
