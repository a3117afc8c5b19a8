"""The accused writes its names for programs: JSON keeps them exactly, SARIF makes no link of them."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from doorward.inspect.explain import document, sarif
from doorward.inspect.explain.many import document as many_document
from doorward.inspect.explain.many import sarif as many_sarif
from tests.samples import reports, updates


def strings_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.values() for text in strings_of(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in strings_of(entry)]
    return [value] if isinstance(value, str) else []


def test_json_is_plain_ascii_and_gives_back_every_character() -> None:
    for text in (document.render(reports.hostile()), many_document.render(updates.hostile_updates())):
        assert text.isascii()
        assert not set(text) & {chr(code) for code in (*range(10), *range(11, 32), 127)}
    value = json.loads(document.render(reports.hostile()))
    told = [entry["evidence"]["excerpt"] for entry in value["findings"]]
    assert told[:-1] == list(reports.HOSTILE_TEXTS)


def test_sarif_texts_hold_nothing_hidden() -> None:
    for text in (sarif.render(reports.hostile()), many_sarif.render(updates.hostile_updates())):
        assert text.isascii()
        for string in strings_of(json.loads(text)):
            assert not set(string) & set(reports.ACTS)
            string.encode("utf-8")


def test_sarif_messages_embed_no_link() -> None:
    for text in (sarif.render(reports.hostile()), many_sarif.render(updates.hostile_updates())):
        for run in json.loads(text)["runs"]:
            for result in run["results"]:
                message = result["message"]["text"]
                assert not re.search(r"(?<!\\)\[", message)
                assert not re.search(r"(?<!\\)\]\(", message)


def test_sarif_places_are_relative_and_stay_below_the_root() -> None:
    for text in (sarif.render(reports.hostile()), many_sarif.render(updates.hostile_updates())):
        uris = re.findall(r'"uri": "([^"]*)"', text)
        assert len(uris) > 25
        for uri in uris:
            parts = urlsplit(uri)
            assert (parts.scheme, parts.netloc) == ("", "")
            assert not uri.startswith(("/", "\\"))
            assert not {".", ".."} & set(uri.split("/")) or uri == "."
            assert not re.search(r"(?i)(?:^|/)(?:%2e){1,2}(?:/|$)", uri)


def test_a_name_of_a_hundred_thousand_letters_is_shortened_in_messages() -> None:
    run = json.loads(sarif.render(reports.hostile()))["runs"][0]
    assert max(len(result["message"]["text"]) for result in run["results"]) < 20_000
