"""yara-x with a small rule pack over both releases: rules that fire in the newer one only.

    python bench/inspect/competitors_yara.py OLD NEW

The rules follow what public rule packs look for (network, decoding with execution, credentials,
memory, persistence); they are ours and short, so this is a fast and lenient rival.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yara_x

from doorward.drill.bundles import open_bundle

STRINGS = {
    "network_python": ["urllib.request", "requests.post", "socket.socket", "http.client"],
    "network_native": ["DnsQuery_A", "WSAStartup", "InternetOpenUrlA", "getaddrinfo", "URLDownloadToFile"],
    "dynamic_python": ["exec(", "eval(", "marshal.loads", "pickle.loads"],
    "decode_python": ["b64decode", "fromhex", "zlib.decompress", "a85decode"],
    "dynamic_javascript": ["eval(", "new Function(", "child_process", "vm.runIn"],
    "memory_native": ["VirtualAlloc", "VirtualProtect", "mprotect", "RtlMoveMemory"],
    "credentials": [".aws/credentials", ".ssh/id_rsa", ".npmrc", ".pypirc", ".git-credentials"],
    "persistence": ["CurrentVersion\\\\Run", "/etc/cron", "LaunchAgents", "autostart"],
    "shell_fetch": ["curl -", "wget -", "| sh", "| bash", "base64 -d"],
    "hook": ["postinstall", "preinstall", "sitecustomize"],
}


def rules() -> yara_x.Rules:
    """The compiled pack."""
    compiler = yara_x.Compiler()
    for name, texts in STRINGS.items():
        body = "\n".join(f'    $s{i} = "{text}"' for i, text in enumerate(texts))
        compiler.add_source(f"rule {name} {{\n  strings:\n{body}\n  condition: any of them\n}}")
    strings = '$a = "b64decode" $b = "exec(" $c = "eval("'
    both = f"rule decode_and_run {{ strings: {strings} condition: $a and ($b or $c) }}"
    compiler.add_source(both)
    return compiler.build()


def fired(pack: yara_x.Rules, path: Path) -> Iterator[str]:
    """Rules that fire in any file of a release."""
    files = open_bundle(path).files
    scanner = yara_x.Scanner(pack)
    for data in files.values():
        for rule in scanner.scan(data).matching_rules:
            yield rule.identifier


def main() -> None:
    """Print the rules that are new."""
    pack = rules()
    old, new = (set(fired(pack, Path(path))) for path in sys.argv[1:3])
    print("\n".join(sorted(new - old)))


if __name__ == "__main__":
    try:
        main()
    except (OSError, zipfile.BadZipFile) as error:
        sys.exit(str(error))
