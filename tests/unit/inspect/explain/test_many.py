"""Several updates in one report: what each is worth, and what the terminal, JSON and HTML say of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from doorward.inspect.explain.escape import columns
from doorward.inspect.explain.many import document, html, markdown, terminal
from doorward.inspect.explain.many.wording import headline, sentence, step
from doorward.model.finding import Verdict
from doorward.model.update import Update, Updates
from tests.samples import reports, updates

SCHEMAS = files("doorward.formats.schemas")
SCHEMA = json.loads(SCHEMAS.joinpath("updates.schema.json").read_text("utf-8"))
SAMPLES = ["mixed", "all_clear", "nothing", "forty", "hostile_updates"]


def sample(name: str) -> Updates:
    made: Updates = getattr(updates, name)()
    return made


def test_the_schemas_describe_a_report_in_the_same_words() -> None:
    report = json.loads(SCHEMAS.joinpath("report.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(SCHEMA)
    for name, definition in report["$defs"].items():
        assert SCHEMA["$defs"][name] == definition
    assert SCHEMA["$defs"]["report"]["properties"] == report["properties"]


@pytest.mark.parametrize("name", SAMPLES)
def test_json_fits_its_schema(name: str) -> None:
    value: dict[str, Any] = json.loads(document.render(sample(name)))
    Draft202012Validator(SCHEMA).validate(value)
    assert value["verdict"] == sample(name).verdict.value
    assert len(value["updates"]) == len(sample(name).updates)


def test_an_update_without_report_or_forerunner_is_never_clear() -> None:
    assert Update("a", "pypi", "1", "2").verdict is Verdict.UNDECIDED
    clear, orphan = reports.clear(), replace(reports.clear(), old=())
    assert Update("a", "pypi", "1", "2", reports=(clear,)).verdict is Verdict.CLEAR
    assert Update("a", "pypi", "1", "2", reports=(clear, orphan)).verdict is Verdict.UNDECIDED
    assert Update("a", "pypi", "1", "2", reports=(clear,), reason="no sdist").verdict is Verdict.UNDECIDED
    assert Update("a", "pypi", "1", "2", reports=(clear, reports.back_door())).verdict is Verdict.BLOCK
    assert [(u.name, u.verdict.value) for u in updates.mixed().worst_first] == [
        ("example-forms", "block"),
        ("example-agent", "block"),
        ("example-table", "review"),
        ("example-gap", "undecided"),
        ("example-lost", "undecided"),
        ("example-new", "undecided"),
        ("example-gone", "clear"),
        ("example-clock", "clear"),
    ]


def test_words() -> None:
    by_name = {update.name: update for update in updates.mixed().updates}
    assert step(by_name["example-new"]) == "0.0.1, new to the tree"
    assert step(by_name["example-gone"]) == "3.1.0, removed"
    assert sentence(by_name["example-table"]) == "Python code can now ask DNS (and 1 more finding)"
    assert sentence(by_name["example-agent"]) == (
        "A patch release decodes bundled data and runs it, and asks DNS for the first time."
    )
    assert sentence(by_name["example-gone"]) == "Left the tree: nothing of it is installed."
    assert headline(updates.nothing()) == "no updates"
    assert headline(updates.forty()) == "40 updates: 1 block, 1 review, 1 undecided, 37 clear"


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [40, 100])
def test_the_terminal_page_fits_its_width(name: str, width: int) -> None:
    for verbose in (False, True):
        page = terminal.render(sample(name), colour=False, width=width, verbose=verbose)
        assert max(columns(line) for line in page.splitlines()) <= width


def test_the_terminal_counts_artifacts_not_examined_in_its_first_line() -> None:
    page = terminal.render(updates.mixed(), colour=False)
    assert page.splitlines()[0] == (
        " BLOCK   8 updates: 2 block, 1 review, 3 undecided, 2 clear; 14 artifacts not examined"
    )
    assert "block      94  example-agent 4.2.0 \u2192 4.2.1" in page
    assert "undecided   -  example-lost 5.0 \u2192 5.1" in page
    assert "clear    2: example-gone removed, example-clock 1.0.2" in page
    assert "not examined: example_agent/locked.zip: encrypted" in page


def test_undecided_updates_are_not_green() -> None:
    page = terminal.render(updates.mixed(), colour=True)
    assert "42m" not in page
    assert "\x1b[1;35mundecided\x1b[0m" in page
    assert "42m CLEAR " in terminal.render(updates.all_clear(), colour=True)


def test_html_lists_every_update_worst_first_and_links_to_its_report() -> None:
    text = html.render(updates.mixed())
    names = re.findall(r'<tr><td>(?:<a href="#u\d+">)?<b class="q">([\w-]+)</b>', text)
    assert names == [update.name for update in updates.mixed().worst_first]
    links = set(re.findall(r'href="#(u\d+)"', text))
    assert links == set(re.findall(r'<details class="update \w+" id="(u\d+)"', text))
    idents = re.findall(r' id="([^"]+)"', text)
    assert len(idents) == len(set(idents))


def test_html_of_many_updates_is_bounded() -> None:
    text = html.render(updates.forty(400))
    assert text.count('<details class="update ') == 60
    assert "340 more reports in the JSON report" in text
    assert text.count("<tr><td>") == 400


def test_clear_updates_are_one_item_each() -> None:
    text = markdown.render(updates.all_clear())
    assert "\n- <code>" in text
    assert "- - " not in text
