"""A signer of OpenPGP clear-text messages, as archives sign their `InRelease`: RSA, version 4, SHA-256.

As little of RFC 4880 as `gpgv` asks for: a key packet, a user id bound to it by its own signature, and
a signature over canonical text. Keys are made for each run and sign nothing but tests.
"""

from __future__ import annotations

import base64
import hashlib
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

__all__ = ["Signer"]

CREATED = 1_700_000_000
SHA256 = 8
RSA = 1


class Signer:
    """One key."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        self._body = struct.pack(">BIB", 4, CREATED, RSA) + _integer(numbers.n) + _integer(numbers.e)
        self._framed = b"\x99" + struct.pack(">H", len(self._body)) + self._body
        self.fingerprint = hashlib.sha1(self._framed, usedforsecurity=False).hexdigest().upper()

    def keyring(self) -> bytes:
        """The public key with its user id, binary."""
        name = b"Archive <archive@vendor.example>"
        certified = self._framed + b"\xb4" + struct.pack(">I", len(name)) + name
        binding = self._signature(0x13, certified)
        return _packet(6, self._body) + _packet(13, name) + _packet(2, binding)

    def armoured_keyring(self) -> str:
        """The same in ASCII armour."""
        return _armour("PUBLIC KEY BLOCK", self.keyring())

    def clear_sign(self, text: str) -> bytes:
        """A clear-signed message."""
        lines = [line.rstrip(" \t") for line in text.rstrip("\n").split("\n")]
        signature = self._signature(0x01, "\r\n".join(lines).encode())
        escaped = "\n".join("- " + line if line.startswith("-") else line for line in lines)
        head = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{escaped}\n"
        return (head + _armour("SIGNATURE", _packet(2, signature))).encode()

    def _signature(self, kind: int, data: bytes) -> bytes:
        """The body of a signature packet over `data`."""
        created = b"\x05\x02" + struct.pack(">I", CREATED)
        hashed = struct.pack(">BBBBH", 4, kind, RSA, SHA256, len(created)) + created
        trailer = b"\x04\xff" + struct.pack(">I", len(hashed))
        whole = data + hashed + trailer
        number = self._key.sign(whole, padding.PKCS1v15(), hashes.SHA256())
        issuer = b"\x09\x10" + bytes.fromhex(self.fingerprint[-16:])
        left = hashlib.sha256(whole).digest()[:2]
        return (
            hashed + struct.pack(">H", len(issuer)) + issuer + left + _integer(int.from_bytes(number, "big"))
        )


def _integer(value: int) -> bytes:
    return struct.pack(">H", value.bit_length()) + value.to_bytes((value.bit_length() + 7) // 8, "big")


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 2]) + struct.pack(">I", len(body)) + body


def _armour(what: str, data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    lines = "\n".join(encoded[at : at + 64] for at in range(0, len(encoded), 64))
    return f"-----BEGIN PGP {what}-----\n\n{lines}\n-----END PGP {what}-----\n"
