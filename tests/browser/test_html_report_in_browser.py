"""The HTML report in a real browser: it loads nothing, logs nothing, fits, and shows names as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from doorward.inspect.explain import html
from doorward.inspect.explain.many import html as many_html
from tests.samples import reports, updates

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

PAGES: dict[str, Callable[[], str]] = {
    "block": lambda: html.render(reports.back_door()),
    "clear": lambda: html.render(reports.clear()),
    "review": lambda: html.render(reports.review()),
    "undecided": lambda: html.render(reports.undecided()),
    "new": lambda: html.render(reports.new_package()),
    "sixty": lambda: html.render(reports.many_findings()),
    "hostile": lambda: html.render(reports.hostile()),
    "updates": lambda: many_html.render(updates.mixed()),
    "hostile-updates": lambda: many_html.render(updates.hostile_updates()),
}


@dataclass
class Heard:
    """What a page did besides being shown."""

    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def shown(
    browser: Browser,
    folder: Path,
    name: str,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
) -> Iterator[tuple[Page, Heard]]:
    file = folder / f"{name}.html"
    file.write_text(PAGES[name](), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    heard = Heard()
    page.on("request", lambda request: heard.requests.append(request.url))
    page.on("console", lambda message: heard.console.append(message.text))
    page.on("pageerror", lambda error: heard.console.append(str(error)))

    def dismiss(dialog: Dialog) -> None:
        heard.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto(file.as_uri())
    try:
        yield page, heard
    finally:
        context.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [390, 1280])
def test_it_loads_nothing_says_nothing_and_fits(
    browser: Browser, tmp_path: Path, name: str, width: int
) -> None:
    with shown(browser, tmp_path, name, width=width) as (page, heard):
        page.wait_for_timeout(50)
        assert heard.requests == [(tmp_path / f"{name}.html").as_uri()]
        assert heard.console == []
        assert heard.dialogs == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        wide: list[Any] = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => !e.closest('.code, svg') && "
            "e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.outerHTML.slice(0, 120))"
        )
        assert wide == []


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "hostile") as (page, _):
        assert page.locator("script, img, iframe, a[href^=http], a[href^=javascript]").count() == 0
        assert page.locator("style").count() == 1
        body = page.locator("main").inner_text()
        assert "New: <script>alert(1)</script>" in body
        assert "[click](https://evil.example/)" in body
        assert r"user\u202egnp.exe" in body
        assert page.locator("mark").count() > 50


def test_the_first_screen_answers(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "block") as (page, _):
        assert page.title() == "BLOCK \u00b7 example-agent 4.2.0 \u2192 4.2.1 \u00b7 Doorward"
        assert page.locator("h1").inner_text() == "example-agent 4.2.0 \u2192 4.2.1"
        assert page.locator(".reasons li").count() == 4
        last = page.locator(".reasons li").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] < 900


def test_the_tree_of_changes_unfolds_and_is_coloured_by_weight(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "block") as (page, _):
        tree = page.locator(".tree")
        assert tree.get_by_text("cache.py").is_visible()
        rows = tree.locator("li.changed, li.added, li.removed, li.moved")
        assert rows.count() == 9
        colours = {
            name: tree.locator("li.changed, li.added", has_text=name)
            .locator("rect")
            .evaluate("e => getComputedStyle(e).fill")
            for name in ("cache.py", "transport.py", "_speed")
        }
        assert len(set(colours.values())) == 3
        tree.locator("summary", has_text="example_agent/").first.click()
        assert not tree.get_by_text("cache.py").is_visible()


def test_entropy_strips_are_drawn(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "block") as (page, _):
        bars = page.locator(".strip svg").all()
        assert len(bars) == 4
        boxes = [bar.bounding_box() for bar in bars]
        assert all(box is not None and box["width"] > 200 and box["height"] > 20 for box in boxes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["block", "review", "undecided", "clear", "updates"])
def test_every_text_can_be_read(
    browser: Browser, tmp_path: Path, name: str, scheme: Literal["light", "dark"]
) -> None:
    """Contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) for every element that holds text itself."""
    with shown(browser, tmp_path, name, scheme=scheme) as (page, _):
        poor = page.evaluate(CONTRAST)
        assert poor == []


def test_undecided_is_not_green(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "undecided") as (page, _):
        red, green, blue = page.locator(".word").evaluate(
            "e => getComputedStyle(e).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )
        assert not (green > red and green > blue)
        assert page.locator(".warn").inner_text().startswith("2 not examined.")


def test_on_paper_folded_parts_are_unfolded(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "sixty") as (page, _):
        page.emulate_media(media="print")
        hidden = page.evaluate(
            "[...document.querySelectorAll('details.finding:not([open]) .inside')]"
            ".filter(e => e.getBoundingClientRect().height === 0).length"
        )
        assert page.locator("details.finding:not([open])").count() == 30
        assert hidden == 0
        pdf = page.pdf(format="A4")
        assert pdf.startswith(b"%PDF")


def test_updates_link_to_their_reports(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "updates") as (page, _):
        rows = page.locator(".updates tbody tr")
        assert rows.count() == 8
        rows.nth(0).locator("a").click()
        assert page.evaluate("location.hash") == "#u0"
        assert page.locator("#u0").evaluate("e => e.getBoundingClientRect().top < window.innerHeight")


CONTRAST = """
() => {
  const linear = v => v / 255 <= .03928 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4;
  const lum = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('svg')) continue;
    const a = lum(rgb(getComputedStyle(e).color).slice(0, 3)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.push([e.className, e.textContent.slice(0, 40), Math.round(ratio * 100) / 100]);
  }
  return poor;
}
"""
