"""Changes of the HTML report: the tree coloured by what is unexplained, and strips of entropy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from doorward.inspect.explain.escape import for_html, marked_html, shortened
from doorward.inspect.explain.sentences import amount, plural, size_text
from doorward.model.finding import Change, ChangeKind

__all__ = ["strips", "tree"]

_ROWS_LIMIT = 1_500
"""Rows of the tree; unexplained ones first, the rest counted. Browsers slow down on more."""
_OPEN_LIMIT = 80
"""A tree of up to this many changes is shown unfolded."""
_STRIPS_LIMIT = 24
_HEATS = (0.05, 3.0, 8.0, 16.0, 30.0)
"""Least points of the five colours: a review needs about 16, a block about 30."""
_FULL = 60
"""Entropy in eighths of a bit from which bytes look random: 7.5 bits."""
_BINARY = 48
"""Entropy in eighths of a bit that machine code reaches and text does not: 6 bits."""
_SIGNS = {
    ChangeKind.ADDED: "+",
    ChangeKind.REMOVED: "\u2212",
    ChangeKind.CHANGED: "~",
    ChangeKind.MOVED: "\u2192",
}


@dataclass(slots=True)
class _Folder:
    """One folder of changed members."""

    folders: dict[str, _Folder] = field(default_factory=dict)
    files: list[tuple[str, Change]] = field(default_factory=list)
    count: int = 0
    weight: float = 0.0


def tree(changes: Sequence[Change]) -> str:
    """The tree of changed members, at most as many as a browser can take."""
    ordered = sorted(changes, key=lambda change: (-change.weight, change.path))
    shown, rest = ordered[:_ROWS_LIMIT], ordered[_ROWS_LIMIT:]
    root = _planted(shown)
    unfolded = len(shown) <= _OPEN_LIMIT
    more = ""
    if rest:
        heavy = sum(change.weight >= _HEATS[0] for change in rest)
        of_them = (
            f", {heavy:,} of them with unexplained weight"
            if heavy
            else ", none of them with unexplained weight"
        )
        more = (
            f'<p class="lead">and {plural(len(rest), "more changed member")}{of_them}, in the JSON report</p>'
        )
    grown = f'<div class="tree"><ul>{_inside(root, unfolded=unfolded)}</ul></div>'
    return f'<div class="panel">{_legend()}{grown}{more}</div>'


def _planted(changes: Sequence[Change]) -> _Folder:
    root = _Folder()
    for change in changes:
        folder = root
        parts = change.path.split("/")
        # A path of a hundred thousand slashes must not nest a hundred thousand elements.
        heads = parts[:-1] if len(parts) <= 24 else [*parts[:23], "/".join(parts[23:-1])]
        _grow(folder, change)
        for part in heads:
            folder = folder.folders.setdefault(part, _Folder())
            _grow(folder, change)
        folder.files.append((parts[-1], change))
    return root


def _grow(folder: _Folder, change: Change) -> None:
    folder.count += 1
    folder.weight += change.weight


def _inside(folder: _Folder, *, unfolded: bool) -> str:
    heaviest = sorted(folder.folders.items(), key=lambda item: (-item[1].weight, item[0]))
    folders = "".join(_folder(name, inner, unfolded=unfolded) for name, inner in heaviest)
    return folders + "".join(_row(name, change) for name, change in folder.files)


def _folder(name: str, folder: _Folder, *, unfolded: bool) -> str:
    # A chain of folders with nothing else in them is one line, as in file managers.
    while not folder.files and len(folder.folders) == 1:
        (inner_name, folder), *_ = folder.folders.items()
        name = f"{name}/{inner_name}"
    opened = " open" if unfolded or folder.weight >= _HEATS[0] else ""
    count = plural(folder.count, "change")
    return (
        f'<li><details{opened}><summary class="row">'
        f'<span class="name q">{marked_html(shortened(name, 300))}/</span>'
        f'<span class="size">{count}</span>{_heat(folder.weight)}</summary>'
        f"<ul>{_inside(folder, unfolded=unfolded)}</ul></details></li>"
    )


def _row(name: str, change: Change) -> str:
    hot = " hot" if change.weight >= _HEATS[0] else ""
    moved = ""
    if change.old_path and change.old_path != change.path:
        moved = f' <span class="soft">from {marked_html(shortened(change.old_path, 300))}</span>'
    return (
        f'<li class="{change.kind.value}"><div class="row"><span class="name q{hot}">'
        f'<span class="sign" title="{change.kind.value}">{_SIGNS[change.kind]}</span>'
        f"{marked_html(shortened(name, 300)) or '(no name)'}{moved}</span>"
        f'<span class="size">{_sizes(change)}</span>{_heat(change.weight)}</div></li>'
    )


def _sizes(change: Change) -> str:
    if change.kind is ChangeKind.ADDED:
        return size_text(change.new_size)
    if change.kind is ChangeKind.REMOVED:
        return f"was {size_text(change.old_size)}"
    if change.old_size == change.new_size:
        return size_text(change.new_size)
    return f"{size_text(change.old_size)} \u2192 {size_text(change.new_size)}"


def _heat(weight: float) -> str:
    level = sum(weight >= least for least in _HEATS)
    if not level:
        return '<span class="heat"></span>'
    share = min(100.0, 100 * weight / 40)
    bar = f'<svg aria-hidden="true"><rect class="h{level}" width="{share:.0f}%" height="100%"/></svg>'
    return f'<span class="heat">{bar}<span>{amount(weight)}</span></span>'


def _legend() -> str:
    signs = "".join(f"<span>{sign} {kind.value}</span>" for kind, sign in _SIGNS.items())
    scale = "".join(
        f'<rect class="h{level}" x="{20 * (level - 1)}%" width="20%" height="100%"/>' for level in range(1, 6)
    )
    words = f'<span>unexplained: little <svg aria-hidden="true">{scale}</svg> much</span>'
    return f'<div class="legend">{signs}{words}</div>'


def strips(changes: Sequence[Change], level: int) -> str:
    """Entropy of changed binaries, old above new; the most unexplained first. Empty if there are none."""
    known = [change for change in changes if _worth_a_strip(change)]
    known.sort(key=lambda change: (-change.weight, -_gained(change), change.path))
    if not known:
        return ""
    more = ""
    if len(known) > _STRIPS_LIMIT:
        more = f'<p class="lead">and {plural(len(known) - _STRIPS_LIMIT, "more file")} in the JSON report</p>'
    shown = "".join(_strip(change, level) for change in known[:_STRIPS_LIMIT])
    return f'<div class="strips">{shown}</div>{more}'


def _worth_a_strip(change: Change) -> bool:
    """Text has about 5 bits a byte everywhere and tells nothing, unless something in it is unexplained."""
    windows = (*change.old_entropy, *change.new_entropy)
    return bool(windows) and (change.weight >= _HEATS[0] or max(windows) >= _BINARY)


def _gained(change: Change) -> int:
    return _full(change.new_entropy) - _full(change.old_entropy)


def _full(windows: tuple[int, ...]) -> int:
    return sum(window >= _FULL for window in windows)


def _strip(change: Change, level: int) -> str:
    old = (
        f"{_full(change.old_entropy)} of {len(change.old_entropy)}" if change.old_entropy else "no such file"
    )
    new = (
        f"{_full(change.new_entropy)} of {len(change.new_entropy)}" if change.new_entropy else "no such file"
    )
    said = f"Windows above 7.5 bits: old {old}, new {new}"
    return (
        f'<figure class="panel strip"><figcaption><span class="mono q" role="heading" aria-level="{level}">'
        f"{marked_html(shortened(change.path, 300))}</span>"
        f'<span class="soft">{for_html(said)}; {_sizes(change)}</span></figcaption>'
        f"{_bars('old', change.old_entropy)}{_bars('new', change.new_entropy)}</figure>"
    )


def _bars(tag: str, windows: tuple[int, ...]) -> str:
    width = max(len(windows), 1)
    bars = "".join(_bar(index, min(max(value, 0), 64)) for index, value in enumerate(windows))
    drawn = (
        f'<svg viewBox="0 0 {width} 64" preserveAspectRatio="none" shape-rendering="crispEdges" role="img" '
        f'aria-label="entropy, {tag}">{bars}</svg>'
    )
    return f"<div><span>{tag}</span>{drawn}</div>"


def _bar(index: int, value: int) -> str:
    css = ' class="full"' if value >= _FULL else ""
    return f'<rect{css} x="{index}" y="{64 - value}" width="1" height="{value}"/>'
