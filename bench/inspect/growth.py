"""How the cost of an inspection grows with the size of a release: 1, 10, 100, 1,000 MB.

    python bench/inspect/growth.py --sizes 1 10 100 --write-docs

Each size is a pair of zip files mixed from genuine files (the cached wheels), every copy salted so
that no two files are equal; in the newer release one file in seven is changed, as in an ordinary
update (75 to 82 % of files stay equal between releases). Cold means an empty trait cache.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from competitors import ours, peak
from families_bases import cache_folder
from speed_plots import line_plot

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1_000_000
CHANGED = 7
"""One file in so many is changed in the newer release."""


def material() -> Iterator[tuple[str, bytes]]:
    """Genuine files, over and over, each copy under its own folder and with its own salt."""
    wheels = sorted((cache_folder() / "bases" / "pypi").glob("*/*/*.whl"))
    copy = 0
    while wheels:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                for info in archive.infolist():
                    if not info.is_dir() and info.file_size and ".dist-info/" not in info.filename:
                        yield (
                            f"part{copy:04d}/{info.filename}",
                            _salted(archive.read(info), info.filename, copy),
                        )
            copy += 1


def _salted(data: bytes, name: str, salt: int) -> bytes:
    if name.endswith((".py", ".pyi", ".txt", ".md", ".js")):
        return (
            data + f"\n# {salt}\n".encode() if not name.endswith(".js") else data + f"\n// {salt}\n".encode()
        )
    return data[:-4] + salt.to_bytes(4, "big") if len(data) > 64 else data + salt.to_bytes(4, "big")


def pair(size: int, folder: Path) -> tuple[Path, Path]:
    """Old and new of this many megabytes, unpacked."""
    paths = (folder / "mixture-1.0.0.zip", folder / "mixture-1.0.1.zip")
    total, index = 0, 0
    with (
        zipfile.ZipFile(paths[0], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as old,
        zipfile.ZipFile(paths[1], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for path, data in material():
            if total >= size * MEGABYTE:
                return paths
            old.writestr(zipfile.ZipInfo(path), data)
            changed = _salted(data, path, index + 1_000_000) if index % CHANGED == 0 else data
            new.writestr(zipfile.ZipInfo(path), changed)
            total += len(data)
            index += 1
    sys.exit("no cached wheels: run bench/inspect/detection.py first, it fetches them")


def grown(sizes: list[int]) -> list[dict[str, float]]:
    """Cold and warm seconds and peak memory for each size."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="doorward-growth-") as scratch:
            folder = Path(scratch)
            old, new = pair(size, folder)
            cold, warm = (peak(ours(old, new, folder / "cache"), folder) for _ in range(2))
            shutil.rmtree(folder / "cache", ignore_errors=True)
        row = {
            "megabytes": size,
            "cold": round(cold.seconds, 2),
            "warm": round(warm.seconds, 2),
            "peak_mb": round(cold.peak_bytes / MEGABYTE),
            "code": cold.code,
        }
        print(json.dumps(row), flush=True)
        rows.append(row)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--write-docs", action="store_true")
    chosen = parser.parse_args()
    rows = grown(chosen.sizes)
    lines = ["| unpacked | cold | warm | peak of one process |", "| ---: | ---: | ---: | ---: |"]
    lines += [f"| {r['megabytes']} MB | {r['cold']} s | {r['warm']} s | {r['peak_mb']} MB |" for r in rows]
    print("\n".join(lines))
    if chosen.write_docs:
        docs = ROOT / "docs" / "benchmarks"
        docs.mkdir(parents=True, exist_ok=True)
        (docs / "growth-table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        series = {name: [(r["megabytes"], r[name]) for r in rows] for name in ("cold", "warm")}
        plot = line_plot(series, across="MB unpacked", up="seconds")
        (docs / "growth.svg").write_text(plot, encoding="utf-8")


if __name__ == "__main__":
    main()
