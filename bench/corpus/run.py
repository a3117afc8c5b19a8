"""Compare every neighbour pair of the pinned corpus, and keep what was new in each.

Resumable: pairs already in the output are not compared again, unless the code's fingerprint has
changed (then name another output). `--shard K/N` takes every N-th line of descent.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from fetch import pinned, place
from rows import row_to

from doorward.errors import DoorwardError
from doorward.formats.settings import InspectSettings
from doorward.inspect.compare import gather
from doorward.model.artifact import Artifact
from doorward.wiring import Silence, artifact_at, workbench


def pairs(shard: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Neighbours of each line of descent."""
    which, of = (int(part) for part in shard.split("/"))
    lines = [list(rows) for _, rows in groupby(pinned(), key=lambda row: row["line"])]
    # Spread over ecosystems, so that a run that was cut short is still a fair sample.
    for rows in sorted(lines, key=lambda rows: hash_of(rows[0]["line"]))[which::of]:
        yield from pairwise(rows)


def hash_of(text: str) -> int:
    """A fixed shuffle."""
    return sum((i + 7) * ord(c) * 2654435761 for i, c in enumerate(text)) % 1_000_003


def artifact(cache: Path, row: dict[str, Any]) -> Artifact:
    """A pinned file as an artifact; what the registry says of it is left out on both sides."""
    return artifact_at(place(cache, row), row["name"], row["version"], row["ecosystem"])


def main() -> None:
    """Run a shard of the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--most", type=int, default=1_000_000)
    chosen = parser.parse_args()
    done = set()
    if chosen.out.exists():
        with chosen.out.open(encoding="ascii") as lines:
            done = {(v["line"], v["old"], v["new"]) for v in map(json.loads, lines)}
    settings = InspectSettings(cache_folder=chosen.cache / "traits", jobs=chosen.jobs)
    with (
        workbench(settings, [chosen.cache], Silence()) as bench,
        chosen.out.open("a", encoding="ascii") as out,
    ):
        for old, new in list(pairs(chosen.shard))[: chosen.most]:
            if (old["line"], old["version"], new["version"]) in done:
                continue
            if not (place(chosen.cache, old).exists() and place(chosen.cache, new).exists()):
                continue
            began = time.monotonic()
            try:
                compared = gather([artifact(chosen.cache, old)], artifact(chosen.cache, new), bench)
                text = row_to(new, old["version"], compared, time.monotonic() - began)
            except DoorwardError as error:
                text = row_to(new, old["version"], None, time.monotonic() - began, str(error))
                print(f"{new['line']} {old['version']} {new['version']}: {error}", file=sys.stderr)
            out.write(text + "\n")
            out.flush()
            bench.clear()


if __name__ == "__main__":
    main()
