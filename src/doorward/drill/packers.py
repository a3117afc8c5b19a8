"""Packages that no registry offers in neighbouring versions, built from genuine files: RPM, MSI, CAB.

A `ShapedBundle` holds what goes in (`files/…`, `scriptlets/…`, `actions`); writing it calls the
packer handed in by the caller.
"""

# ruff: noqa: E501 -- templates of another language keep their own lines

from __future__ import annotations

import re
from pathlib import Path

from doorward.drill.bundles import Bundle
from doorward.drill.scene import Scene, Tools

__all__ = ["MsiBundle", "RpmBundle", "cabinet"]

_EPOCH = "1700000000"
"""A fixed build time, so that the same seed gives the same package."""


_BINARY_TABLE = "CREATE TABLE `Binary` (`Name` CHAR(72) NOT NULL, `Data` OBJECT NOT NULL PRIMARY KEY `Name`)"


class _Shaped(Bundle):
    def __init__(self, files: dict[str, bytes], name: str, version: str, folder: Path, tools: Tools) -> None:
        super().__init__()
        self.files = dict(files)
        self._name, self._version, self._folder, self._tools = name, version, folder, tools

    def _new_mode(self, path: str, mode: int) -> None:
        """Modes follow from the path."""

    def _room(self) -> Path:
        room = self._folder / f"pack-{sum(1 for _ in self._folder.iterdir()):03d}"
        room.mkdir()
        return room

    def _lay(self, root: Path) -> list[str]:
        names = []
        for path, data in self.files.items():
            if path.startswith("files/"):
                target = root / path.removeprefix("files/")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                if path.endswith(".sh"):
                    target.chmod(0o755)
                names.append(path.removeprefix("files/"))
        return names


class RpmBundle(_Shaped):
    """A binary RPM: `files/…` under the root, `scriptlets/post` and the like."""

    def to_bytes(self) -> bytes:
        """The package, built by rpmbuild."""
        room = self._room()
        names = self._lay(room / "tree")
        scripts = "".join(
            f"%{path.removeprefix('scriptlets/')}\n{data.decode().replace('%', '%%')}\n\n"
            for path, data in self.files.items()
            if path.startswith("scriptlets/")
        )
        listed = "".join(f'"/{name}"\n' for name in names)
        spec = (
            f"Name: {self._name}\nVersion: {self._version}\nRelease: 1\nSummary: {self._name}\nLicense: MIT\n"
            "BuildArch: noarch\nAutoReqProv: no\n%description\nBuilt from genuine files.\n"
            f"%install\nmkdir -p %{{buildroot}}\ncp -a {room}/tree/. %{{buildroot}}/\n{scripts}%files\n{listed}"
        )
        (room / "package.spec").write_text(spec)
        macros = {
            "_topdir": str(room / "top"),
            "_rpmdir": str(room),
            "_rpmfilename": "package.rpm",
            "_buildhost": "build.example",
            "__os_install_post": "%{nil}",
            "use_source_date_epoch_as_buildtime": "1",
            "clamp_mtime_to_source_date_epoch": "1",
            "_binary_payload": "w6.gzdio",
        }
        defines = [part for name, value in macros.items() for part in ("--define", f"{name} {value}")]
        command = [
            "env",
            f"SOURCE_DATE_EPOCH={_EPOCH}",
            "rpmbuild",
            "-bb",
            "--quiet",
            *defines,
            "package.spec",
        ]
        self._tools.run(command, room)
        return (room / "package.rpm").read_bytes()


