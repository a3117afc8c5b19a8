"""Attacks on the reach probe: a name that tries to look like none, or like another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from doorward.inspect.probes.reach import ReachProbe
from tests.samples.subjects import keys, traits

PROBE = ReachProbe()


@pytest.mark.parametrize(
    "url",
    [
        "https://EVIL.example/x",
        "https://trusted.example@evil.example/x",
        "wss://evil.example:443",
        "tcp://evil.example:9",
        "https://evil.example./x",
        "HTTPS://Evil.Example",
        "git+ssh://git@evil.example/x",
    ],
)
def test_every_spelling_leads_to_the_one_host(tmp_path: Path, url: str) -> None:
    for path in ("a.py", "a.json", "setup.cfg", "x.dat"):
        assert keys(traits(PROBE, tmp_path, path, f'u = "{url}"\n'), "reach.url-host") == ["evil.example"], (
            path
        )


def test_a_homograph_is_another_host(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.py", 'u = "https://vend\u043er.example/"\n')
    assert keys(found, "reach.url-host") == ["xn--vendr-mye.example"]


def test_a_tenant_of_a_shared_domain_is_its_own_identity(tmp_path: Path) -> None:
    found = traits(PROBE, tmp_path, "a.py", 'a = "https://good.github.io"; b = "https://evil.github.io"\n')
    assert keys(found, "reach.url-host") == ["good.github.io", "evil.github.io"]


def test_a_new_host_of_a_known_domain_is_told_apart(tmp_path: Path) -> None:
    found = traits(
        PROBE, tmp_path, "a.py", 'a = "https://a.vendor.example"; b = "https://b.vendor.example"\n'
    )
    assert keys(found, "reach.url-host") == ["vendor.example"]
    assert keys(found, "reach.host") == ["a.vendor.example", "b.vendor.example"]


def test_a_million_names_are_bounded(tmp_path: Path) -> None:
    text = "\n".join(f'"https://h{n}.d{n}.example/"' for n in range(6_000))
    assert len(traits(PROBE, tmp_path, "a.json", text)) == 5_000


def test_a_long_line_costs_no_more_than_its_length(tmp_path: Path) -> None:
    assert traits(PROBE, tmp_path, "a.json", '"' + "a." * 400_000 + '"' + "://" * 100_000) == []
