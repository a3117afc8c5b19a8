"""What stands in a certificate table, and whether its signature fits the bytes it covers.

Rule: every byte of an attribute certificate table belongs to a `WIN_CERTIFICATE` header, to the DER
structure inside it, or to zero padding up to eight bytes; what is left is *surplus*. The table is not
covered by the hash it holds, so surplus leaves a signature valid: Windows accepts it unless
`EnableCertPaddingCheck` is set (CVE-2013-3900), and the 3CX back door of 2023 carried its payload there.

Follows *Windows Authenticode Portable Executable Signature Format* (2008) and RFC 2315. Checked: the
image's hash against the signed one, the signed one against the signer's attributes, the signature
against the signer's own certificate. Not checked: the chain, time stamps and revocation, which need
roots and a clock; a self-made certificate passes here, and shows as a new signer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from doorward.inspect.probes.authenticode_der import (
    BadDer,
    Certificate,
    Node,
    children,
    content,
    name_of,
    node_at,
    oid_text,
)
from doorward.inspect.probes.pe_image import PeImage

__all__ = ["CertificateTable", "Signature", "image_digest", "read_certificates"]

HASHES: dict[bytes, str] = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
    bytes.fromhex("608648016503040202"): "sha384",
    bytes.fromhex("608648016503040203"): "sha512",
    bytes.fromhex("2a864886f70d0205"): "md5",
}
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
SIZED = {
    bytes.fromhex("2a864886f70d010906"): ("counter-signature", 16_384),
    bytes.fromhex("2b060104018237030301"): ("time-stamp", 32_768),
    bytes.fromhex("2b060104018237020401"): ("nested-signature", 65_536),
}
"""Attributes that stay unsigned because they hold a signature of their own, and how large they get."""
USUAL_CERTIFICATE = 6_144
"""Bytes; certificates of public authorities have 1,000 to 2,500."""
MAX_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """One PKCS #7 signature of an image."""

    subject: str
    """`Organisation / common name` of the signer's certificate; empty if it is not enclosed."""
    issuer: str
    algorithm: str
    """`sha256`, or empty if unknown."""
    state: str
    """`fits`, `image-changed`, `digest-changed`, `signature-broken`, or `unreadable`."""
    unsigned: tuple[tuple[str, int], ...] = ()
    """What the signature does not cover and is unusual: (what, size) of unknown unauthenticated
    attributes by dotted number, oversized known ones, oversized or malformed certificates."""


@dataclass(frozen=True, slots=True)
class CertificateTable:
    """What a whole certificate table holds."""

    offset: int
    size: int
    signatures: tuple[Signature, ...]
    surplus: tuple[tuple[int, int], ...]
    """(offset, size) of bytes that belong to nothing, or to an entry of unknown kind."""


def read_certificates(image: PeImage) -> CertificateTable | None:
    """Account for the certificate table of an image; None if it has none. Never raises."""
    offset, size = image.certificates
    if not offset or not size:
        return None
    end = min(offset + size, len(image.data))
    signatures: list[Signature] = []
    surplus: list[tuple[int, int]] = []
    at = offset
    while at + 8 <= end and len(signatures) < MAX_ENTRIES:
        length, _, kind = unpack_from("<IHH", image.data, at)
        stop = at + length
        if length < 8 or stop > end:
            break
        if kind == 2:
            signature, used = _entry(image, at + 8, stop)
            signatures.append(signature)
            surplus += _surplus(image.data, used, stop)
        else:
            surplus.append((at, length))
        at = min((stop + 7) & ~7, end)
        surplus += _nonzero(image.data, stop, at)
    surplus += _nonzero(image.data, at, end)
    return CertificateTable(offset, size, tuple(signatures), tuple(surplus))


