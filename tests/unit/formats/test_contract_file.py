"""The contract's file: strict, one spelling, back and forth."""
# ruff: noqa: E501 - a table of messages reads best with one row on one line

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

import doorward.formats
from doorward.errors import Misuse
from doorward.formats.contract import Allowed, Contract, parse, render

GOOD = """schema_version = 1
product = "example-agent"

[[allow]]
name = "updates.vendor.example"
reason = "looks for \\"new\\" versions"

[[allow]]
name = "*.vendor.example"
reason = "reports"

[[allow]]
address = "203.0.113.0/24"
reason = "time"
"""
SCHEMA = json.loads((Path(doorward.formats.__file__).parent / "schemas" / "contract.schema.json").read_text())


def test_a_contract_is_read_with_its_lines() -> None:
    contract = parse(GOOD, "c.toml")
    assert contract.product == "example-agent"
    assert [(entry.what, entry.line) for entry in contract.allowed] == [
        ("updates.vendor.example", 4),
        ("*.vendor.example", 8),
        ("203.0.113.0/24", 12),
    ]
    assert contract.allowed[0].reason == 'looks for "new" versions'


def test_back_and_forth() -> None:
    text = render(parse(GOOD, "c.toml"))
    again = parse(text, "c.toml")
    assert render(again) == text
    assert {(entry.what, entry.reason) for entry in again.allowed} == {
        (entry.what, entry.reason) for entry in parse(GOOD, "c.toml").allowed
    }
    jsonschema.validate(tomllib.loads(text), SCHEMA)


HEAD = 'schema_version = 1\nproduct = "x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 1", "reading the behaviour contract c.toml; expected TOML; found Invalid statement (at line 1, column 1)"),
        ('product = "x"\n', "contract c.toml; expected schema_version = 1; found None"),
        ("schema_version = 2\n", "contract c.toml:1; expected schema_version = 1; found 2"),
        ("schema_version = true\n", "contract c.toml:1; expected schema_version = 1; found True"),
        ("schema_version = 1\n", "contract c.toml; expected `product` as one line of text; found none"),
        (HEAD + "deny = 1\n", "contract c.toml:3; expected schema_version, product and [[allow]]; found unknown key `deny`"),
        (HEAD + "[allow]\nname = 'a.b'\n", "contract c.toml:3; expected [[allow]] tables; found [allow]"),
        (HEAD + "[[allow]]\nname = 'a.example'\n", "contract c.toml:3; expected `reason` as one line of text; found none"),
        (HEAD + "[[allow]]\nreason = 'a'\n", "contract c.toml:3; expected either `name` or `address` in every [[allow]]; found neither"),
        (HEAD + "[[allow]]\nnames = 'a'\n", "contract c.toml:4; expected name or address, and reason; found unknown key `names`"),
        (HEAD + "[[allow]]\nname = '*.com'\nreason = 'a'\n", "contract c.toml:4; expected a host in lower-case A-labels"),
        (HEAD + "[[allow]]\nname = '*.co.uk'\nreason = 'a'\n", "contract c.toml:4; expected a registered domain behind `*.`; found '*.co.uk'"),
        (HEAD + "[[allow]]\nname = 'A.example'\nreason = 'a'\n", "found 'A.example'"),
        (HEAD + "[[allow]]\nname = 'a.example.'\nreason = 'a'\n", "found 'a.example.'"),
        (HEAD + "[[allow]]\nname = 'a.*.example'\nreason = 'a'\n", "found 'a.*.example'"),
        (HEAD + "[[allow]]\nname = '*'\nreason = 'a'\n", "found '*'"),
        (HEAD + "[[allow]]\naddress = '10.0.0.1/8'\nreason = 'a'\n", "contract c.toml:4; expected an address, or a network without host bits; found '10.0.0.1/8'"),
        (HEAD + "[[allow]]\naddress = '203.0.113.7/32'\nreason = 'a'\n", "contract c.toml:4; expected `203.0.113.7`; found '203.0.113.7/32'"),
        (HEAD + "[[allow]]\nname = 'a.example'\nreason = 'a'\n" * 2, "Cannot declare"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_file_and_line(text: str, message: str) -> None:
    if message == "Cannot declare":
        text = (
            HEAD
            + "[[allow]]\nname = 'a.example'\nreason = 'a'\n[[allow]]\nname = 'a.example'\nreason = 'b'\n"
        )
        message = "contract c.toml:6; expected each name once; found `a.example` again"
    with pytest.raises(Misuse) as caught:
        parse(text, "c.toml")
    assert message in str(caught.value)
    assert str(caught.value).endswith("or write a first one with `doorward contract draft NEW`")


@pytest.mark.parametrize(
    ("entry", "what", "covered"),
    [
        ("a.example", "a.example", True),
        ("a.example", "b.a.example", False),
        ("*.a.example", "b.a.example", True),
        ("*.a.example", "c.b.a.example", True),
        ("*.a.example", "a.example", False),
        ("*.a.example", "xa.example", False),
        ("*.a.example", "*.b.a.example", True),
        ("*.b.a.example", "*.a.example", False),
        ("203.0.113.0/24", "203.0.113.9", True),
        ("203.0.113.0/24", "203.0.112.0/23", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::/32", "203.0.113.9", False),
        ("203.0.113.9", "a.example", False),
    ],
)
def test_what_an_entry_covers(entry: str, what: str, covered: bool) -> None:  # noqa: FBT001 - a table of cases
    assert Allowed(entry, "x").covers(what) is covered


def test_hostile_reasons_stay_one_string() -> None:
    contract = Contract('p"\\', (Allowed("a.example", 'x"]\\ [[allow]]'),))
    assert parse(render(contract), "c").allowed[0].reason == 'x"]\\ [[allow]]'
