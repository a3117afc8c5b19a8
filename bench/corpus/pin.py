"""Choose the corpus: real neighbouring releases, pinned by name, version, URL path and digest.

Writes `pinned.jsonl`, one release file a line, grouped in lines of descent: the files of one
`line` (`pypi:click:py3-none-any`) in version order are a history, and each neighbour pair in it
is one benign update. Names come from lists of popular packages given on the command line; the
reserved ones are left out and counted. Index pages are asked for once each, one at a time.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
import re
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version
from reserved import is_reserved

DEBIAN = "http://deb.debian.org"
FILES = "https://files.pythonhosted.org/packages/"
"""Mirrors write other addresses into their pages; the path below this one is the same everywhere."""
SUITES = (
    ("debian", "bullseye"),
    ("debian-security", "bullseye-security"),
    ("debian", "bookworm"),
    ("debian-security", "bookworm-security"),
    ("debian", "bookworm-backports"),
    ("debian", "trixie"),
    ("debian-security", "trixie-security"),
    ("debian", "trixie-backports"),
    ("debian", "forky"),
    ("debian", "sid"),
)
SEMVER = re.compile(r"^(\d+)\.(\d+)\.(\d+)$")
Row = dict[str, Any]


def get(url: str, cache: Path, accept: str = "*/*") -> bytes:
    """One index page, kept in the cache so that it is asked for once."""
    target = cache / "index" / hashlib.sha256(url.encode()).hexdigest()
    if target.exists():
        return target.read_bytes()
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "doorward-corpus"})  # noqa: S310 -- https and http only, fixed hosts
    with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 -- as above
        body: bytes = answer.read()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    time.sleep(0.05)
    return body


def row(ecosystem: str, line: str, name: str, version: str, url: str, digest: str, size: int) -> Row:
    """One pinned release file."""
    return {
        "ecosystem": ecosystem, "line": line, "name": name, "version": version,
        "url": url, "digest": digest, "size": size,
    }  # fmt: skip


def wheel_line(file_name: str, name: str) -> str | None:
    """Which line of descent a file belongs to: pure, manylinux x86-64, win_amd64, or sdist."""
    if file_name.endswith("-none-any.whl"):
        return f"pypi:{name}:pure"
    if "manylinux" in file_name and file_name.endswith("x86_64.whl"):
        return f"pypi:{name}:linux"
    if file_name.endswith("-win_amd64.whl"):
        return f"pypi:{name}:windows"
    if file_name.endswith(".tar.gz"):
        return f"pypi:{name}:sdist"
    return None


def tag_rank(file_name: str) -> tuple[int, str]:
    """Prefer CPython 3.11 or the stable ABI among the wheels of one line."""
    for rank, tag in enumerate(
        ("cp311-cp311", "abi3", "py3-none", "cp310-cp310", "cp39-cp39", "cp312-cp312")
    ):
        if tag in file_name:
            return rank, file_name
    return 9, file_name


def stable_versions(texts: Iterable[str]) -> list[str]:
    """Final releases, newest first, by PEP 440."""
    found: list[tuple[Version, str]] = []
    for text in texts:
        try:
            version = Version(text)
        except InvalidVersion:
            continue
        if not version.is_prerelease and not version.is_devrelease:
            found.append((version, text))
    return [text for _, text in sorted(found, reverse=True)]


def fitting(files: list[Row], name: str, lines: set[str], most: int) -> dict[str, Row]:
    """The best file of each wanted line of one release."""
    found: dict[str, Row] = {}
    for file in sorted(files, key=lambda f: tag_rank(f["filename"])):
        line = wheel_line(file["filename"], name)
        if line and line.rsplit(":", 1)[1] in lines and not file["yanked"] and file["size"] <= most:
            found.setdefault(line, file)
    return found


def pypi(name: str, cache: Path, lines: set[str], steps: int, most: int) -> Iterator[Row]:
    """The last `steps` + 1 stable releases of each wanted line of one project."""
    page = json.loads(get(f"https://pypi.org/pypi/{name}/json", cache))
    chosen: dict[str, list[Row]] = {}
    for text in stable_versions(page["releases"]):
        for line, file in fitting(page["releases"][text], name, lines, most).items():
            if len(chosen.setdefault(line, [])) <= steps:
                url = FILES + file["url"].rsplit("packages/", 1)[-1]
                digest = "sha256:" + file["digests"]["sha256"]
                chosen[line].append(row("pypi", line, name, text, url, digest, file["size"]))
    for rows in chosen.values():
        if len(rows) > 1:
            yield from reversed(rows)


def npm(name: str, cache: Path, steps: int, most: int) -> Iterator[Row]:
    """The last `steps` + 1 stable releases of one npm package."""
    page = json.loads(get(f"https://registry.npmjs.org/{name.replace('/', '%2f')}", cache))
    stable = sorted(
        (tuple(int(part) for part in found.groups()), text)
        for text in page["versions"]
        if (found := SEMVER.match(text))
    )
    rows = []
    for _, text in reversed(stable):
        dist = page["versions"][text]["dist"]
        if "integrity" not in dist or not dist["integrity"].startswith("sha512-"):
            continue
        if dist.get("unpackedSize", 0) > most * 4 or page["versions"][text].get("deprecated"):
            continue
        rows.append(
            row(
                "npm",
                f"npm:{name}",
                name,
                text,
                dist["tarball"],
                dist["integrity"],
                dist.get("unpackedSize", 0),
            )
        )
        if len(rows) > steps:
            break
    if len(rows) > 1:
        yield from reversed(rows)


def debian_packages(cache: Path) -> dict[str, list[Row]]:
    """Every amd64 or all package of every suite, by name."""
    found: dict[str, list[Row]] = {}
    for archive, suite in SUITES:
        url = f"{DEBIAN}/{archive}/dists/{suite}/main/binary-amd64/Packages.xz"
        text = lzma.decompress(get(url, cache)).decode("utf-8", "replace")
        for block in text.split("\n\n"):
            fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", block, re.MULTILINE))
            if "SHA256" not in fields:
                continue
            name = fields["Package"]
            url, digest = f"{DEBIAN}/{archive}/{fields['Filename']}", "sha256:" + fields["SHA256"]
            pinned = row("deb", f"deb:{name}", name, fields["Version"], url, digest, int(fields["Size"]))
            found.setdefault(name, []).append(pinned)
    return found


def debian_order(text: str) -> list[Any]:
    """A sort key for Debian versions, as deb-version(7) compares them."""
    epoch, _, rest = text.rpartition(":")
    parts: list[Any] = [int(epoch or 0)]
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    for piece in (upstream, revision):
        runs = re.findall(r"(\D*)(\d*)", piece)
        parts.append(
            [
                (
                    [c != "~" and (ord(c) if c.isalpha() else ord(c) + 256) for c in word] + [0.5],
                    int(num or 0),
                )
                for word, num in runs
            ]
        )
    return parts


def debian(rows: list[Row], steps: int, most: int) -> Iterator[Row]:
    """The last `steps` + 1 distinct versions of one Debian package."""
    unique = {r["version"]: r for r in rows if r["size"] <= most}

    def compare(a: Row, b: Row) -> int:
        left, right = debian_order(a["version"]), debian_order(b["version"])
        return (left > right) - (left < right)

    ordered = sorted(unique.values(), key=cmp_to_key(compare))
    if len(ordered) > 1:
        yield from ordered[-(steps + 1) :]


def main() -> None:
    """Pin the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", type=Path, help="lines `ecosystem:name[:line]`")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("pinned.jsonl"))
    parser.add_argument("--most", type=int, default=6_000_000, help="largest file in bytes")
    parser.add_argument("--steps", type=int, default=6)
    chosen = parser.parse_args()
    wanted: dict[tuple[str, str], set[str]] = {}
    left_out = 0
    for text in chosen.names.read_text(encoding="ascii").split():
        ecosystem, name, *line = text.split(":")
        if is_reserved(ecosystem, name):
            left_out += 1
            continue
        wanted.setdefault((ecosystem, name), set()).update(line)
    packages = debian_packages(chosen.cache) if any(e == "deb" for e, _ in wanted) else {}
    count = 0
    with chosen.out.open("w", encoding="utf-8") as out:
        for (ecosystem, name), lines in sorted(wanted.items()):
            try:
                if ecosystem == "pypi":
                    rows = list(pypi(name, chosen.cache, lines or {"pure"}, chosen.steps, chosen.most))
                elif ecosystem == "npm":
                    rows = list(npm(name, chosen.cache, chosen.steps, chosen.most))
                else:
                    rows = list(debian(packages.get(name, []), chosen.steps, chosen.most))
            except (OSError, gzip.BadGzipFile, KeyError, ValueError) as error:
                print(f"{ecosystem}:{name}: {error!r}", file=sys.stderr)
                continue
            for found in rows:
                out.write(json.dumps(found, sort_keys=True) + "\n")
            count += max(0, len(rows) - 1)
    print(f"{count} pairs at most; {left_out} reserved names left out")


if __name__ == "__main__":
    main()