def _surplus(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Bytes after a signature: up to seven zeros are padding, anything else is surplus."""
    if end - start < 8:
        return _nonzero(data, start, end)
    return [(start, end - start)]


def _nonzero(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    return [(start, end - start)] if data[start:end].strip(b"\0") else []


def image_digest(image: PeImage, algorithm: str) -> bytes:
    """Hash an image as Authenticode does: without checksum, certificate entry and certificates."""
    data = memoryview(image.data)
    checksum = image.optional_offset + 64
    entry = image.optional_offset + (144 if image.bits == 64 else 128)
    offset, size = image.certificates
    digest = hashlib.new(algorithm, usedforsecurity=False)
    digest.update(data[:checksum])
    digest.update(data[checksum + 4 : entry])
    digest.update(data[entry + 8 : offset or None])
    if offset:
        digest.update(data[offset + size :])
    return digest.digest()


def _entry(image: PeImage, start: int, end: int) -> tuple[Signature, int]:
    """Read one signature; the second value is where its DER ends."""
    try:
        outer = node_at(image.data, start, end)
    except BadDer:
        return Signature("", "", "", "unreadable"), start
    try:
        return _signature(image, outer), outer.end
    except BadDer:
        return Signature("", "", "", "unreadable"), outer.end


def _signature(image: PeImage, outer: Node) -> Signature:
    data = image.data
    signed = children(data, children(data, children(data, outer, 2)[1], 1)[0], 4)
    indirect = children(data, children(data, signed[2], 2)[1], 1)[0]
    enclosed = [child for node in signed[3:] if node.tag == 0xA0 for child in children(data, node)]
    infos = [child for node in signed[3:] if node.tag == 0x31 for child in children(data, node)]
    if not infos:
        raise BadDer("no signer")
    signer = children(data, infos[0], 5)
    issuer, serial = children(data, signer[1], 2)[:2]
    certificates = list(_certificates(data, enclosed))
    wanted = (content(data, serial), data[issuer.head : issuer.end])
    own = next((each for each in certificates if (each.serial, each.issuer_raw) == wanted), None)
    algorithm = HASHES.get(content(data, children(data, signer[2], 1)[0]), "")
    return Signature(
        subject=own.subject if own else "",
        issuer=name_of(data, issuer),
        algorithm=algorithm,
        state=_state(image, indirect, signer, own, algorithm),
        unsigned=(*_unsigned(data, signer), *_odd_certificates(certificates, len(enclosed))),
    )


def _certificates(data: bytes, enclosed: list[Node]) -> Iterator[Certificate]:
    for node in enclosed:
        try:
            yield Certificate.read(data, node)
        except BadDer:
            continue  # counted by _odd_certificates


def _odd_certificates(certificates: list[Certificate], enclosed: int) -> Iterator[tuple[str, int]]:
    if len(certificates) < enclosed:
        yield "malformed-certificate", enclosed - len(certificates)
    for certificate in certificates:
        if certificate.size > USUAL_CERTIFICATE:
            yield "oversized-certificate", certificate.size


def _unsigned(data: bytes, signer: list[Node]) -> Iterator[tuple[str, int]]:
    for attributes in (node for node in signer[5:] if node.tag == 0xA1):
        for attribute in children(data, attributes):
            kind = content(data, children(data, attribute, 1)[0])
            size = attribute.end - attribute.head
            name, usual = SIZED.get(kind, (oid_text(kind), 0))
            if size > usual:
                yield name, size


def _state(
    image: PeImage, indirect: Node, signer: list[Node], own: Certificate | None, algorithm: str
) -> str:
    """Follow the chain from bytes to signer, and name the first link that does not hold."""
    data = image.data
    # 1. The image's bytes hash to what SpcIndirectDataContent says.
    info = children(data, children(data, indirect, 2)[1], 2)
    method = HASHES.get(content(data, children(data, info[0], 1)[0]), "")
    if not method or not algorithm:
        return "unreadable"
    if image_digest(image, method) != content(data, info[1]):
        return "image-changed"
    # 2. SpcIndirectDataContent hashes to what the signer's attributes say.
    attributes = next((node for node in signer[3:] if node.tag == 0xA0), None)
    if attributes is None or own is None:
        return "unreadable"
    stated = _message_digest(data, attributes)
    if hashlib.new(algorithm, content(data, indirect), usedforsecurity=False).digest() != stated:
        return "digest-changed"
    # 3. The attributes, read as a SET, are signed by the key of the signer's certificate.
    covered = b"\x31" + data[attributes.head + 1 : attributes.end]
    value = next((node for node in signer[4:] if node.tag == 0x04), None)
    if value is None:
        return "unreadable"
    return _verified(own.key, content(data, value), covered, algorithm)


def _message_digest(data: bytes, attributes: Node) -> bytes:
    for attribute in children(data, attributes):
        kind, values = children(data, attribute, 2)[:2]
        if content(data, kind) == MESSAGE_DIGEST:
            return content(data, children(data, values, 1)[0])
    return b""


def _verified(key: bytes, signature: bytes, covered: bytes, algorithm: str) -> str:
    method = _METHODS[algorithm]()
    try:
        public = load_der_public_key(key)
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, covered, padding.PKCS1v15(), method)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, covered, ec.ECDSA(method))
        else:
            return "unreadable"
    except InvalidSignature:
        return "signature-broken"
    except (ValueError, UnsupportedAlgorithm):
        return "unreadable"
    return "fits"


_METHODS: dict[str, type[hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
