"""Whatever a report holds, every output can be written, and none carries a character that acts."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from doorward.inspect.explain import html, markdown, sarif, terminal
from doorward.inspect.explain.escape import columns
from doorward.inspect.explain.many import document as many_document
from doorward.inspect.explain.many import html as many_html
from doorward.inspect.explain.many import markdown as many_markdown
from doorward.inspect.explain.many import terminal as many_terminal
from doorward.model.finding import Report
from doorward.model.update import Update, Updates
from tests.samples import reports
from tests.samples.any_report import REPORTS

SARIF = Draft7Validator(
    json.loads(
        (Path(__file__).parents[1] / "vectors" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8")
    )
)
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(REPORTS, st.integers(40, 120), st.booleans())
def test_outputs_for_people(report: Report, width: int, verbose: bool) -> None:  # noqa: FBT001  drawn
    many = Updates("old", "new", (Update("a", "pypi", "1", "2", ("uv.lock",), (report,)),))
    pages = [
        terminal.render(report, colour=False, width=width, verbose=verbose),
        many_terminal.render(many, colour=False, width=width, verbose=verbose),
        html.render(report),
        many_html.render(many),
        markdown.render(report),
        many_markdown.render(many),
    ]
    for page in pages:
        page.encode("utf-8")
        assert not set(page) & set(reports.ACTS)
    for page in pages[:2]:
        assert max(columns(line) for line in page.splitlines()) <= width
    for page in pages[2:4]:
        assert set(re.findall(r"<(script|img|iframe|object|link)", page)) == set()


@SLOW
@given(REPORTS)
def test_outputs_for_programs(report: Report) -> None:
    SARIF.validate(json.loads(sarif.render(report)))
    many = Updates("old", "new", (Update("a", "pypi", "1", "2", (), (report,)),))
    value = json.loads(many_document.render(many))
    assert value["updates"][0]["reports"][0]["new"]["name"] == report.new.name
