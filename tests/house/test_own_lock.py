"""What we depend on is pinned, with digests, and the two files that say so agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def locked() -> dict[str, Any]:
    document = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package for package in document["package"]}


def normal(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def asked_for() -> set[str]:
    """Every package that pyproject.toml names, in whatever extra or group."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *document["dependency-groups"].values(),
    ]
    return {normal(requirement) for some in lists for requirement in some}


def test_the_lock_holds_what_the_project_asks_for_and_no_more_of_its_own() -> None:
    own = locked()["doorward"]
    listed = {row["name"] for row in own["metadata"]["requires-dist"]}
    listed |= {row["name"] for rows in own["metadata"]["requires-dev"].values() for row in rows}
    assert listed - {"doorward"} == asked_for() - {"doorward"}, "run: make lock"


def test_what_pip_installs_is_what_uv_installs() -> None:
    pins = {}
    for line in (ROOT / ".ci" / "requirements.txt").read_text(encoding="utf-8").splitlines():
        found = re.match(r"([\w.-]+)==([^\s;]+)", line)
        if found:
            pins[normal(found[1])] = found[2]
    versions = {name: package["version"] for name, package in locked().items() if name != "doorward"}
    assert pins.items() <= versions.items(), "run: make lock"
    assert asked_for() - {"doorward"} <= pins.keys()


def test_every_pin_has_digests_and_comes_from_the_public_index() -> None:
    for name, package in locked().items():
        if name == "doorward":
            continue
        assert package["source"] == {"registry": "https://pypi.org/simple"}
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files
        assert all(file["hash"].startswith("sha256:") for file in files), name
