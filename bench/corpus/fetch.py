"""Bring the pinned corpus to this machine: each file once, one at a time, checked by digest."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

__all__ = ["pinned", "place", "right"]

PINNED = Path(__file__).with_name("pinned.jsonl")


def pinned(path: Path = PINNED) -> list[dict[str, Any]]:
    """Every pinned release file, in lines of descent, oldest first."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def place(cache: Path, row: dict[str, Any]) -> Path:
    """Where a pinned file lies, or will lie, in the cache."""
    name: str = row["url"].rsplit("/", 1)[-1]
    key = hashlib.sha256(row["digest"].encode()).hexdigest()[:32]
    return cache / "artifacts" / key / name


def right(body: bytes, digest: str) -> bool:
    """Whether these bytes have the pinned digest: `sha256:<hex>`, or npm's `sha512-<base64>`."""
    if digest.startswith("sha256:"):
        return hashlib.sha256(body).hexdigest() == digest.removeprefix("sha256:")
    return base64.b64encode(hashlib.sha512(body).digest()).decode() == digest.removeprefix("sha512-")


def main() -> int:
    """Fetch what is missing; exit 1 if anything could not be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    cache = parser.parse_args().cache
    failed = 0
    for row in pinned():
        target = place(cache, row)
        if target.exists():
            continue
        try:
            request = urllib.request.Request(row["url"], headers={"User-Agent": "doorward-corpus"})  # noqa: S310 -- pinned https and Debian's signed http
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 -- as above
                body: bytes = answer.read()
        except OSError as error:
            print(f"{row['url']}: {error}", file=sys.stderr)
            failed += 1
            continue
        if not right(body, row["digest"]):
            print(f"{row['url']}: digest is not the pinned {row['digest']}", file=sys.stderr)
            failed += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".part")
        temporary.write_bytes(body)
        temporary.replace(target)
        time.sleep(0.02)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