class MsiBundle(_Shaped):
    """A Windows Installer package: files in an inner cabinet, custom actions in `actions`."""

    def to_bytes(self) -> bytes:
        """The package, built by msibuild and gcab."""
        room = self._room()
        names = self._lay(room / "tree")
        keys = {name: f"f{index}" for index, name in enumerate(names)}
        for name, key in keys.items():
            (room / "tree" / name).rename(room / key)
        self._tools.run(["gcab", "-c", "-z", "-n", "inner.cab", *keys.values()], room)
        tables = self._tables(room, keys)
        for name, text in tables.items():
            (room / f"{name}.idt").write_bytes(text.replace("\n", "\r\n").encode())
        summary = ["-s", self._name, "Example Works", ";1033", _uuid(self._name, self._version)]
        steps = [summary, *(["-i", f"{name}.idt"] for name in tables), ["-a", "inner.cab", "inner.cab"]]
        if "binary/part" in self.files:
            (room / "part").write_bytes(self.files["binary/part"])
            steps += [["-q", _BINARY_TABLE], ["-a", "Binary.part", "part"]]
        for step in steps:
            self._tools.run(["msibuild", "package.msi", *step], room)
        return (room / "package.msi").read_bytes()

    def _tables(self, room: Path, keys: dict[str, str]) -> dict[str, str]:
        rows = "".join(
            f"{key}\tmain\t{key[:8]}|{name.rsplit('/', 1)[-1]}\t{(room / key).stat().st_size}\t\t\t512\t{number + 1}\n"
            for number, (name, key) in enumerate(keys.items())
        )
        action = self.files.get("actions", b"").decode()
        sequence = "InstallInitialize\t\t1500\nInstallFiles\t\t4000\nInstallFinalize\t\t6600\n"
        tables = {
            "Property": f"Property\tValue\ns72\tl0\nProperty\tProperty\nManufacturer\tExample Works\nProductName\t{self._name}\n"
            f"ProductVersion\t{self._version}\nProductLanguage\t1033\n",
            "Directory": "Directory\tDirectory_Parent\tDefaultDir\ns72\tS72\tl255\nDirectory\tDirectory\nTARGETDIR\t\tSourceDir\n",
            "Component": "Component\tComponentId\tDirectory_\tAttributes\tCondition\tKeyPath\ns72\tS38\ts72\ti2\tS255\tS72\n"
            f"Component\tComponent\nmain\t\tTARGETDIR\t0\t\t{next(iter(keys.values()))}\n",
            "File": "File\tComponent_\tFileName\tFileSize\tVersion\tLanguage\tAttributes\tSequence\n"
            f"s72\ts72\tl255\ti4\tS72\tS20\tI2\ti2\nFile\tFile\n{rows}",
            "Media": "DiskId\tLastSequence\tDiskPrompt\tCabinet\tVolumeLabel\tSource\ni2\ti2\tL64\tS255\tS32\tS72\n"
            f"Media\tDiskId\n1\t{len(keys)}\t\t#inner.cab\t\t\n",
        }
        if action:
            tables["CustomAction"] = (
                f"Action\tType\tSource\tTarget\ns72\ti2\tS72\tS255\nCustomAction\tAction\n{action}\n"
            )
            sequence += f"{action.split(chr(9))[0]}\tNOT Installed\t4001\n"
        tables["InstallExecuteSequence"] = (
            f"Action\tCondition\tSequence\ns72\tS255\tI2\nInstallExecuteSequence\tAction\n{sequence}"
        )
        return tables


def _uuid(name: str, version: str) -> str:
    digits = re.sub("[^0-9]", "", version)[:12].rjust(12, "0")
    return f"{{{len(name):08X}-0000-4000-8000-{digits}}}"


def cabinet(scene: Scene, files: dict[str, bytes]) -> bytes:
    """A cabinet of these files (MS-CAB), by gcab."""
    room = scene.folder / f"cab-{sum(1 for _ in scene.folder.iterdir()):03d}"
    room.mkdir()
    for name, data in files.items():
        (room / name).write_bytes(data)
    scene.toolchain().run(["touch", "-d", f"@{_EPOCH}", *files], room)
    scene.toolchain().run(["gcab", "-c", "-z", "-n", "out.cab", *files], room)
    return (room / "out.cab").read_bytes()
