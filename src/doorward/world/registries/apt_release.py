"""The signed list of an archive's indexes: `InRelease`, its signature and its SHA-256 table.

What is read is what was signed: the text that `gpgv` gives out, not what lies around it in the file. A
bad signature is a refusal; without `gpgv` or a keyring the text is read as it stands, and the facts of
every package from it say that nobody checked. Format: wiki.debian.org/DebianRepository/Format.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from doorward.errors import Undecided
from doorward.world.registries.apt_sources import Suite, stanzas

__all__ = ["AptRelease", "read_release"]

GPGV_SECONDS = 30
ENTRY = re.compile(r"([0-9a-f]{64})\s+(\d{1,18})\s+(\S+)")
GOOD = re.compile(r"^\[GNUPG:\] VALIDSIG ([0-9A-F]{40})", re.MULTILINE)
ARMOUR = re.compile(
    r"-----BEGIN PGP PUBLIC KEY BLOCK-----\n(?:[^\n]+\n)*?\n(.*?)(?:\n=[\w+/]{4})?\n-----END PGP", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class AptRelease:
    """What an archive says of its indexes."""

    indexes: dict[str, tuple[str, int]]
    """Path below the suite → (SHA-256 in hex, size)."""
    by_hash: bool
    """Whether indexes can be had by their digest (`Acquire-By-Hash`)."""
    separate_all: bool
    """Whether packages of architecture `all` have an index of their own."""
    signature: str
    """Who signed, or why nobody checked."""


def read_release(data: bytes, suite: Suite, root: Path, *, gpgv: str = "gpgv") -> AptRelease:
    """Check the signature of an `InRelease` and read it.

    Args:
        data: the file.
        suite: whose it is.
        root: where apt's trusted keys lie.
        gpgv: name of the command.

    Raises:
        Undecided: the signature is bad or of no trusted key, or the file lists no SHA-256.
    """
    signed, signature = _checked(data, suite, root, gpgv)
    fields = next(stanzas(signed.decode("utf-8", "replace")), {})
    indexes = {path: (digest, int(size)) for digest, size, path in ENTRY.findall(fields.get("sha256", ""))}
    if not indexes:
        raise Undecided(
            f"reading {suite.base}InRelease",
            expected="a list of indexes with their SHA-256",
            found="none",
            next_step="check the address in apt's sources",
        )
    separate_all = "all" in fields.get("architectures", "").split()
    if "Packages" in fields.get("no-support-for-architecture-all", ""):
        separate_all = False
    return AptRelease(indexes, fields.get("acquire-by-hash", "") == "yes", separate_all, signature)


def _checked(data: bytes, suite: Suite, root: Path, gpgv: str) -> tuple[bytes, str]:
    """(the signed text, who signed it or why that was not checked)."""
    if suite.trusted:
        return _unsigned(data, suite), "not checked: apt's sources say trusted=yes"
    with tempfile.TemporaryDirectory(prefix="doorward-gpgv-") as folder:
        keyrings = list(_keyrings(suite, root, Path(folder)))
        if not keyrings:
            return _unsigned(data, suite), "not checked: no keyring"
        command = [gpgv, "--homedir", folder, "--status-fd", "2", "--output", "-"]
        for keyring in keyrings:
            command += ["--keyring", str(keyring)]
        try:
            done = subprocess.run(  # noqa: S603 - argv; the data comes on standard input
                [*command, "-"],
                input=data,
                capture_output=True,
                timeout=GPGV_SECONDS,
                check=False,
                env={"PATH": os.defpath, "LC_ALL": "C"},
            )
        except FileNotFoundError:
            return _unsigned(data, suite), "not checked: gpgv is not installed"
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _bad(suite, f"gpgv failed ({type(error).__name__})") from error
    status = done.stderr.decode("utf-8", "replace")
    good = GOOD.findall(status)
    # apt demands the same: one good signature at least, and no bad one.
    if not good or "[GNUPG:] GOODSIG " not in status or "[GNUPG:] BADSIG " in status or not done.stdout:
        raise _bad(suite, _reason(status))
    return done.stdout, f"good: {good[0]}"


def _reason(status: str) -> str:
    for word, reason in (
        ("BADSIG", "a bad signature"),
        ("EXPKEYSIG", "a signature by a key that has expired"),
        ("REVKEYSIG", "a signature by a key that was revoked"),
        ("EXPSIG", "a signature that has expired"),
        ("NO_PUBKEY", "a signature by a key that is not trusted here"),
    ):
        if f"[GNUPG:] {word} " in status:
            return reason
    return "no signature"


def _bad(suite: Suite, found: str) -> Undecided:
    return Undecided(
        f"checking the signature of {suite.base}InRelease",
        expected="a good signature by a key that apt trusts for it",
        found=found,
        next_step="run `apt-get update` and read what it says of this archive",
    )


def _unsigned(data: bytes, suite: Suite) -> bytes:
    """The text within a clear-signed message (RFC 9580 section 7), or all of it if there is no signature."""
    text = data.replace(b"\r\n", b"\n")
    start = text.find(b"-----BEGIN PGP SIGNED MESSAGE-----\n")
    if start < 0:
        return text
    body = text.find(b"\n\n", start)
    end = text.find(b"\n-----BEGIN PGP SIGNATURE-----", body)
    if start != 0 or body < 0 or end < 0:
        raise _bad(suite, "text around the signed part")
    return re.sub(rb"(?m)^- ", b"", text[body + 2 : end + 1])


def _keyrings(suite: Suite, root: Path, folder: Path) -> Iterator[Path]:
    """The keyrings that apt would use, armoured ones decoded into `folder`."""
    if "-----BEGIN" in suite.signed_by:
        # deb822 writes an empty line of a value as a lone full stop.
        lines = [line if line != "." else "" for line in suite.signed_by.splitlines()]
        yield from _decoded("\n".join(lines), folder / "inline.gpg")
        return
    named = [name for name in re.split(r"[,\s]+", suite.signed_by) if name.startswith("/")]
    places = [root / name.lstrip("/") for name in named]
    if not places:
        trusted = root / "etc/apt/trusted.gpg.d"
        places = [
            root / "etc/apt/trusted.gpg",
            *sorted(trusted.glob("*.gpg")),
            *sorted(trusted.glob("*.asc")),
        ]
    for number, place in enumerate(places):
        try:
            data = place.read_bytes()
        except OSError:
            continue  # a keyring that is not there vouches for nothing
        if data.startswith(b"-----BEGIN"):
            yield from _decoded(
                data.decode("ascii", "replace").replace("\r\n", "\n"), folder / f"{number}.gpg"
            )
        else:
            yield place.absolute()


def _decoded(text: str, target: Path) -> Iterator[Path]:
    try:
        keys = [base64.b64decode("".join(block.split()), validate=True) for block in ARMOUR.findall(text)]
    except binascii.Error:
        return
    if keys:
        target.write_bytes(b"".join(keys))
        yield target
