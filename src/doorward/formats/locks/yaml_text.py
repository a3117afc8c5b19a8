"""The YAML that lock files are written in: mappings, sequences and texts, and nothing else.

Built from the events of PyYAML's parser rather than its objects. Anchors, aliases (which make
billions of nodes from a line), tags, further documents, duplicate keys and keys that are no text are
refused; every scalar stays the text it is, so that `1.10` is no number and `no` no truth value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from doorward.formats.locks.page import Page

__all__ = ["Lines", "parse_yaml"]

MAX_DEPTH = 32
"""Levels; pnpm writes six."""
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Lines = dict[int, int]
"""`id` of a table → 1-based line on which it begins."""


def parse_yaml(page: Page) -> tuple[object, Lines]:
    """The document, and where its tables begin.

    Raises:
        Misuse: not YAML, or more of it than a lock file needs.
    """
    try:
        return _build(page)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or type(error).__name__
        raise page.refuse("YAML", f"no YAML: {ascii(reason)[1:-1]}", mark.line + 1 if mark else 0) from error
    except (RecursionError, ValueError) as error:
        raise page.refuse("YAML", f"no YAML ({type(error).__name__})") from error


def _build(page: Page) -> tuple[object, Lines]:
    roots: list[object] = []
    open_nodes: list[tuple[dict[str, object] | list[object], list[str]]] = []
    lines: Lines = {}
    events: Iterator[Any] = yaml.parse(page.text, Loader=LOADER)
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = _node(page, event, line)
            _place(page, node, open_nodes, roots, line)
            if isinstance(node, str):
                continue
            open_nodes.append((node, []))
            if isinstance(node, dict):
                lines[id(node)] = line
            if len(open_nodes) > MAX_DEPTH:
                raise page.refuse(f"at most {MAX_DEPTH} levels", "more", line)
    if len(roots) != 1:
        raise page.refuse("one YAML document", f"{len(roots)}")
    return roots[0], lines


def _node(page: Page, event: Any, line: int) -> str | dict[str, object] | list[object]:
    """A text, or a table or array still empty."""
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise page.refuse("no anchors and aliases", "one", line)
    if event.tag:
        raise page.refuse("no tags", event.tag, line)
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    return {} if isinstance(event, yaml.MappingStartEvent) else []


def _place(
    page: Page,
    node: object,
    open_nodes: list[tuple[dict[str, object] | list[object], list[str]]],
    roots: list[object],
    line: int,
) -> None:
    """Put a node where it belongs: a root, an item, a key, or the value of the last key."""
    if not open_nodes:
        roots.append(node)
        return
    parent, key = open_nodes[-1]
    if isinstance(parent, list):
        parent.append(node)
    elif key:
        parent[key.pop()] = node
    elif not isinstance(node, str):
        raise page.refuse("text for a key", node, line)
    elif node in parent:
        raise page.refuse("each key once", f"{node} twice", line)
    else:
        key.append(node)
