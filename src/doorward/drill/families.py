"""The families of inert implants: what each is shaped after, and whether inspection can see it.

Rules of this table, fixed before any judge existed:

- `half` is assigned once. `tune` families may be looked at while the judge is built; `report`
  families are measured and nothing else. A family never changes sides.
- `visible` says whether the artifact *alone*, next to its forerunner, holds anything that an
  honest update would have to explain. A changed comparison holds nothing of the kind: such
  families are `visible=False`, are the control group, and are reported apart. Only an independent
  rebuild or a reading of the change itself finds them.
- A weak family (one new host in a configuration file) is still visible: it counts against us.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from doorward.drill.bases import Base

__all__ = ["FAMILIES", "Family", "Half", "by_name"]


class Half(StrEnum):
    """Which use a family is kept for."""

    TUNE = "tune"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Family:
    """One shape of back door, of which seeds make endlessly many variants."""

    name: str
    base: Base
    """What kind of release it is put into."""
    half: Half
    visible: bool
    """Whether inspection of the artifact alone can in principle see it."""
    incident: str
    """What it is shaped after; `control` for changes of logic."""
    shape: str
    """What is put where, in one line."""


_T, _R = Half.TUNE, Half.REPORT
_SEEN, _LOGIC = True, False
_PY, _NATIVE, _WIN = Base.WHEEL, Base.WHEEL_NATIVE, Base.WHEEL_WIN

FAMILIES: tuple[Family, ...] = (
    # --- Python source in a wheel -------------------------------------------------------------
    Family("py-keyed-blob-dns", _PY, _T, _SEEN, "NetSarang / ShadowPad 2017",
           "encrypted literal, keyed decoder, names looked up in DNS, decoded bytes executed"),
    Family("py-env-exfil", _PY, _R, _SEEN, "ctx 2022", "process environment encoded and sent out on use"),
    Family("py-credential-files", _PY, _R, _SEEN, "PyTorch-nightly / torchtriton 2022",
           "reads well-known credential files and sends them out"),
    Family("py-downloader", _PY, _T, _SEEN, "ultralytics 2024", "fetches a second stage and executes it"),
    Family("py-staged-data", _PY, _R, _SEEN, "xz 2024", "payload in a data file, loader in a module"),
    Family("py-obfuscated", _PY, _T, _SEEN, "colourama and its kind 2018-2023",
           "confusable names, split literals, decoded text executed"),
    Family("py-computed-imports", _PY, _T, _SEEN, "PyPI typosquats 2021-2024",
           "modules and functions reached by computed names only"),
    Family("py-import-hook", _PY, _R, _SEEN, "research prototypes of import hooks",
           "a finder on sys.meta_path rewrites the source of another module"),
    Family("py-telemetry", _PY, _T, _SEEN, "commercial telemetry turned spy",
           "exit disguised as logging or usage statistics"),
    Family("py-time-bomb", _PY, _R, _SEEN, "SUNBURST 2020 (dormancy)",
           "waits for a date, checks its surroundings, then fetches and executes"),
    Family("py-pickled", _PY, _T, _SEEN, "model-hub pickles 2023-2025", "payload unpickled from a literal"),
    Family("py-codec", _PY, _T, _SEEN, "codec-hidden source in PyPI malware 2022",
           "a registered codec or text transform hides the code that is executed"),
    Family("py-persistence", _PY, _T, _SEEN, "colourama 2018 (clipboard hijack)",
           "writes a start-up entry for a script of its own"),
    Family("py-marshalled", _PY, _T, _SEEN, "marshal loaders in PyPI malware 2021-2024",
           "code object loaded from bytes and given to a function"),
    Family("py-native-memory", _PY, _R, _SEEN, "shellcode loaders on PyPI 2022-2024",
           "decoded bytes copied to executable memory through ctypes"),
    Family("py-written-script", _PY, _R, _SEEN, "W4SP stealer 2022",
           "decoded text written to a temporary file and started as a process"),
    Family("py-dns-tunnel", _PY, _T, _SEEN, "ShadowPad 2017 (names carry host data)",
           "host data encoded in labels of names that are looked up"),
    # --- Python packaging ---------------------------------------------------------------------
    Family("py-pth", _PY, _T, _SEEN, "litellm 2026", "first .pth file ever, with an import line"),
    Family("py-sitecustomize", _PY, _R, _SEEN, "litellm 2026", "sitecustomize or usercustomize module"),
    Family("py-pyc-unlike", _PY, _R, _SEEN, "PyPI bytecode malware 2023 (fshec2)",
           "compiled module that its source does not explain"),
    Family("py-dependency", _PY, _T, _SEEN, "PyTorch-nightly 2022, event-stream 2018",
           "one more Requires-Dist, of a name nobody knows"),
    Family("py-entry-point", _PY, _T, _SEEN, "command-jacking 2024",
           "an entry point leads to a new module that imposes itself"),
    Family("py-unrecorded-file", _PY, _R, _SEEN, "wheel tampering after the build",
           "a module that RECORD does not list, imported by one it does"),
    Family("py-image-trailer", _PY, _T, _SEEN, "apicolor 2022 (steganography)",
           "payload after the end of an image, loader in a module"),
    Family("py-png-chunk", _PY, _T, _SEEN, "apicolor 2022", "payload in an ancillary PNG chunk, with loader"),
    Family("py-test-data", _PY, _R, _SEEN, "xz 2024", "payload in a test file or font, with loader"),
    Family("py-config-host", _PY, _R, _SEEN, "SolarWinds-style update redirection",
           "only a host name in a configuration value changes (weak)"),
    Family("py-native-swapped", _NATIVE, _R, _SEEN, "ultralytics 2024, colorslib 2023",
           "an extension module is replaced by another program"),
    Family("py-native-loaded", _NATIVE, _T, _SEEN, "torchtriton 2022",
           "a new shared object, loaded by ctypes from a module"),
    Family("sdist-setup-hook", Base.SDIST, _R, _SEEN, "ctx, W4SP 2022", "setup.py fetches at build time"),
    Family("sdist-backend-swap", Base.SDIST, _T, _SEEN, "PEP 517 in-tree backends",
           "build backend replaced by one in the tree that wraps the old one"),
    Family("sdist-m4", Base.SDIST_NATIVE, _R, _SEEN, "xz 2024", "m4 macro decodes a test file into a shell"),
    Family("sdist-configure", Base.SDIST_NATIVE, _T, _SEEN, "xz 2024",
           "configure script alone decodes a data file into a shell"),
    Family("sdist-makefile", Base.SDIST_NATIVE, _T, _SEEN, "xz 2024",
           "Makefile or CMake step decodes a data file and runs it"),
    # --- JavaScript ---------------------------------------------------------------------------
    Family("js-postinstall-first", Base.NPM, _T, _SEEN, "ua-parser-js 2021", "first install script ever"),
    Family("js-dependency", Base.NPM, _R, _SEEN, "axios 2026, event-stream 2018", "one more dependency"),
    Family("js-min-unlike", Base.NPM, _R, _SEEN, "event-stream 2018",
           "minified or built file differs, its source does not"),
    Family("js-hidden", Base.NPM, _T, _SEEN, "rc, coa 2021", "payload inside an existing module"),
    Family("js-env-exfil", Base.NPM, _T, _SEEN, "Shai-Hulud 2025", "environment and tokens sent out"),
    Family("js-string-array", Base.NPM, _R, _SEEN, "chalk and debug 2025",
           "bundle packed with a rotated string array"),
    Family("js-wallet-swap", Base.NPM, _R, _SEEN, "chalk and debug 2025",
           "global functions replaced, addresses swapped in passing (near logic)"),
    Family("js-native-swapped", Base.NPM_NATIVE, _T, _SEEN, "bignum 2023 (binary hijack)",
           "a .node binary replaced by another program"),
    Family("js-geo-trigger", Base.NPM, _T, _SEEN, "node-ipc 2022", "asks where it is, then writes files"),
    Family("js-fixture-blob", Base.NPM, _R, _SEEN, "event-stream 2018", "encrypted blob in test data, keyed"),
    Family("js-bundle-worm", Base.NPM, _R, _SEEN, "Shai-Hulud 2025",
           "huge bundle and the hook that starts it"),
    Family("js-binding-gyp", Base.NPM, _T, _SEEN, "implicit node-gyp install",
           "binding.gyp whose action starts a script: an install hook without a script entry"),
    Family("js-new-host", Base.NPM, _R, _SEEN, "rest-client 2019, Codecov-like one-liner",
           "one remote line: text fetched from a host is evaluated"),
    # --- Debian, RPM, Windows packages, jar ---------------------------------------------------
    Family("deb-postinst-first", Base.DEB_NO_SCRIPT, _R, _SEEN, "poisoned third-party repositories",
           "first maintainer script ever"),
    Family("deb-postinst-grown", Base.DEB, _T, _SEEN, "Free Download Manager 2020-2023",
           "an existing maintainer script does more"),
    Family("deb-systemd-unit", Base.DEB, _R, _SEEN, "systemd persistence (ATT&CK T1543.002)",
           "new unit and its program"),
    Family("deb-cron", Base.DEB, _T, _SEEN, "Free Download Manager 2020-2023", "cron entry and its program"),
    Family("deb-profile-script", Base.DEB, _T, _SEEN, "Linux Mint ISO 2016 and its kind",
           "profile.d, udev or APT hook"),
    Family("deb-init-array", Base.DEB_ELF, _R, _SEEN, "xz 2024",
           "program in data.tar runs added code at start"),
    Family("rpm-scriptlet", Base.RPM, _R, _SEEN, "webmin 2019", "scriptlet of a rebuilt package does more"),
    Family("rpm-payload", Base.RPM, _T, _SEEN, "webmin 2019", "one script of the payload altered"),
    Family("msi-custom-action", Base.MSI, _R, _SEEN, "3CX 2023, M.E.Doc 2017",
           "custom action and the binary it starts"),
    Family("cab-nested-dll", Base.CAB, _T, _SEEN, "NetSarang 2017",
           "library within a cabinet within the package"),
    Family("jar-new-class", Base.JAR, _R, _SEEN, "M.E.Doc 2017, Java build tampering",
           "class with network and class loading, reached from the manifest or a service file"),
    # --- zip structure ------------------------------------------------------------------------
    Family("zip-prepended", _PY, _T, _SEEN, "polyglot archives", "bytes before the first local header"),
    Family("zip-trailing", _PY, _T, _SEEN, "polyglot archives", "bytes after the end record or in gaps"),
    Family("zip-differential", _PY, _R, _SEEN, "PyPI parser differentials 2025 (uv, pip)",
           "duplicate name, local header unlike the directory, or a member only one reader sees"),
    # --- PE -----------------------------------------------------------------------------------
    Family("pe-cert-table", Base.PE_SIGNED, _T, _SEEN, "3CX 2023", "bytes after the signature in its table"),
    Family("pe-section-import", Base.PE, _R, _SEEN, "trojanised installers 2019-2024",
           "appended section with blob, new imports"),
    Family("pe-compiled-shadowpad", Base.BUILT_PE, _R, _SEEN, "NetSarang / ShadowPad 2017",
           "compiled in: blob, keyed loop, allocation, name look-up"),
    Family("pe-overlay", Base.PE, _T, _SEEN, "trojanised installers 2019-2024",
           "bytes after the last section"),
    Family("pe-tls-callback", Base.BUILT_PE, _T, _SEEN, "CCleaner 2017 (runs before main)",
           "compiled in: TLS callback decodes and calls"),
    Family("pe-twin", Base.BUILT_PE_TWINS, _R, _SEEN, "CCleaner 2017", "only one of the 32/64-bit twins"),
    Family("pe-resource", Base.BUILT_PE, _T, _SEEN, "3CX 2023 (payload in another file)",
           "resource blob, loaded, decoded and called"),
    Family("pe-entry-moved", Base.PE, _R, _SEEN, "file infectors", "entry point leads into a new section"),
    # --- ELF ----------------------------------------------------------------------------------
    Family("elf-init-array", Base.BUILT_ELF, _T, _SEEN, "xz 2024", "compiled in: constructor, blob, exit"),
    Family("elf-needed", _NATIVE, _R, _SEEN, "NEEDED hijack", "one more NEEDED library, brought along"),
    Family("elf-blob-imports", Base.BUILT_ELF, _R, _SEEN, "ShadowPad 2017 (ELF)",
           "compiled in: read-only blob, keyed loop, memory and network imports"),
    Family("elf-ifunc", Base.BUILT_ELF, _R, _SEEN, "xz 2024", "compiled in: IFUNC resolver runs added code"),
    Family("elf-segment", _NATIVE, _T, _SEEN, "ELF infectors", "appended segment, code and data"),
    Family("elf-code-cave", _NATIVE, _R, _SEEN, "ELF infectors",
           "code written over padding between functions, initialiser redirected"),
    # --- .NET ---------------------------------------------------------------------------------
    Family("net-type", Base.BUILT_NET, _R, _SEEN, "SUNBURST 2020", "new type: hashed names, reflection, web"),
    Family("net-resource", Base.BUILT_NET, _T, _SEEN, "3CX 2023", "assembly or blob in a resource, loaded"),
    Family("net-user-strings", Base.BUILT_NET, _T, _SEEN, "SUNBURST 2020",
           "deflated and base64-coded user strings, process start"),
    Family("net-vendor-server", Base.BUILT_NET, _R, _SEEN, "M.E.Doc 2017",
           "sends host data and runs what comes back, through its own update server"),
    # --- changes of logic: the control, not visible to inspection ------------------------------
    Family("logic-py-comparison", _PY, _R, _LOGIC, "control", "one comparison of a Python module inverted"),
    Family("logic-py-check-removed", _PY, _T, _LOGIC, "control", "a raise or a verification call taken out"),
    Family("logic-py-constant", _PY, _T, _LOGIC, "control", "a number or timeout weakened"),
    Family("logic-js-flag", Base.NPM, _R, _LOGIC, "control", "a boolean literal or comparison flipped"),
    Family("logic-c-comparison", Base.BUILT_ELF, _R, _LOGIC, "control", "compiled in: a weaker comparison"),
)  # fmt: skip


def by_name(name: str) -> Family:
    """The family of this name.

    Raises:
        KeyError: no such family; the message lists those there are.
    """
    for family in FAMILIES:
        if family.name == name:
            return family
    known = ", ".join(family.name for family in FAMILIES)
    raise KeyError(f"no family named {name}; there are {known}")
