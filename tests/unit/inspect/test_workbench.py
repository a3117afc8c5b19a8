"""The workbench asks the cache first, remembers only whole answers, and never takes silence for clean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doorward.errors import Undecided
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.wire import encode, listing_to, traits_to
from doorward.inspect.workbench import Release, Workbench
from doorward.model.artifact import Artifact, Irregularity, Listing, Member, MemberKind, NotExamined
from doorward.model.trait import Trait
from doorward.wiring import Silence

TRAIT = Trait("script.capability", "dns", 1, token="socket")  # noqa: S106 -- a word to look for, not a secret


class Memory:
    """A store in memory that counts."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.held.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.held[key] = value

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.held[key] for key in keys if key in self.held}

    def put_many(self, items: Mapping[str, bytes]) -> None:
        self.held.update(items)


class Liar:
    """Workers that answer whatever the test wants, and keep count of what they were asked."""

    def __init__(self, answer: Callable[[dict[str, Any]], bytes | str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def run(self, jobs: Sequence[bytes], seconds: float) -> list[bytes | str]:
        assert seconds > 0
        values = [json.loads(job) for job in jobs]
        self.asked += [value["do"] for value in values]
        return [self.answer(value) for value in values]


def member(path: str, data: bytes = b"x") -> Member:
    return Member(path, MemberKind.FILE, len(data), "sha256:" + hashlib.sha256(data).hexdigest())


LISTING = Listing("sha256:aa", 1, "zip", (member("a.py"), member("b.py", b"import socket")))
ARTIFACT = Artifact("pkg", "1.0", "pypi", "/nowhere/pkg.whl", "pkg.whl", "sha256:aa", 1, "pkg.whl")


def honest(job: dict[str, Any]) -> bytes:
    if job["do"] == "unpack":
        return encode(listing_to(LISTING))
    if job["do"] == "search":
        return encode({"found": {token: [len(job["files"]) - 1] for token in job["tokens"]}})
    return encode(traits_to([TRAIT], []))


def bench(workers: Liar, store: Memory, tmp_path: Path, fingerprint: str = "one") -> Workbench:
    return Workbench(workers, store, tmp_path, DEFAULT_LIMITS, fingerprint, lambda: 0.0, Silence())


def test_the_second_run_asks_nobody(tmp_path: Path) -> None:
    store = Memory()
    for workers in (Liar(honest), again := Liar(honest)):
        desk = bench(workers, store, tmp_path)
        (release,) = desk.open([ARTIFACT])
        examined = desk.probe([(release, m) for m in release.listing.members])
        assert examined.traits["a.py"] == (TRAIT,)
        assert examined.not_examined == ()
    assert again.asked == []


def test_another_code_does_not_take_the_answers_of_this_one(tmp_path: Path) -> None:
    store = Memory()
    bench(Liar(honest), store, tmp_path).open([ARTIFACT])
    later = Liar(honest)
    bench(later, store, tmp_path, "two").open([ARTIFACT])
    assert later.asked == ["unpack"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("killed after 60 seconds without an answer", "killed after 60 seconds without an answer"),
        (b"not json", "the worker answered nonsense: not JSON"),
        (b"[]", "the worker answered nonsense: a JSON object was expected, found list"),
        (
            encode(traits_to([Trait("nobody.declares-this", "x")], [])),
            "the worker answered nonsense: no kind of trait: 'nobody.declares-this'",
        ),
        (b'{"traits": [[1]], "not_examined": []}', "the worker answered nonsense: not an examination"),
    ],
)
def test_a_failed_probe_is_not_examined_and_is_asked_again(
    tmp_path: Path, answer: bytes | str, reason: str
) -> None:
    def broken(job: dict[str, Any]) -> bytes | str:
        return honest(job) if job["do"] == "unpack" else answer

    store = Memory()
    desk = bench(Liar(broken), store, tmp_path)
    (release,) = desk.open([ARTIFACT])
    examined = desk.probe([(release, LISTING.members[0])])
    (told,) = examined.not_examined
    assert told.path == "a.py"
    assert told.reason.startswith(reason)
    later = Liar(honest)
    bench(later, store, tmp_path).probe([(release, LISTING.members[0])])
    assert later.asked == ["probe"]


def test_a_part_of_an_examination_is_not_remembered(tmp_path: Path) -> None:
    def part(_: dict[str, Any]) -> bytes:
        return encode(traits_to([TRAIT], [NotExamined("a.py", "javascript crashed")]))

    store = Memory()
    desk = bench(Liar(part), store, tmp_path)
    examined = desk.probe([(Release(ARTIFACT, LISTING, spooled=True), LISTING.members[0])])
    assert examined.traits["a.py"] == (TRAIT,)
    assert examined.not_examined == (NotExamined("a.py", "javascript crashed"),)
    assert store.held == {}


def test_an_artifact_that_cannot_be_opened_stops_the_judging(tmp_path: Path) -> None:
    def refused(_: dict[str, Any]) -> bytes:
        return encode(
            {
                "error": "Undecided",
                "check": "open pkg.whl",
                "expected": "a zip",
                "found": "0 bytes",
                "next": "fetch it again",
            }
        )

    with pytest.raises(
        Undecided, match=r"open pkg\.whl; expected a zip; found 0 bytes; next: fetch it again"
    ):
        bench(Liar(refused), Memory(), tmp_path).open([ARTIFACT])


def test_a_worker_that_dies_while_opening_stops_the_judging(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match="found the worker ended without an answer"):
        bench(Liar(lambda _: "the worker ended without an answer"), Memory(), tmp_path).open([ARTIFACT])


def test_traits_of_files_that_did_not_change_are_found_by_their_token(tmp_path: Path) -> None:
    workers = Liar(honest)
    desk = bench(workers, Memory(), tmp_path)
    (release,) = desk.open([ARTIFACT])
    assert desk.known(release, [TRAIT], LISTING.members) == {("script.capability", "dns")}
    assert workers.asked == ["unpack", "search", "probe"]


def test_traits_without_a_token_are_not_looked_for(tmp_path: Path) -> None:
    workers = Liar(honest)
    desk = bench(workers, Memory(), tmp_path)
    assert desk.known(Release(ARTIFACT, LISTING, spooled=True), [Trait("k", "x")], LISTING.members) == set()
    assert workers.asked == []


def test_a_search_that_failed_counts_as_nothing_found(tmp_path: Path) -> None:
    store, release = Memory(), Release(ARTIFACT, LISTING, spooled=True)
    desk = bench(Liar(lambda _: "killed"), store, tmp_path)
    assert desk.known(release, [TRAIT], LISTING.members) == set()
    assert store.held == {}, "a failure must not be remembered as an answer"


def test_what_was_found_among_some_files_is_no_answer_about_others(tmp_path: Path) -> None:
    store, release = Memory(), Release(ARTIFACT, LISTING, spooled=True)
    desk = bench(Liar(honest), store, tmp_path)
    assert desk.known(release, [TRAIT], []) == set()
    assert desk.known(release, [TRAIT], LISTING.members) == {("script.capability", "dns")}


class Watched(Liar):
    """Workers that note how many jobs came together, and how long each was given."""

    def __init__(self) -> None:
        super().__init__(honest)
        self.runs: list[tuple[int, float]] = []

    def run(self, jobs: Sequence[bytes], seconds: float) -> list[bytes | str]:
        self.runs.append((len(jobs), seconds))
        return super().run(jobs, seconds)


def test_old_and_new_are_probed_in_one_go_so_that_no_processor_waits(tmp_path: Path) -> None:
    workers = Watched()
    release = Release(ARTIFACT, LISTING, spooled=True)
    twice = [(release, member("a.py")), (release, member("a.py"))]
    new, old = bench(workers, Memory(), tmp_path).probe_all([twice, [(release, member("a.py", b"older"))]])
    assert (new.traits, old.traits) == ({"a.py": (TRAIT,)}, {"a.py": (TRAIT,)})
    assert workers.runs == [(2, 60.0)]


def test_a_failure_on_one_side_is_not_the_other_sides(tmp_path: Path) -> None:
    def broken(job: dict[str, Any]) -> bytes | str:
        return "killed" if job["size"] == 5 else honest(job)

    release = Release(ARTIFACT, LISTING, spooled=True)
    new, old = bench(Liar(broken), Memory(), tmp_path).probe_all(
        [[(release, member("a.py"))], [(release, member("a.py", b"older"))]]
    )
    assert new.not_examined == ()
    assert old.not_examined == (NotExamined("a.py", "killed"),)
    assert (new.traits, old.traits) == ({"a.py": (TRAIT,)}, {"a.py": ()})


def test_large_files_are_given_time_in_proportion_and_huge_ones_the_machine(tmp_path: Path) -> None:
    def of_size(path: str, mebibytes: int) -> tuple[Release, Member]:
        digest = hashlib.sha256(path.encode()).hexdigest()
        return release, Member(path, MemberKind.FILE, mebibytes * 1024**2, f"sha256:{digest}")

    workers = Watched()
    release = Release(ARTIFACT, LISTING, spooled=True)
    wanted = [of_size(f"{n}.so", n) for n in (1, 128, 512, 2, 448, 64, 96)]
    bench(workers, Memory(), tmp_path).probe(wanted)
    assert workers.runs == [(1, 480.0), (1, 420.0), (2, 120.0), (3, 60.0)]


def test_a_file_that_changes_under_our_hands_is_not_judged(tmp_path: Path) -> None:
    def other(job: dict[str, Any]) -> bytes:
        return (
            encode(listing_to(replace(LISTING, digest="sha256:bb"))) if job["do"] == "unpack" else honest(job)
        )

    desk, told = bench(Liar(other), Memory(), tmp_path), r"found sha256:bb: the file changed"
    with pytest.raises(Undecided, match=told):
        desk.open([ARTIFACT])
    with pytest.raises(Undecided, match=told):
        desk.probe([(Release(ARTIFACT, LISTING, spooled=False), LISTING.members[0])])


def test_a_rule_that_nobody_declares_is_nonsense(tmp_path: Path) -> None:
    strange = replace(LISTING, irregularities=(Irregularity("no.rule", "a.py", ""),))
    with pytest.raises(Undecided, match=r"no kind of trait: 'no\.rule'"):
        bench(Liar(lambda _: encode(listing_to(strange))), Memory(), tmp_path).open([ARTIFACT])


def test_bytes_that_a_worker_swapped_are_not_read(tmp_path: Path) -> None:
    desk, release = bench(Liar(honest), Memory(), tmp_path), Release(ARTIFACT, LISTING, spooled=True)
    place = tmp_path / LISTING.members[0].digest.removeprefix("sha256:")
    place.write_bytes(b"x")
    assert desk.read(release, LISTING.members[0]) == b"x"
    place.write_bytes(b"y")
    with pytest.raises(Undecided, match=r"^reading a\.py; .*; found other bytes in the spool"):
        desk.read(release, LISTING.members[0])
