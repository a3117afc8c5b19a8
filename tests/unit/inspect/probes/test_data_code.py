"""Code without a front end of its own: classes, modules, sources."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from doorward.inspect.probes.data_code import DataCodeProbe
from doorward.inspect.probes.interface import CannotRead
from tests.samples.subjects import keys, subject, traits

PROBE = DataCodeProbe()


def java_class(*members: tuple[str, str, str]) -> bytes:
    """A class file with nothing but a constant pool."""
    pool: list[bytes] = [b"\x05" + bytes(8), b""]  # a long takes two places

    def add(raw: bytes) -> int:
        pool.append(raw)
        return len(pool)

    def text(value: str) -> int:
        return add(b"\x01" + struct.pack(">H", len(value)) + value.encode())

    for owner, name, kind in members:
        holder = add(b"\x07" + struct.pack(">H", text(owner)))
        pair = add(b"\x0c" + struct.pack(">HH", text(name), text(kind)))
        add(b"\x0a" + struct.pack(">HH", holder, pair))
    return b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + struct.pack(">H", len(pool) + 1) + b"".join(pool)


def wasm(*imports: tuple[str, str, bytes]) -> bytes:
    """A module with nothing but imports."""
    body = bytes([len(imports)])
    for module, name, description in imports:
        body += bytes([len(module)]) + module.encode() + bytes([len(name)]) + name.encode() + description
    return b"\x00asm\x01\x00\x00\x00\x01\x01\x00\x02" + bytes([len(body)]) + body


def test_what_a_class_calls(tmp_path: Path) -> None:
    data = java_class(
        ("java/lang/Runtime", "exec", "(Ljava/lang/String;)Ljava/lang/Process;"),
        ("java/net/URLClassLoader", "<init>", "([Ljava/net/URL;)V"),
        ("java/lang/String", "length", "()I"),
    )
    found = traits(PROBE, tmp_path, "lib.jar!/a/B.class", data)
    assert keys(found, "code.capability") == ["process", "dynamic-code"]
    assert found[0].evidence.excerpt == "java/lang/Runtime.exec.(Ljava/lang/String;)Ljava/lang/Process;"


def test_what_a_module_imports(tmp_path: Path) -> None:
    data = wasm(
        ("wasi_snapshot_preview1", "sock_send", b"\x00\x00"),
        ("env", "memory", b"\x02\x01\x01\x10"),
        ("env", "table", b"\x01\x70\x00\x01"),
        ("env", "base", b"\x03\x7f\x00"),
        ("env", "last", b"\x00\x00"),
    )
    found = traits(PROBE, tmp_path, "a.wasm", data)
    assert keys(found, "code.import") == [
        "wasi_snapshot_preview1.sock_send",
        "env.memory",
        "env.table",
        "env.base",
        "env.last",
    ]
    assert keys(found, "code.capability") == ["network"]


@pytest.mark.parametrize(
    ("path", "text", "abilities"),
    [
        ("a.c", 'int f() { int s = socket(2, 1, 0); system("true"); }', ["network", "process"]),
        ("a.h", "/* socket(1) */ // system(2)\nint x;", []),
        ("a.c", 'void *f(void) __attribute__((ifunc("g")));', ["native"]),
        ("a.go", 'exec.Command("x"); os.Environ()', ["process", "environment-bulk"]),
        ("a.rs", 'let s = TcpStream::connect("x:1");', ["network"]),
        ("a.lua", "-- os.execute('x')\nload(x)()", ["dynamic-code"]),
        ("A.java", "Class.forName(n); System.getenv(k);", ["dynamic-import", "environment"]),
    ],
)  # fmt: skip
def test_sources_by_names_outside_of_comments(
    tmp_path: Path, path: str, text: str, abilities: list[str]
) -> None:
    assert keys(traits(PROBE, tmp_path, path, text), "code.capability") == abilities


def test_evidence_is_the_line(tmp_path: Path) -> None:
    (found,) = traits(PROBE, tmp_path, "a.c", "/* a\n b */\nint f() {\n  return fork();\n}\n")
    assert (found.evidence.line, found.evidence.excerpt) == (4, "return fork();")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (java_class(("a", "b", "c"))[:-3], "constant"),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x02\x63", "constant 1 has the unknown tag 99"),
        (b"\x00asm\x01\x00\x00\x00\x02\x05\x01\xff\xff\xff\xff", "breaks off|more than ten bytes"),
        (wasm(("env", "memory", b"\x02\x01"))[:-4], "breaks off"),
    ],
)
def test_what_no_machine_could_read_is_not_called_clean(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(CannotRead, match=message):
        list(PROBE.examine(subject(tmp_path, "x", data)))


def test_universal_binaries_are_no_classes() -> None:
    assert not PROBE.accepts("a", b"\xca\xfe\xba\xbe\x00\x00\x00\x02")


def test_names_in_strings_of_c_call_nothing(tmp_path: Path) -> None:
    code = "log(\"connect (wrapper)\");\nchar q = '\"'; x = 1'0; connect(s, a, n); y = 2'0;\n"
    found = traits(PROBE, tmp_path, "a.cpp", code.encode())
    assert [(trait.key, trait.evidence.line) for trait in found] == [("network", 2)]
    raw = 'p = R"(")"; connect(s, a, n);\n'
    assert keys(traits(PROBE, tmp_path, "a.cpp", raw.encode()), "code.capability") == ["network"]
