"""As much DER as a certificate table needs: elements, names, and one certificate's owner.

Follows X.690 (definite lengths only) and RFC 5280 for names. A general ASN.1 library would refuse what
loaders accept; this reader refuses only what cannot be walked.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BadDer", "Certificate", "Node", "children", "content", "name_of", "node_at", "oid_text"]

COMMON_NAME = bytes.fromhex("550403")
ORGANISATION = bytes.fromhex("55040a")
MAX_CHILDREN = 10_000


class BadDer(ValueError):
    """Not the structure that the format asks for."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: `data[start:end]` is its content, `data[head:end]` all of it."""

    tag: int
    head: int
    start: int
    end: int


def node_at(data: bytes, at: int, limit: int) -> Node:
    """Read the element that begins at an offset and must end by another.

    Raises:
        BadDer: truncated, of indefinite length, or longer than the room it has.
    """
    if at + 2 > limit:
        raise BadDer(f"element at {at} has no header")
    tag, length, start = data[at], data[at + 1], at + 2
    if length & 0x80:
        width = length & 0x7F
        if not 1 <= width <= 4 or start + width > limit:
            raise BadDer(f"element at {at} has a length of {width} bytes")
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    if start + length > limit:
        raise BadDer(f"element at {at} ends at {start + length}, its room at {limit}")
    return Node(tag, at, start, start + length)


def children(data: bytes, parent: Node, least: int = 0) -> list[Node]:
    """Give the elements inside one element.

    Raises:
        BadDer: they do not fill it exactly, or are fewer than `least`.
    """
    found: list[Node] = []
    at = parent.start
    while at < parent.end and len(found) < MAX_CHILDREN:
        found.append(node_at(data, at, parent.end))
        at = found[-1].end
    if len(found) < least:
        raise BadDer(f"{len(found)} elements at {parent.head}, at least {least} expected")
    return found


def content(data: bytes, node: Node) -> bytes:
    """Give the content of an element."""
    return data[node.start : node.end]


def oid_text(raw: bytes) -> str:
    """Give an object identifier in dotted form."""
    arcs: list[int] = []
    value = 0
    for byte in raw[:64]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(value)
            value = 0
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def name_of(data: bytes, name: Node) -> str:
    """Give `organisation / common name` of a distinguished name: who it is, not which certificate."""
    parts: dict[bytes, str] = {}
    for relative in children(data, name):
        for pair in children(data, relative):
            kind, value = children(data, pair, 2)[:2]
            encoding = "utf-16-be" if value.tag == 0x1E else "utf-8"
            parts.setdefault(content(data, kind), content(data, value)[:256].decode(encoding, "replace"))
    known = [parts[kind] for kind in (ORGANISATION, COMMON_NAME) if kind in parts]
    return " / ".join(dict.fromkeys(known))


@dataclass(frozen=True, slots=True)
class Certificate:
    """Owner, issuer and key of one X.509 certificate."""

    serial: bytes
    issuer_raw: bytes
    subject: str
    key: bytes
    """SubjectPublicKeyInfo, DER."""
    size: int

    @classmethod
    def read(cls, data: bytes, node: Node) -> Certificate:
        """Read one certificate.

        Raises:
            BadDer: not a certificate.
        """
        fields = children(data, children(data, node, 3)[0], 6)
        if fields[0].tag == 0xA0:
            fields = fields[1:]
        serial, _, issuer, _, subject, key = fields[:6]
        return cls(
            content(data, serial),
            data[issuer.head : issuer.end],
            name_of(data, subject),
            data[key.head : key.end],
            node.end - node.head,
        )
