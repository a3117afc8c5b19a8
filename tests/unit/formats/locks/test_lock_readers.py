"""Each lock format: every kind of source, and refusals that name file and line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from doorward.errors import Misuse
from doorward.formats.locks.interface import LockedPackage, SourceKind
from doorward.formats.locks.reading import is_lock, pins_hashes, read_lock

A, B = "a" * 64, "b" * 64
SRI = "sha512-" + "A" * 85 + "g=="  # 64 bytes: 63 zeros and 0x02
SRI_HEX = "sha512:" + "0" * 126 + "02"


def read(path: str, text: str) -> tuple[LockedPackage, ...]:
    return read_lock(path, text.encode()).packages


def refusal(path: str, text: str) -> Misuse:
    with pytest.raises(Misuse) as caught:
        read(path, text)
    assert caught.value.next_step
    return caught.value


UV = f"""version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "Sample"
version = "1.0"
source = {{ registry = "https://user:secret@index.example/simple/" }}
sdist = {{ url = "https://files.example/sample-1.0.tar.gz", hash = "sha256:{A}", size = 1 }}
wheels = [
    {{ url = "https://files.example/sample-1.0-py3-none-any.whl", hash = "sha256:{B}", size = 1 }},
]

[[package]]
name = "forked"
version = "2.0"
source = {{ git = "https://git.example/forked?rev=main#0123456789012345678901234567890123456789" }}

[[package]]
name = "member"
source = {{ editable = "." }}
"""


def test_uv() -> None:
    forked, member, sample = read("uv.lock", UV)
    assert sample == LockedPackage(
        "pypi",
        "sample",
        "1.0",
        SourceKind.REGISTRY,
        "https://index.example/simple",
        (f"sha256:{A}", f"sha256:{B}"),
        ("sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz"),
        5,
    )
    assert (forked.kind, forked.url[:27]) == (SourceKind.GIT, "https://git.example/forked?")
    assert (member.kind, member.version, member.line) == (SourceKind.WORKSPACE, "", 19)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda t: t.replace("version = 1\n", "version = 2\n", 1),
            "reading uv.lock; expected `version = 1`; found 2;",
        ),
        (
            lambda t: t.replace("version = 1\n", "", 1),
            "reading uv.lock; expected `version = 1`; found no such field;",
        ),
        (
            lambda t: t.replace('version = "1.0"\n', "", 1),
            "reading uv.lock, line 5; expected `version` of sample; found no such field;",
        ),
        (
            lambda t: t.replace('version = "1.0"', "version = 1.0", 1),
            "reading uv.lock, line 5; expected `version` of sample to be text; found 1.0;",
        ),
        (
            lambda t: t.replace("editable", "teleport"),
            "line 19; expected one source of member: registry, git, url, path, directory, editable, virtual",
        ),
        (
            lambda t: t.replace(A, "a" * 63),
            "line 5; expected the hash of sample as `sha256:<64 hexadecimal digits>`; found 'sha256:aaaaaaa",
        ),
        (
            lambda t: t.replace('name = "forked"\n', 'name = "forked"\nname = "other"\n'),
            "reading uv.lock, line 16; expected TOML; found no TOML: Cannot overwrite a value;",
        ),
        (
            lambda t: t + "[[package]]\nname = 5\n",
            "reading uv.lock, line 22; expected `name` of a package to be text;",
        ),
        (
            lambda t: t.replace("forked", "../forked", 1),
            "reading uv.lock, line 14; expected a package name; found",
        ),
        (lambda t: t + "= 3", "reading uv.lock, line 22; expected TOML; found no TOML:"),
        (
            lambda t: t.replace("source = {{", "source = {", 1).replace("[[package]]", "[package]"),
            "expected TOML",
        ),
        (lambda _: "a=" + "[" * 100_000, "reading uv.lock; expected"),
        (lambda _: "", "expected `version = 1`"),
    ],
)
def test_uv_refusals(change: Callable[[str], str], expected: str) -> None:
    assert expected in str(refusal("uv.lock", change(UV)))


def test_pylock() -> None:
    text = f"""lock-version = "1.0"
created-by = "sample"

[[packages]]
name = "sample"
version = "1.0"
index = "https://index.example/simple"
sdist = {{ name = "sample-1.0.tar.gz", url = "https://files.example/x", hashes = {{ sha256 = "{A}" }} }}
[[packages.wheels]]
url = "https://files.example/sample-1.0-py3-none-any.whl"
hashes = {{ sha256 = "{B}" }}

