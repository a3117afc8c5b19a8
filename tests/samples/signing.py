"""Self-made Authenticode signatures for tests: real PKCS #7, real hashes, a certificate of nobody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import pack_into, unpack_from

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from doorward.inspect.probes.authenticode import image_digest
from doorward.inspect.probes.pe_image import read_pe

__all__ = ["Signer", "der", "signed"]

SHA256 = bytes.fromhex("0609608648016503040201")
RSA = bytes.fromhex("06092a864886f70d010101")
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
INDIRECT = bytes.fromhex("060a2b060104018237020104")
PE_IMAGE = bytes.fromhex("060a2b06010401823702010f")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")


def der(tag: int, *parts: bytes) -> bytes:
    """One element of DER."""
    content = b"".join(parts)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes(4, "big").lstrip(b"\0")
    return bytes((tag, 0x80 | len(length))) + length + content


@dataclass(frozen=True)
class Signer:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def named(cls, organisation: str, serial: int = 7) -> Signer:
        """A new key, certified by itself."""
        key = rsa.generate_private_key(65537, 2048)
        attributes = [
            (NameOID.ORGANIZATION_NAME, organisation),
            (NameOID.COMMON_NAME, f"{organisation} Code"),
        ]
        name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(serial).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        return cls(key, builder.not_valid_after(datetime(2040, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256()))


def signed(program: bytes, signer: Signer, *, unsigned: bytes = b"", certificates: bytes = b"") -> bytes:
    """A PE file with one signature appended.

    Args:
        program: the file, without a signature.
        signer: who signs.
        unsigned: unauthenticated attributes, DER.
        certificates: further members of the set of certificates, DER.
    """
    image = read_pe(program)
    data = bytearray(program + bytes(-len(program) % 8))
    image = read_pe(bytes(data))
    entry = image.optional_offset + (144 if image.bits == 64 else 128)
    # The table's place is not hashed, its bytes are not hashed: a first guess of its size suffices.
    pkcs7 = _pkcs7(image_digest(image, "sha256"), signer, unsigned, certificates)
    length = 8 + len(pkcs7) + -len(pkcs7) % 8
    pack_into("<II", data, entry, len(data), length)
    head = bytearray(8)
    pack_into("<IHH", head, 0, length, 0x0200, 2)
    out = bytes(data) + bytes(head) + pkcs7 + bytes(-len(pkcs7) % 8)
    assert unpack_from("<I", out, entry)[0] == len(data)
    return out


def _pkcs7(digest: bytes, signer: Signer, unsigned: bytes, certificates: bytes) -> bytes:
    algorithm = der(0x30, SHA256, b"\5\0")
    indirect = der(0x30, PE_IMAGE, der(0x30, b"\3\1\0")) + der(0x30, algorithm, der(4, digest))
    content_type = der(0x30, CONTENT_TYPE, der(0x31, INDIRECT))
    inner = hashlib.sha256(indirect).digest()
    attributes = content_type + der(0x30, MESSAGE_DIGEST, der(0x31, der(4, inner)))
    value = signer.key.sign(der(0x31, attributes), padding.PKCS1v15(), hashes.SHA256())
    certificate = signer.certificate.public_bytes(Encoding.DER)
    serial = signer.certificate.serial_number
    issuer = signer.certificate.issuer.public_bytes()
    info = der(
        0x30,
        b"\2\1\1",
        der(0x30, issuer, der(2, bytes((serial,)))),
        algorithm,
        der(0xA0, attributes),
        der(0x30, RSA, b"\5\0"),
        der(4, value),
        der(0xA1, unsigned) if unsigned else b"",
    )
    content = der(
        0x30,
        b"\2\1\1",
        der(0x31, algorithm),
        der(0x30, INDIRECT, der(0xA0, der(0x30, indirect))),
        der(0xA0, certificate, certificates),
        der(0x31, info),
    )
    return der(0x30, SIGNED_DATA, der(0xA0, content))
