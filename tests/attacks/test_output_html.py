"""The accused writes its names for the reader's browser: they stay text, in a page that could run nothing."""

from __future__ import annotations

from html.parser import HTMLParser

from doorward.inspect.explain import html
from doorward.inspect.explain.many import html as many_html
from tests.samples import reports, updates

TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "footer",
        "section",
        "details",
        "summary",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "p",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
        "span",
        "b",
        "i",
        "strong",
        "br",
    ),
    *(
        "code",
        "mark",
        "svg",
        "rect",
        "figure",
        "figcaption",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
    ),
}
ATTRIBUTES = {
    *(
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "title",
        "open",
        "role",
        "tabindex",
        "href",
    ),
    *(
        "aria-label",
        "aria-hidden",
        "aria-level",
        "width",
        "height",
        "x",
        "y",
        "viewbox",
        "preserveaspectratio",
    ),
    *("shape-rendering",),
}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.classes: set[str] = set()
        self.comments = 0
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href":
                self.links.add(value or "")
            if name == "class":
                self.classes.update((value or "").split())

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        del data
        self.comments += 1

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data


def pages() -> list[Page]:
    return [Page(html.render(reports.hostile())), Page(many_html.render(updates.hostile_updates()))]


def test_names_bring_no_element_and_no_attribute() -> None:
    for page in pages():
        assert page.tags <= TAGS
        assert page.attributes <= ATTRIBUTES
        assert page.comments == 0


def test_names_bring_no_link_and_no_class() -> None:
    plain = Page(html.render(reports.back_door())).classes | Page(many_html.render(updates.mixed())).classes
    for page in pages():
        assert all(link.startswith("#u") for link in page.links)
        assert page.classes <= plain | {"artifact", "clear", "undecided", "review", "note", "block"}


def test_hidden_characters_are_spelled_out() -> None:
    for page in (html.render(reports.hostile()), many_html.render(updates.hostile_updates())):
        assert not set(reports.ACTS) & set(page)
        assert "<mark>\\u202e</mark>gnp.exe<mark>\\u202c</mark>" in page
        page.encode("utf-8")


def test_hostile_names_are_read_as_text() -> None:
    page = Page(html.render(reports.hostile()))
    assert "New: <script>alert(1)</script>" in page.text
    assert 'New: "><img src=x onerror=alert(1)>' in page.text
    assert "New: </style><style>*{display:none}</style>" in page.text
    assert "New: &amp;&#60;b&#62;" in page.text


def test_a_very_long_name_does_not_make_a_very_long_page() -> None:
    assert len(html.render(reports.hostile())) < 600_000