[[packages]]
name = "forked"
[packages.vcs]
type = "git"
url = "https://git.example/forked"
commit-id = "abc"

[[packages]]
name = "member"
[packages.directory]
path = "."

[[packages]]
name = "third"
[packages.archive]
url = "https://files.example/third-1.zip"
hashes = {{ sha256 = "{A}" }}
"""
    forked, member, sample, third = read("pylock.dev.toml", text)
    assert sample.files == ("sample-1.0-py3-none-any.whl", "sample-1.0.tar.gz")
    assert (sample.hashes, sample.url, sample.line) == (
        (f"sha256:{A}", f"sha256:{B}"),
        "https://index.example/simple",
        4,
    )
    assert (forked.kind, forked.url) == (SourceKind.GIT, "https://git.example/forked#abc")
    assert (member.kind, member.url) == (SourceKind.PATH, ".")
    assert (third.kind, third.hashes) == (SourceKind.URL, (f"sha256:{A}",))
    both = text.replace(
        'name = "forked"\n', 'name = "forked"\narchive = { path = "x", hashes = { sha256 = "1" } }\n'
    )
    assert "line 13; expected one of vcs, directory, archive, or sdist and wheels, for forked" in str(
        refusal("pylock.toml", both)
    )
    assert "`lock-version = \"1.0\"`; found '2.0'" in str(
        refusal("pylock.toml", text.replace('"1.0"', '"2.0"', 1))
    )
    assert "expected a hash for each file of sample; found no hash" in str(
        refusal("pylock.toml", text.replace(f'{{ sha256 = "{B}" }}', "{}"))
    )


def test_poetry() -> None:
    text = f"""# This file is automatically @generated by Poetry 2.1.0 and should not be changed by hand.

[[package]]
name = "sample"
version = "1.0"
files = [
    {{file = "sample-1.0.tar.gz", hash = "sha256:{A}"}},
]

[[package]]
name = "forked"
version = "2.0"
files = []

[package.source]
type = "git"
url = "https://git.example/forked.git"
reference = "main"
resolved_reference = "abc"

[[package]]
name = "private"
version = "3.0"
files = []
source = {{type = "legacy", url = "https://index.example/simple", reference = "acme"}}

[metadata]
lock-version = "2.1"
"""
    forked, private, sample = read("poetry.lock", text)
    assert (sample.hashes, sample.url, sample.line) == ((f"sha256:{A}",), "", 3)
    assert (forked.kind, forked.url) == (SourceKind.GIT, "https://git.example/forked.git#abc")
    assert (private.kind, private.url) == (SourceKind.REGISTRY, "https://index.example/simple")
    assert "expected `lock-version` 1.x or 2.x; found '3.0'" in str(
        refusal("poetry.lock", text.replace('"2.1"', '"3.0"'))
    )
    assert (
        "line 10; expected a source of forked of type legacy, git, url, file, directory; found 'hg'"
        in str(refusal("poetry.lock", text.replace('"git"', '"hg"')))
    )


def test_poetry_before_files_moved() -> None:
    text = f"""[[package]]
name = "Sample_Other"
version = "1.0"

[metadata]
lock-version = "1.1"

[metadata.files]
Sample_Other = [{{file = "sample_other-1.0.tar.gz", hash = "sha256:{A}"}}]
"""
    (sample,) = read("poetry.lock", text)
    assert (sample.name, sample.files) == ("sample-other", ("sample_other-1.0.tar.gz",))


def test_requirements() -> None:
    text = f"""# made by a tool
