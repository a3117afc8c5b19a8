"""The contract against what a release reaches."""

from __future__ import annotations

from doorward.formats.contract import Allowed, Contract, parse, render
from doorward.inspect.contract import compare, draft, reached
from doorward.model.trait import Evidence, Trait


def place(path: str, kind: str, key: str) -> tuple[str, Trait]:
    return path, Trait(kind, key, evidence=Evidence(line=3, excerpt=f"https://{key}/"))


RELEASE = [
    place("a.py", "reach.url-host", "vendor.example"),
    place("a.py", "reach.host", "api.vendor.example"),
    place("b.py", "reach.name", "c2.invalid"),
    place("b.py", "reach.address", "203.0.113.9"),
    place("README.md", "reach.mention", "docs.example"),
]


def test_a_release_reaches_hosts_and_not_what_it_mentions() -> None:
    assert {what: path for what, (path, _) in reached(RELEASE).items()} == {
        "203.0.113.9": "b.py",
        "api.vendor.example": "a.py",
        "c2.invalid": "b.py",
    }


def test_names_that_are_not_declared_stand_at_their_file() -> None:
    contract = Contract("p", (Allowed("*.vendor.example", "x"), Allowed("old.vendor.example", "y", 7)))
    found = compare(contract, RELEASE)
    assert [
        (drift.trait.kind, drift.trait.key, drift.path, drift.trait.evidence.line) for drift in found
    ] == [
        ("contract.undeclared", "203.0.113.9", "b.py", 3),
        ("contract.undeclared", "c2.invalid", "b.py", 3),
        ("contract.unused", "old.vendor.example", "", 7),
    ]


def test_a_contract_that_got_wider_is_news() -> None:
    old = Contract("p", (Allowed("*.vendor.example", "x"), Allowed("203.0.113.0/24", "x")))
    new = Contract(
        "p",
        (Allowed("api.vendor.example", "x"), Allowed("203.0.113.0/25", "x"), Allowed("c2.invalid", "oops")),
    )
    found = [
        drift.trait.key for drift in compare(new, RELEASE, old) if drift.trait.kind == "contract.widened"
    ]
    assert found == ["c2.invalid"]


def test_a_narrower_contract_is_none() -> None:
    old = Contract("p", (Allowed("*.vendor.example", "x"),))
    assert compare(Contract("p"), [], old) == []


def test_a_draft_allows_what_is_there_and_can_be_read_back() -> None:
    contract = draft("p", [*RELEASE, place("a\nb.py", "reach.name", "z.example")])
    assert compare(parse(render(contract), "draft"), RELEASE)[-1].trait.key == "z.example"
    assert [entry.reason for entry in contract.allowed if entry.what == "z.example"] == [
        "found in 'a\\nb.py'; say why"
    ]
