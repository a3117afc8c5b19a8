"""The caller's own YARA rules are one more kind of trait: what matched before is not news."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from doorward.errors import Misuse
from doorward.formats.settings import InspectSettings
from doorward.inspect.compare import gather
from doorward.inspect.probes.interface import Subject
from doorward.inspect.probes.yara_rules import RulesProbe, compiled, rule_files
from doorward.model.artifact import Artifact
from doorward.wiring import Silence, artifact_at, workbench

RULE = 'rule Marked { strings: $a = "MARKED-BY-US" condition: $a }'


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "ours.yar").write_text(RULE, encoding="utf-8")
    return folder


def release(folder: Path, version: str, text: str) -> Artifact:
    path = folder / f"pkg-{version}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("pkg/data.txt", text)
    return artifact_at(path, "pkg", version)


def test_a_match_says_rule_place_and_what_matched(pack: Path, tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"xxMARKED-BY-US")
    (trait,) = RulesProbe(rule_files([pack])).examine(Subject("f", file, 14))
    assert (trait.kind, trait.key) == ("rules.match", "ours:Marked")
    assert (trait.evidence.offset, trait.evidence.excerpt) == (2, "MARKED-BY-US")


@pytest.mark.parametrize(("old", "found"), [("quiet", ["ours:Marked"]), ("MARKED-BY-US before", [])])
def test_only_what_did_not_match_before_is_news(
    pack: Path, tmp_path: Path, old: str, found: list[str]
) -> None:
    settings = InspectSettings(cache_folder=tmp_path / "cache", jobs=1, rules=(str(pack),))
    with workbench(settings, [tmp_path], Silence()) as bench:
        compared = gather([release(tmp_path, "1", old)], release(tmp_path, "2", "MARKED-BY-US now"), bench)
    assert [d.trait.key for d in compared.drifts if d.trait.kind == "rules.match"] == found


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"expected files that end in \.yar or \.yara; found none"):
        rule_files([tmp_path])


def test_a_file_that_is_not_yara_is_named(pack: Path) -> None:
    (pack / "broken.yar").write_text("rule {", encoding="utf-8")
    with pytest.raises(Misuse, match=r"compiling the rules in .*broken\.yar"):
        compiled(rule_files([pack]))


def test_rules_cannot_read_what_lies_beside_them(pack: Path) -> None:
    (pack / "more.yar").write_text('include "/etc/hostname"', encoding="utf-8")
    with pytest.raises(Misuse, match=r"compiling the rules in .*more\.yar"):
        compiled(rule_files([pack]))