--index-url https://user:secret@index.example/simple
--require-hashes
sample[extra]==1.0 ; python_version >= "3.11" \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via other
other @ https://files.example/other-2.0.zip#sha256={A}
forked @ git+https://git.example/forked@abc
-e ./member
"""
    forked, member, other, sample = read("requirements.txt", text)
    assert sample == LockedPackage(
        "pypi",
        "sample",
        "1.0",
        SourceKind.REGISTRY,
        "https://index.example/simple",
        (f"sha256:{A}", f"sha256:{B}"),
        (),
        4,
    )
    assert (other.kind, other.url, other.hashes) == (
        SourceKind.URL,
        "https://files.example/other-2.0.zip",
        (f"sha256:{A}",),
    )
    assert (forked.kind, member.kind, member.name) == (SourceKind.GIT, SourceKind.PATH, "member")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sample>=1.0", "line 2; expected `name==version` or `name @ URL`; found 'sample>=1.0'"),
        ("sample", "line 2; expected `name==version`"),
        ("sample==1.*", "line 2; expected `name==version`"),
        (
            "-r other.txt",
            "line 2; expected pinned packages, index options and nothing else; found '-r other.txt'",
        ),
        ("-c limits.txt", "line 2; expected pinned packages"),
        ("--config-settings x", "line 2; expected pinned packages"),
        ("sample==1.0 --hash=sha256:zz", "line 2; expected the hash of a package as"),
        ("sample==1.0 --hash=sha256", "line 2; expected the hash of a package as"),
        ("sample==1.0, <2", "line 2; expected `name==version`"),
        ("./member", "line 2; expected `name==version`"),
        ("sample==1.0 other==2.0", "line 2; expected `name==version`"),
    ],
)
def test_requirements_that_do_not_pin_are_refused(line: str, expected: str) -> None:
    assert f"reading requirements.txt, {expected}" in str(refusal("requirements.txt", f"# x\n{line}\n"))


def npm_lock(version: int, packages: dict[str, object], tree: dict[str, object] | None = None) -> str:
    document: dict[str, object] = {
        "name": "project",
        "lockfileVersion": version,
        "packages": {"": {}, **packages},
    }
    if tree is not None:
        document["dependencies"] = tree
    return json.dumps(document, indent=2)


def test_npm() -> None:
    text = npm_lock(
        3,
        {
            "node_modules/sample": {
                "version": "1.0.0",
                "resolved": "https://registry.example/npm/sample/-/sample-1.0.0.tgz",
                "integrity": SRI,
            },
            "node_modules/sample/node_modules/@vendor/sample": {
                "version": "2.0.0",
                "resolved": "https://registry.example/@vendor/sample/-/sample-2.0.0.tgz",
                "integrity": SRI,
            },
            "node_modules/renamed": {"name": "other", "version": "3.0.0", "integrity": SRI},
            "node_modules/forked": {
                "version": "1.0.0",
                "resolved": "git+ssh://git@git.example/forked.git#abc",
            },
            "node_modules/third": {
                "version": "1.0.0",
                "resolved": "https://files.example/third.tgz",
                "integrity": SRI,
            },
            "node_modules/local": {"version": "1.0.0", "resolved": "file:local.tgz", "integrity": SRI},
            "node_modules/member": {"resolved": "packages/member", "link": True},
            "packages/member": {"version": "1.0.0"},
            "node_modules/sample/node_modules/bundled": {"version": "1.0.0", "inBundle": True},
        },
    )
    found = {(package.name, package.version): package for package in read("package-lock.json", text)}
    assert set(found) == {
        ("sample", "1.0.0"),
        ("@vendor/sample", "2.0.0"),
        ("other", "3.0.0"),
        ("forked", "1.0.0"),
        ("third", "1.0.0"),
        ("local", "1.0.0"),
        ("member", ""),
        ("packages/member", ""),
    }
    sample = found["sample", "1.0.0"]
    assert (sample.url, sample.hashes, sample.files, sample.line) == (
        "https://registry.example/npm",
        (SRI_HEX,),
        ("sample-1.0.0.tgz",),
        6,
    )
    assert found["@vendor/sample", "2.0.0"].url == "https://registry.example"
    assert (found["other", "3.0.0"].kind, found["other", "3.0.0"].url) == (SourceKind.REGISTRY, "")
    assert (found["forked", "1.0.0"].kind, found["third", "1.0.0"].kind) == (SourceKind.GIT, SourceKind.URL)
    assert (found["local", "1.0.0"].kind, found["member", ""].kind) == (SourceKind.PATH, SourceKind.WORKSPACE)


def test_npm_version_one_nests() -> None:
    tree = {
        "sample": {
            "version": "1.0.0",
            "integrity": SRI,
            "dependencies": {"other": {"version": "git+https://git.example/other.git#abc"}},
        },
        "renamed": {"version": "npm:@vendor/tool@4.0.0", "integrity": SRI},
        "local": {"version": "file:../local"},
    }
    text = json.dumps({"lockfileVersion": 1, "dependencies": tree})
    assert [(p.name, p.version, p.kind.value) for p in read("npm-shrinkwrap.json", text)] == [
        ("@vendor/tool", "4.0.0", "registry"),
        ("local", "", "workspace"),
        ("other", "", "git"),
        ("sample", "1.0.0", "registry"),
    ]


def test_npm_version_two_gives_both_of_its_readings() -> None:
    """Only the part that npm 6 reads was changed."""
    evil = "https://evil.example/sample/-/sample-1.0.0.tgz"
    text = npm_lock(
        2,
        {"node_modules/sample": {"version": "1.0.0", "integrity": SRI}},
        {"sample": {"version": "1.0.0", "resolved": evil, "integrity": SRI}},
    )
    assert [package.url for package in read("package-lock.json", text)] == ["", "https://evil.example"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "line 1; expected JSON; found no JSON: Expecting property name"),
        ("[]", "expected the file to be a table; found an array"),
        ("{}", "expected `lockfileVersion` 1, 2 or 3; found no such field"),
        ('{"lockfileVersion": true}', "expected `lockfileVersion` 1, 2 or 3; found a truth value"),
        ('{"lockfileVersion": 3}', "expected `packages` to be a table; found nothing"),
        (
            '{"lockfileVersion": 3,\n"lockfileVersion": 2}',
            "line 2; expected each key once; found 'lockfileVersion twice'",
        ),
        ('{"lockfileVersion": NaN}', "expected JSON; found 'NaN'"),
        (
            npm_lock(3, {"node_modules/sample": {}}),
            "line 6; expected `version` of sample to be text; found no such",
        ),
        (
            npm_lock(3, {"node_modules/sample": 5}),
            "line 6; expected `node_modules/sample` to be a table; found 5",
        ),
        (
            npm_lock(3, {"node_modules/../x": {"version": "1"}}),
            "line 6; expected an npm package name; found '../x'",
        ),
        (
            npm_lock(3, {"node_modules/sample": {"version": "1.0.0", "integrity": "sha512-AAAA"}}),
            "line 6; expected the integrity of sample as `sha512-<base64>`; found 'sha512-AAAA'",
        ),
        ("[" * 100_000, "expected"),
        (
            '{"lockfileVersion":1,"dependencies":' + '{"a":{"version":"1","dependencies":' * 200,
            "expected JSON",
        ),
        (
            '{"lockfileVersion":1,"dependencies":'
            + '{"a":{"version":"1","dependencies":' * 200
            + "{}"
            + "}}" * 200
            + "}",
            "expected at most 64 levels of `dependencies`",
        ),
    ],
)
def test_npm_refusals(text: str, expected: str) -> None:
    message = str(refusal("package-lock.json", text))
    assert message.startswith("reading package-lock.json")
    assert expected in message


PNPM = f"""lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      sample: {{specifier: ^1.0.0, version: 1.0.0}}

