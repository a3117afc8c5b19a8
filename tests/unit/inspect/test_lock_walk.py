"""A walk through a lock file's change: what is asked, fetched, inspected, and what is never clear."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from doorward.errors import Undecided
from doorward.formats.locks.interface import Lock, LockedPackage, SourceKind
from doorward.inspect.lock_walk import LockChange, inspect_updates
from doorward.model.artifact import Artifact
from doorward.model.finding import Coverage, Report, Verdict
from doorward.model.update import Update, Updates
from doorward.wiring import Silence
from tests.adversary.registries import MemoryRegistry


@pytest.fixture
def registry(tmp_path: Path) -> MemoryRegistry:
    """Two releases of one package, each a wheel and an sdist."""
    made = MemoryRegistry("pypi", tmp_path / "shelf")
    for version in ("1.0", "1.1"):
        made.add("widget", version, f"widget-{version}-py3-none-any.whl", f"wheel {version}".encode())
        made.add("widget", version, f"widget-{version}.tar.gz", f"sdist {version}".encode())
    return made


class Bench:
    """Inspects nothing, remembers what it was asked."""

    def __init__(self, verdict: Verdict = Verdict.CLEAR) -> None:
        self.verdict = verdict
        self.pairs: list[tuple[list[str], str]] = []

    def __call__(self, olds: Sequence[Artifact], new: Artifact) -> Report:
        """Give the verdict it was made with."""
        self.pairs.append(([old.file_name for old in olds], new.file_name))
        return Report(self.verdict, 50.0, tuple(olds), new, (), Coverage())


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def entry(
    version: str, *, name: str = "widget", hashes: tuple[str, ...] = (), **more: object
) -> LockedPackage:
    given = hashes or (digest(f"wheel {version}"), digest(f"sdist {version}"))
    settings = {"kind": SourceKind.REGISTRY, **more}
    return LockedPackage("pypi", name, version, hashes=tuple(sorted(given)), **settings)  # type: ignore[arg-type] # fields


def change(
    old: Sequence[LockedPackage] | None, new: Sequence[LockedPackage], path: str = "uv.lock"
) -> LockChange:
    before = None if old is None else Lock(path, "uv", tuple(old))
    return LockChange(path, before, Lock(path, "uv", tuple(new)))


def walked(
    registry: MemoryRegistry, *changes: LockChange, bench: Bench | None = None, **more: object
) -> Updates:
    return inspect_updates(
        changes,
        registries={"pypi": registry},
        compare=bench or Bench(),
        progress=Silence(),
        **more,  # type: ignore[arg-type] # options by name
    )


def only(updates: Updates) -> Update:
    assert len(updates.updates) == 1
    return updates.updates[0]


def test_wheel_and_sdist_of_a_new_version_are_held_against_the_old_ones(registry: MemoryRegistry) -> None:
    bench = Bench()
    update = only(walked(registry, change([entry("1.0")], [entry("1.1")]), bench=bench))
    assert bench.pairs == [
        (["widget-1.0-py3-none-any.whl"], "widget-1.1-py3-none-any.whl"),
        (["widget-1.0.tar.gz"], "widget-1.1.tar.gz"),
    ]
    assert (update.verdict, update.reason, update.findings, update.unexamined) == (Verdict.CLEAR, "", (), 0)


def test_the_worst_artifact_speaks_for_the_update(registry: MemoryRegistry) -> None:
    update = only(walked(registry, change([entry("1.0")], [entry("1.1")]), bench=Bench(Verdict.BLOCK)))
    assert update.verdict is Verdict.BLOCK


def test_the_same_change_in_two_lock_files_is_inspected_once(registry: MemoryRegistry) -> None:
    bench = Bench()
    changes = [change([entry("1.0")], [entry("1.1")], path) for path in ("a/uv.lock", "b/uv.lock")]
    update = only(walked(registry, *changes, bench=bench))
    assert update.files == ("a/uv.lock", "b/uv.lock")
    assert len(bench.pairs) == 2


def test_a_package_new_to_the_tree_is_inspected_against_nothing_and_never_clear(
    registry: MemoryRegistry,
) -> None:
    bench = Bench()
    update = only(walked(registry, change([], [entry("1.1")]), bench=bench))
    assert bench.pairs == [([], "widget-1.1-py3-none-any.whl"), ([], "widget-1.1.tar.gz")]
    assert update.verdict is Verdict.UNDECIDED


def test_a_package_that_left_is_told_and_nothing_of_it_is_fetched(registry: MemoryRegistry) -> None:
    update = only(walked(registry, change([entry("1.0")], [])))
    assert (update.new_version, update.verdict) == ("", Verdict.CLEAR)
    assert registry.asked == []


def test_a_release_without_an_sdist_misses_nothing(registry: MemoryRegistry) -> None:
    del registry.files["widget", "1.1"]["widget-1.1.tar.gz"]
    new = entry("1.1", hashes=(digest("wheel 1.1"),))
    update = only(walked(registry, change([entry("1.0")], [new])))
    assert (update.verdict, update.reason, len(update.reports)) == (Verdict.CLEAR, "", 1)


def test_the_first_sdist_of_a_package_is_held_against_its_last_wheel(registry: MemoryRegistry) -> None:
    del registry.files["widget", "1.0"]["widget-1.0.tar.gz"]
    bench = Bench()
    walked(registry, change([entry("1.0", hashes=(digest("wheel 1.0"),))], [entry("1.1")]), bench=bench)
    assert bench.pairs[1] == (["widget-1.0-py3-none-any.whl"], "widget-1.1.tar.gz")


def test_other_wheels_are_counted_and_inspected_on_request(registry: MemoryRegistry) -> None:
    for version in ("1.0", "1.1"):
        registry.add(
            "widget", version, f"widget-{version}-cp311-cp311-win_amd64.whl", f"win {version}".encode()
        )
    files = ("widget-1.1-cp311-cp311-win_amd64.whl", "widget-1.1-py3-none-any.whl")
    hashes = (digest("wheel 1.1"), digest("sdist 1.1"), digest("win 1.1"))
    changes = change([entry("1.0")], [entry("1.1", hashes=hashes, files=files)])
    assert only(walked(registry, changes)).unexamined == 1
    bench = Bench()
    update = only(walked(registry, changes, bench=bench, all_artifacts=True))
    assert update.unexamined == 0
    assert (["widget-1.0-cp311-cp311-win_amd64.whl"], files[0]) in bench.pairs


def test_another_platforms_artifact_is_asked_for(registry: MemoryRegistry) -> None:
    update = only(walked(registry, change([entry("1.0")], [entry("1.1")]), platform="win_amd64"))
    assert ("widget", "1.1", "win_amd64") in registry.asked
    assert update.verdict is Verdict.UNDECIDED
    assert update.reason == "choosing a file of widget 1.1, expected win_amd64, found others."


def test_a_registry_that_does_not_answer_leaves_everything_undecided(registry: MemoryRegistry) -> None:
    registry.unreachable = True
    update = only(walked(registry, change([entry("1.0")], [entry("1.1")])))
    assert update.verdict is Verdict.UNDECIDED
    assert update.reason.startswith(
        "The registry was not heard: asking https://index.example/simple, expected"
    )


def test_attack_a_digest_that_the_registry_does_not_publish(registry: MemoryRegistry) -> None:
    """1. The lock pins other bytes under a published version. 2. It is blocked, whatever the files show."""
    new = entry("1.1", hashes=(digest("evil"), digest("sdist 1.1")))
    update = only(walked(registry, change([entry("1.0")], [new])))
    assert update.verdict is Verdict.BLOCK
    assert [finding.title for finding in update.findings] == [
        "widget 1.1: the registry does not publish 1 of 2 digests of the lock"
    ]


def test_attack_a_source_other_than_the_configured_one(registry: MemoryRegistry) -> None:
    new = entry("1.0", url="https://elsewhere.example/simple")
    update = only(walked(registry, change([entry("1.0")], [new])))
    assert update.verdict is Verdict.BLOCK
    assert [finding.rule for finding in update.findings] == ["lock.foreign-source"]
    assert ("widget", "1.0", "") not in registry.asked


def test_attack_a_source_that_only_one_of_two_locks_knew(registry: MemoryRegistry) -> None:
    """A place that one project's lock already names is still news to another's."""
    elsewhere = "https://elsewhere.example/simple"
    known = change(
        [entry("1.0"), entry("2.0", name="other", url=elsewhere)], [entry("1.1", url=elsewhere)], "a/uv.lock"
    )
    fresh = change([entry("1.0")], [entry("1.1", url=elsewhere)], "b/uv.lock")
    verdicts = {update.name: update.verdict for update in walked(registry, known, fresh).updates}
    assert verdicts["widget"] is Verdict.BLOCK


def test_what_is_in_a_repository_is_not_fetched_and_not_clear(registry: MemoryRegistry) -> None:
    new = entry("1.1", kind=SourceKind.GIT, url="https://forge.example/widget.git#abc")
    update = only(walked(registry, change([entry("1.0")], [new])))
    assert update.verdict is Verdict.BLOCK
    assert "a git repository (https://forge.example/widget.git#abc)" in update.reason
    assert registry.asked == []


def test_the_project_itself_and_rewritten_entries_are_no_news(registry: MemoryRegistry) -> None:
    project = entry("0.1", name="project", kind=SourceKind.WORKSPACE)
    renewed = entry("0.2", name="project", kind=SourceKind.WORKSPACE)
    fewer = entry("1.0", hashes=(digest("wheel 1.0"),))
    assert walked(registry, change([project, entry("1.0")], [renewed, fewer])).updates == ()


def test_an_artifact_that_cannot_be_opened_is_a_reason(registry: MemoryRegistry) -> None:
    def broken(olds: Sequence[Artifact], new: Artifact) -> Report:
        del olds
        raise Undecided(f"opening {new.file_name}", expected="a zip", found="nonsense")

    update = only(
        inspect_updates(
            [change([entry("1.0")], [entry("1.1")])],
            registries={"pypi": registry},
            compare=broken,
            progress=Silence(),
        )
    )
    assert update.verdict is Verdict.UNDECIDED
    assert update.reason == (
        "opening widget-1.1-py3-none-any.whl, expected a zip, found nonsense."
        " opening widget-1.1.tar.gz, expected a zip, found nonsense."
    )
