"""The kinds of release that families of implants are put into, and what each must hold.

A base is a genuine pair of neighbouring releases, old and new, so that real drift surrounds the
implant. Where no registry offers pairs (RPM, MSI, CAB, native programs with their source), the
pair is built at run time from genuine files or from two benign versions of one small program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["BASES", "Base", "BaseNeed"]


class Base(StrEnum):
    """A kind of release pair."""

    WHEEL = "wheel"
    WHEEL_NATIVE = "wheel-native"
    WHEEL_WIN = "wheel-win"
    SDIST = "sdist"
    SDIST_NATIVE = "sdist-native"
    NPM = "npm"
    NPM_NATIVE = "npm-native"
    DEB = "deb"
    DEB_NO_SCRIPT = "deb-no-script"
    DEB_ELF = "deb-elf"
    RPM = "rpm"
    MSI = "msi"
    CAB = "cab"
    JAR = "jar"
    PE = "pe"
    PE_SIGNED = "pe-signed"
    BUILT_PE = "built-pe"
    BUILT_PE_TWINS = "built-pe-twins"
    BUILT_ELF = "built-elf"
    BUILT_NET = "built-net"


@dataclass(frozen=True, slots=True)
class BaseNeed:
    """What a caller hands in for a kind of base, and which programs must be there."""

    ecosystem: str
    takes: str
    """The pair of files to hand in."""
    programs: tuple[str, ...] = ()
    """Programs that must be found; a family without them is skipped with that reason."""


_WHEELS = "two neighbouring wheels of one project"

BASES: dict[Base, BaseNeed] = {
    Base.WHEEL: BaseNeed("pypi", f"{_WHEELS}, pure Python or not"),
    Base.WHEEL_NATIVE: BaseNeed("pypi", f"{_WHEELS} with manylinux shared objects", ("gcc",)),
    Base.WHEEL_WIN: BaseNeed("pypi", f"{_WHEELS} for win_amd64"),
    Base.SDIST: BaseNeed("pypi", "two neighbouring sdists (.tar.gz)"),
    Base.SDIST_NATIVE: BaseNeed("pypi", "two neighbouring sdists (.tar.gz) of a project with C sources"),
    Base.NPM: BaseNeed("npm", "two neighbouring npm tarballs"),
    Base.NPM_NATIVE: BaseNeed("npm", "two neighbouring npm tarballs with .node programs", ("gcc",)),
    Base.DEB: BaseNeed("deb", "two versions of a Debian package with a postinst"),
    Base.DEB_NO_SCRIPT: BaseNeed("deb", "two versions of a Debian package without maintainer scripts"),
    Base.DEB_ELF: BaseNeed("deb", "two versions of a Debian package with ELF programs", ("gcc",)),
    Base.RPM: BaseNeed("rpm", f"{_WHEELS}; the packages are built from their files", ("rpmbuild",)),
    Base.MSI: BaseNeed("", f"{_WHEELS}; the packages are built from their files", ("msibuild", "gcab")),
    Base.CAB: BaseNeed(
        "", f"{_WHEELS}; the packages are built from their files", ("gcab", "x86_64-w64-mingw32-gcc")
    ),
    Base.JAR: BaseNeed("maven", "two neighbouring jars", ("javac",)),
    Base.PE: BaseNeed("pypi", f"{_WHEELS} for win_amd64 with DLLs"),
    Base.PE_SIGNED: BaseNeed("pypi", f"{_WHEELS} for win_amd64 with signed DLLs"),
    Base.BUILT_PE: BaseNeed("", f"{_WHEELS} to carry the built libraries", ("x86_64-w64-mingw32-gcc",)),
    Base.BUILT_PE_TWINS: BaseNeed(
        "", f"{_WHEELS} to carry the built libraries", ("x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc")
    ),
    Base.BUILT_ELF: BaseNeed("", f"{_WHEELS} to carry the built libraries", ("gcc",)),
    Base.BUILT_NET: BaseNeed("", f"{_WHEELS} to carry the built assemblies", ("mcs",)),
}