packages:

  '@vendor/sample@2.0.0':
    resolution: {{integrity: {SRI}}}
    deprecated: |-
      do not use: it's old
      and ends here

  forked@https://codeload.example/forked/tar.gz/abc:
    resolution: {{tarball: https://codeload.example/forked/tar.gz/abc}}
    version: 1.10.0

  other@git+https://git.example/other.git#abc:
    resolution: {{commit: abc, repo: https://git.example/other.git, type: git}}
    version: 1.0.0

  sample@1.0.0:
    resolution: {{integrity: {SRI}, tarball: https://registry.example/sample/-/sample-1.0.0.tgz}}
    engines: {{node: '>=18'}}

snapshots:
  sample@1.0.0(other@1.0.0): {{}}
"""


def test_pnpm() -> None:
    acme, forked, other, sample = read("pnpm-lock.yaml", PNPM)
    assert (acme.name, acme.version, acme.kind, acme.hashes, acme.line) == (
        "@vendor/sample",
        "2.0.0",
        SourceKind.REGISTRY,
        (SRI_HEX,),
        10,
    )
    assert (forked.kind, forked.version) == (SourceKind.URL, "1.10.0")
    assert (other.kind, other.url) == (SourceKind.GIT, "https://git.example/other.git#abc")
    assert (sample.kind, sample.url, sample.version) == (
        SourceKind.REGISTRY,
        "https://registry.example",
        "1.0.0",
    )


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("5.4", "/@vendor/sample/2.0.0"),
        ("5.4", "/@vendor/sample/2.0.0_other@1.0.0"),
        ("'6.0'", "/@vendor/sample@2.0.0(other@1.0.0)"),
        ("'9.0'", "@vendor/sample@2.0.0"),
    ],
)
def test_pnpm_keys_of_every_version(version: str, key: str) -> None:
    text = f"lockfileVersion: {version}\npackages:\n  '{key}':\n    resolution: {{integrity: {SRI}}}\n"
    (package,) = read("pnpm-lock.yaml", text)
    assert (package.name, package.version) == ("@vendor/sample", "2.0.0")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda t: t.replace("'9.0'", "'7.0'"), "expected `lockfileVersion` 5.x, 6.x or 9.x; found '7.0'"),
        (
            lambda t: t + "lockfileVersion: '9.0'\n",
            "line 30; expected each key once; found 'lockfileVersion twice'",
        ),
        (lambda t: t.replace("{}", "&x {}"), "expected no anchors and aliases"),
        (lambda t: t.replace("{}", "*x"), "expected"),
        (lambda t: t.replace("{}", "!!python/object:os.system {}"), "expected no tags"),
        (lambda t: t + "---\na: b\n", "expected one YAML document; found '2'"),
        (
            lambda t: t.replace("'@vendor/sample@2.0.0'", "[a]"),
            "line 10; expected text for a key; found an array",
        ),
        (
            lambda t: t.replace("'@vendor/sample@2.0.0'", "'@vendor'"),
            "line 10; expected a key of name and version",
        ),
        (
            lambda t: t.replace("type: git", "type: hg").replace("repo:", "r:"),
            "line 20; expected `resolution` of other",
        ),
        (
            lambda t: t.replace(f"integrity: {SRI}}}", "x: y}", 1),
            "line 10; expected `integrity` or `tarball` in",
        ),
        (lambda _: "a: " + "[" * 100_000, "expected"),
        (lambda _: "\t- x", "expected YAML; found no YAML"),
        (lambda _: "", "expected one YAML document; found '0'"),
        (lambda _: "a: \x00", "expected YAML"),
    ],
)
def test_pnpm_refusals(change: Callable[[str], str], expected: str) -> None:
    message = str(refusal("pnpm-lock.yaml", change(PNPM)))
    assert message.startswith("reading pnpm-lock.yaml")
    assert expected in message


def test_a_billion_laughs_are_refused_at_the_first() -> None:
    laughs = "a: &a [lol]\n" + "".join(f"{n}: &{n} [*a,*a,*a,*a]\n" for n in "bcdefgh")
    assert "line 1; expected no anchors and aliases" in str(refusal("pnpm-lock.yaml", laughs))


def test_other_bytes_and_names() -> None:
    with pytest.raises(
        Misuse, match=r"reading uv\.lock, line 2; expected UTF-8; found no UTF-8 \(byte 0xff\)"
    ):
        read_lock("uv.lock", b"version = 1\n\xff")
    with pytest.raises(
        Misuse, match=r"reading Cargo\.lock; expected a lock file: uv\.lock, .*; found none of them"
    ):
        read_lock("Cargo.lock", b"# x")
    assert read_lock("uv.lock", b"\xef\xbb\xbf" + UV.encode()).format == "uv"


@pytest.mark.parametrize(
    ("path", "text", "form"),
    [
        ("old.lock", UV, "uv"),
        ("before.txt", f"sample==1.0 --hash=sha256:{A}", "requirements"),
        ("before.json", npm_lock(3, {}), "npm"),
        ("before.yaml", PNPM, "pnpm"),
        ("before", 'lock-version = "1.0"\ncreated-by = "x"\npackages = []', "pylock"),
    ],
)
def test_a_lock_file_of_another_name_is_known_by_its_opening(path: str, text: str, form: str) -> None:
    assert read_lock(path, text.encode()).format == form


@pytest.mark.parametrize(
    "path", ["uv.lock", "a/b/package-lock.json", "requirements-dev.txt", "pylock.ci.toml"]
)
def test_lock_files_of_a_project(path: str) -> None:
    assert is_lock(path)


@pytest.mark.parametrize(
    "path", ["Cargo.lock", "a.txt", "node_modules/x/package-lock.json", "pyproject.toml", ".venv/x/uv.lock"]
)
def test_other_files_of_a_project(path: str) -> None:
    assert not is_lock(path)


def test_a_requirements_file_is_a_lock_only_with_hashes() -> None:
    assert pins_hashes(f"sample==1.0 \\\n --hash=sha256:{A}")
    assert not pins_hashes("sample==1.0\n# --hashless\n")
