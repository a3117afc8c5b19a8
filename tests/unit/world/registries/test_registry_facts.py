"""What registries say of a release becomes facts; what they do not say becomes none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.errors import Undecided, Unreachable
from doorward.world.clock import now
from doorward.world.http import Client
from doorward.world.network import DIRECT
from doorward.world.registries.npm import NpmRegistry, read_packument
from doorward.world.registries.pypi import PypiRegistry
from doorward.world.registries.settings import NpmSettings, PypiSettings
from doorward.world.registries.shelf import Shelf
from tests.adversary.lying_server import LyingServer, Reply
from tests.adversary.packages import index_file, packument, simple_page, wheel

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
NETWORK = replace(DIRECT, tries=1, read_seconds=2.0)
WHEEL = wheel("sample", "1.0")
NAME = "sample-1.0-py3-none-any.whl"


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(NETWORK)
    yield made
    made.close()


def pypi(server: LyingServer, client: Client, folder: Path, *paths: str) -> PypiRegistry:
    indexes = tuple(server.url + path for path in paths or ("/simple",))
    return PypiRegistry(PypiSettings(indexes, network=client.network), Shelf(folder, client))


def test_provenance_and_publisher(server: LyingServer, client: Client, tmp_path: Path) -> None:
    page = simple_page("sample", [index_file(NAME, WHEEL, provenance="/integrity/x")], "1.3")
    server.serve("/simple/sample/", Reply(page, headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    publisher = {
        "kind": "GitHub",
        "repository": "vendor/sample",
        "workflow": "release.yml",
        "environment": None,
    }
    server.serve(
        "/integrity/x", Reply(json.dumps({"attestation_bundles": [{"publisher": publisher}]}).encode())
    )
    registry = pypi(server, client, tmp_path)
    for _ in range(2):
        facts = registry.fetch("sample", "1.0", "").facts
        assert ("provenance", "present") in facts
        assert ("publisher", "GitHub vendor/sample release.yml") in facts
    assert server.paths().count("/integrity/x") == 1


@pytest.mark.parametrize(
    "answer", [Reply(status=404), Reply(b"nonsense"), Reply(b'{"attestation_bundles": 5}')]
)
def test_a_provenance_that_cannot_be_read_names_no_publisher(
    server: LyingServer, client: Client, tmp_path: Path, answer: Reply
) -> None:
    page = simple_page("sample", [index_file(NAME, WHEEL, provenance="/integrity/x")], "1.3")
    server.serve("/simple/sample/", Reply(page, headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    server.serve("/integrity/x", answer)
    facts = dict(pypi(server, client, tmp_path).fetch("sample", "1.0", "").facts)
    assert facts["provenance"] == "present"
    assert "publisher" not in facts
    assert "provenance-page" not in facts


@pytest.mark.parametrize(("api", "said"), [("1.3", "absent"), ("1.4", "absent"), ("1.1", None)])
def test_missing_provenance_is_said_only_by_an_index_that_knows_of_it(
    server: LyingServer, client: Client, tmp_path: Path, api: str, said: str | None
) -> None:
    page = simple_page("sample", [index_file(NAME, WHEEL, yanked="broken")], api)
    server.serve("/simple/sample/", Reply(page, headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    facts = dict(pypi(server, client, tmp_path).fetch("sample", "1.0", "").facts)
    assert facts.get("provenance") == said
    assert facts["yanked"] == "broken"


def test_a_quarantined_project_says_so(server: LyingServer, client: Client, tmp_path: Path) -> None:
    page = json.loads(simple_page("sample", [index_file(NAME, WHEEL)], "1.4"))
    page["project-status"] = {"status": "quarantined"}
    server.serve("/simple/sample/", Reply(json.dumps(page).encode(), headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    assert ("status", "quarantined") in pypi(server, client, tmp_path).fetch("sample", "1.0", "").facts


def test_the_first_index_that_has_the_version_wins(
    server: LyingServer, client: Client, tmp_path: Path
) -> None:
    other = wheel("sample", "2.0")
    server.serve("/a/sample/", Reply(simple_page("sample", [index_file(NAME, WHEEL)]), headers=JSON))
    both = [index_file(NAME, other), index_file("sample-2.0-py3-none-any.whl", other)]
    server.serve("/b/sample/", Reply(simple_page("sample", both), headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    server.serve("/files/sample-2.0-py3-none-any.whl", Reply(other))
    registry = pypi(server, client, tmp_path, "/a", "/b", "/missing")
    assert dict(registry.fetch("sample", "1.0", "").facts)["source"] == server.url + "/a"
    assert dict(registry.fetch("sample", "2.0", "").facts)["source"] == server.url + "/b"
    assert registry.versions("sample") == ("1.0", "2.0")


def test_old_names_of_sdists_are_understood(server: LyingServer, client: Client, tmp_path: Path) -> None:
    names = [
        "sample-extra-1.0.tar.gz",
        "Sample.Extra-1.1.zip",
        "sample_extra-1.2-3.tar.gz",
        "sample-extra-x.tar.gz",
    ]
    page = simple_page("sample-extra", [index_file(name, b"x") for name in names])
    server.serve("/simple/sample-extra/", Reply(page, headers=JSON))
    assert pypi(server, client, tmp_path).versions("Sample_Extra") == ("1.0", "1.1", "1.2.post3")


def test_offline_gives_the_same_artifact_with_the_same_facts(
    server: LyingServer, client: Client, tmp_path: Path
) -> None:
    server.serve("/simple/sample/", Reply(simple_page("sample", [index_file(NAME, WHEEL)]), headers=JSON))
    server.serve(f"/files/{NAME}", Reply(WHEEL))
    online = pypi(server, client, tmp_path).fetch("sample", "1.0", "")
    offline = Client(replace(NETWORK, offline=True))
    registry = pypi(server, offline, tmp_path)
    assert registry.fetch("sample", "1.0", "") == online
    assert registry.published("sample", "1.0") == (online.digest,)
    with pytest.raises(
        Unreachable, match=r"looking up http://.* other with --offline; expected an answer kept from"
    ):
        registry.fetch("other", "1.0", "")
    asked = len(server.asked)
    assert pypi(server, client, tmp_path).fetch("sample", "1.0", "") == online
    assert len(server.asked) == asked  # the page is younger than ten minutes, the file is on the shelf


def npm_facts(document: bytes) -> dict[str, list[tuple[str, str]]]:
    catalogue = read_packument(document, "sample", "https://npm.example", "https://npm.example")
    return {release.version: sorted(release.facts) for release in catalogue.releases}


def test_npm_facts() -> None:
    document = json.loads(packument("sample", {"1.0.0": b"a", "1.0.1": b"b"}, "https://npm.example"))
    document["versions"]["1.0.0"] |= {
        "_npmUser": {"name": "somebody", "email": "somebody@vendor.example"},
        "maintainers": [{"name": "somebody"}, {"name": "other"}, "odd", {"email": "x"}],
        "deprecated": "old",
        "gypfile": True,
    }
    document["versions"]["1.0.0"]["dist"]["attestations"] = {"url": "https://npm.example/x"}
    document["versions"]["1.0.1"]["scripts"] = {"test": "x", "prepare": "x"}
    published = ("published", "2024-01-02T03:04:05.000Z")
    assert npm_facts(json.dumps(document).encode()) == {
        "1.0.0": [
            ("deprecated", "old"),
            ("install-script", "present"),
            ("maintainer", "other"),
            ("maintainer", "somebody"),
            ("provenance", "present"),
            published,
            ("publisher", "somebody"),
        ],
        "1.0.1": [("provenance", "absent"), published],
    }


def test_a_mirror_that_drops_attestations_says_nothing_of_provenance() -> None:
    document = packument(
        "sample", {"1.0.0": b"a"}, "https://npm.example", scripts={"install": "node-gyp rebuild"}
    )
    assert npm_facts(document)["1.0.0"] == [
        ("install-script", "present"),
        ("published", "2024-01-02T03:04:05.000Z"),
    ]


def test_npm_registries_by_scope(server: LyingServer, client: Client, tmp_path: Path) -> None:
    data = {"1.0.0": b"data"}
    for place, name in (("/own", "@vendor/sample"), ("/project", "@other/sample"), ("/main", "sample")):
        path = name.replace("/", "%2F")
        server.serve(f"{place}/{path}", Reply(packument(name, data, server.url + place)))
    settings = NpmSettings(
        server.url + "/main",
        (("@vendor", server.url + "/own"),),
        (("@vendor", server.url + "/evil"), ("@other", server.url + "/project")),
        NETWORK,
    )
    registry = NpmRegistry(settings, Shelf(tmp_path, client))
    for name in ("@vendor/sample", "@other/sample", "sample"):
        assert registry.versions(name) == ("1.0.0",)
    assert [
        registry.sources(name)[0].removeprefix(server.url) for name in ("@vendor/x", "@other/x", "x")
    ] == [
        "/own",
        "/main",
        "/main",
    ]
    with pytest.raises(
        Undecided, match=r"expected linux; found only sample-1\.0\.0\.tgz; next: leave the platform"
    ):
        registry.fetch("sample", "1.0.0", "linux")
    with pytest.raises(
        Undecided, match=r"looking for npm:sample@9\.9\.9 in .*; found others, the newest 1\.0\.0;"
    ):
        registry.fetch("sample", "9.9.9", "")
    with pytest.raises(
        Undecided, match=r"looking for npm:nothing in .*; expected a package of that name; found none"
    ):
        registry.fetch("nothing", "1.0.0", "")


def test_the_clock_is_in_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=2)
