"""Configuration of pip, uv, npm and apt, as they read it; what a project's own files may not say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from doorward.errors import Misuse
from doorward.world.network import DIRECT, Credential, Network, is_loopback, joined, without_secrets
from doorward.world.registries.settings import Settings, settings_from


class Machine:
    """Folders of a machine that has nothing configured yet."""

    def __init__(self, folder: Path) -> None:
        self.root, self.home, self.project = folder / "root", folder / "home", folder / "project"
        for made in (self.root, self.home, self.project):
            made.mkdir()

    def write(self, path: Path, text: str) -> None:
        """Write a file, its folders made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, environ: dict[str, str] | None = None, *, project: bool = False) -> Settings:
        """What is set up, with the project's own files or without."""
        return settings_from(environ or {}, self.home, self.project if project else None, root=self.root)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_configured_means_the_public_registries(machine: Machine) -> None:
    settings = machine.read()
    assert settings.pypi.indexes == ("https://pypi.org/simple",)
    assert settings.npm.registry == "https://registry.npmjs.org"
    assert settings.pypi.network == DIRECT


def test_pip_files_and_variables_in_their_order(machine: Machine) -> None:
    machine.write(
        machine.root / "etc/pip.conf", "[global]\nindex-url = https://site.example/simple\ncert = /a.pem\n"
    )
    assert machine.read().pypi.indexes == ("https://site.example/simple",)
    user = "[global]\nindex_url = https://user.example/simple/\n"
    user += "[install]\nextra-index-url =\n  https://a.example\n  https://b.example\n"
    machine.write(machine.home / ".config/pip/pip.conf", user)
    settings = machine.read()
    assert settings.pypi.indexes == ("https://user.example/simple", "https://a.example", "https://b.example")
    assert settings.pypi.network.ca_file == "/a.pem"
    environ = {"PIP_INDEX_URL": "https://env.example/simple", "PIP_EXTRA_INDEX_URL": "https://c.example"}
    assert machine.read(environ).pypi.indexes == ("https://env.example/simple", "https://c.example")
    environ["PIP_CONFIG_FILE"] = "/dev/null"
    assert machine.read({"PIP_CONFIG_FILE": "/dev/null"}).pypi.indexes == ("https://pypi.org/simple",)


def test_an_extra_index_keeps_the_public_one(machine: Machine) -> None:
    indexes = machine.read({"PIP_EXTRA_INDEX_URL": "https://a.example/simple"}).pypi.indexes
    assert indexes == ("https://pypi.org/simple", "https://a.example/simple")


def test_uv_files_and_variables(machine: Machine) -> None:
    text = """
index-url = "https://old.example/simple"
[[index]]
name = "extra"
url = "https://extra.example/simple"
[[index]]
url = "https://main.example/simple"
default = true
[[index]]
url = "https://explicit.example/simple"
explicit = true
"""
    machine.write(machine.home / ".config/uv/uv.toml", text)
    assert machine.read().pypi.indexes == ("https://main.example/simple", "https://extra.example/simple")
    environ = {
        "UV_DEFAULT_INDEX": "named=https://env.example/simple",
        "UV_INDEX": "my-own=https://own.example/simple?a=b https://c.example",
        "UV_INDEX_MY_OWN_USERNAME": "me",
        "UV_INDEX_MY_OWN_PASSWORD": "s3cret",
    }
    settings = machine.read(environ).pypi
    assert settings.indexes[:3] == (
        "https://env.example/simple",
        "https://own.example/simple?a=b",
        "https://c.example",
    )
    assert settings.network.authorization_for("https://own.example/simple/x/") == "Basic bWU6czNjcmV0"


def test_netrc_logins_go_to_their_host_only(machine: Machine) -> None:
    machine.write(
        machine.home / ".netrc",
        "machine Index.example login me password s3cret\ndefault login a password b\n",
    )
    (machine.home / ".netrc").chmod(0o600)
    network = machine.read().pypi.network
    assert network.authorization_for("https://index.example/simple/") == "Basic bWU6czNjcmV0"
    assert network.authorization_for("https://other.example/simple/") == ""
    assert network.authorization_for("https://index.example:8443/simple/") == ""
    assert "s3cret" not in repr(machine.read())


def test_proxies_and_authorities_of_the_environment(machine: Machine) -> None:
    environ = {
        "HTTPS_PROXY": "proxy.example:3128",
        "http_proxy": "http://me:s3cret@proxy.example",
        "NO_PROXY": "internal.example, .corp.example,10.0.0.1:8080",
        "SSL_CERT_FILE": "/ca.pem",
        "PIP_CERT": "/pip.pem",
        "NODE_EXTRA_CA_CERTS": "/node.pem",
    }
    settings = machine.read(environ)
    network = settings.pypi.network
    assert network.proxy_for("https://pypi.org/simple/") == "http://proxy.example:3128"
    assert network.proxy_for("http://pypi.org/simple/") == "http://me:s3cret@proxy.example"
    for direct in ("internal.example", "a.internal.example", "x.corp.example", "10.0.0.1:8080"):
        assert network.proxy_for(f"https://{direct}/") == ""
    assert network.proxy_for("https://notinternal.example/") != ""
    assert (network.ca_file, settings.npm.network.ca_file) == ("/pip.pem", "/ca.pem")
    assert settings.npm.network.extra_ca_file == "/node.pem"
    assert "s3cret" not in repr(settings)


def test_a_proxy_of_pips_own_wins(machine: Machine) -> None:
    network = machine.read({"PIP_PROXY": "p.example:1", "HTTPS_PROXY": "http://q.example"}).pypi.network
    assert network.proxy_for("https://pypi.org/") == "http://p.example:1"


def test_npmrc_with_scopes_tokens_and_variables(machine: Machine) -> None:
    text = """
; a comment
registry = "https://npm.example/main/"
@vendor:registry=https://npm.vendor.example/
//npm.vendor.example/:_authToken=${TOKEN}
//npm.example/main/:_auth=bWU6cHc=
//other.example/:username=me
//other.example/:_password=czNjcmV0
https-proxy=proxy.example:3128
cafile=/npm.pem
"""
    machine.write(machine.home / ".npmrc", text)
    npm = machine.read({"TOKEN": "t0ken"}).npm
    assert (npm.registry, npm.scopes) == (
        "https://npm.example/main",
        (("@vendor", "https://npm.vendor.example"),),
    )
    assert npm.network.authorization_for("https://npm.vendor.example/x") == "Bearer t0ken"
    assert npm.network.authorization_for("https://npm.example/main/x") == "Basic bWU6cHc="
    assert npm.network.authorization_for("https://npm.example/elsewhere") == ""
    assert npm.network.authorization_for("https://other.example/x") == "Basic bWU6czNjcmV0"
    assert npm.network.proxy_for("https://npm.example/") == "http://proxy.example:3128"
    assert npm.network.ca_file == "/npm.pem"
    assert "t0ken" not in repr(npm)


def test_npm_variables_win(machine: Machine) -> None:
    machine.write(machine.home / ".npmrc", "registry=https://file.example\n")
    environ = {"npm_config_registry": "https://env.example/", "NPM_CONFIG_USERCONFIG": "/nonexistent"}
    assert machine.read(environ).npm.registry == "https://env.example"


def test_a_project_may_name_registries_and_nothing_else(machine: Machine) -> None:
    """Whoever proposes a change writes these files too: no token may go where they say."""
    machine.write(
        machine.project / ".npmrc",
        "registry=https://evil.example\n@vendor:registry=https://npm.vendor.example\n@x:registry=https://e.example/${TOKEN}\n"
        "//evil.example/:_authToken=${TOKEN}\nhttps-proxy=http://evil.example\ncafile=/evil.pem\n",
    )
    machine.write(
        machine.project / "pyproject.toml",
        '[tool.uv]\nextra-index-url = ["https://me:s3cret@project.example/simple"]\n',
    )
    settings = machine.read({"TOKEN": "t0ken"}, project=True)
    assert settings.npm.registry == "https://registry.npmjs.org"
    assert settings.npm.project_scopes == (
        ("@vendor", "https://npm.vendor.example"),
        ("*", "https://evil.example"),
    )
    assert settings.npm.network.credentials == ()
    assert settings.npm.network.proxy_for("https://x.example/") == ""
    assert settings.npm.network.ca_file == ""
    assert settings.pypi.indexes == ("https://pypi.org/simple",)
    assert settings.pypi.project_indexes == ("https://project.example/simple",)
    without = machine.read({"TOKEN": "t0ken"})
    assert (without.npm.project_scopes, without.pypi.project_indexes) == ((), ())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".config/pip/pip.conf", "index-url = x\n", r"pip\.conf, line 1; expected pip's configuration"),
        (
            ".config/pip/pip.conf",
            "[global]\na = 1\na = 2\n",
            r"pip\.conf, line 3; expected pip's configuration",
        ),
        (".config/uv/uv.toml", "index-url = \n", r"uv\.toml; expected TOML; found Invalid value \(at line 1"),
        (
            ".netrc",
            "nonsense here\n",
            r"\.netrc, line \d; expected `machine HOST login NAME password SECRET`",
        ),
    ],
)
def test_files_that_cannot_be_read_are_named(machine: Machine, name: str, text: str, expected: str) -> None:
    machine.write(machine.home / name, text)
    (machine.home / name).chmod(0o600)
    with pytest.raises(Misuse, match=expected):
        machine.read()


def test_apt_proxies_and_logins(machine: Machine) -> None:
    machine.write(
        machine.root / "etc/apt/apt.conf.d/01proxy", 'Acquire::http::Proxy "http://apt.example:3142";\n'
    )
    machine.write(
        machine.root / "etc/apt/apt.conf.d/02x", 'Acquire::https::Proxy "DIRECT";\n# Acquire::x "y";\n'
    )
    machine.write(
        machine.root / "etc/apt/auth.conf.d/a.conf", "machine deb.example/private login me password s3cret\n"
    )
    network = machine.read({"http_proxy": "http://other.example"}).deb.network
    assert network.proxy_for("http://deb.debian.org/") == "http://apt.example:3142"
    assert network.proxy_for("https://deb.debian.org/") == ""
    assert network.authorization_for("https://deb.example/private/x") == "Basic bWU6czNjcmV0"
    assert network.authorization_for("https://deb.example/public/x") == ""


def test_the_most_specific_login_is_sent() -> None:
    network = replace(DIRECT, credentials=(Credential("h", "/", "general"), Credential("h", "/a", "special")))
    assert network.authorization_for("https://h/a/b") == "special"
    assert network.authorization_for("https://h/ab") == "general"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:s3cret@Host.example:8443/a?token=t#f", "https://host.example:8443/a"),
        ("https://host.example:443/a", "https://host.example/a"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("http://[bad/", "(an address that cannot be read)"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:80", "127.1.2.3", "x.localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "128.0.0.1", "[::2]", "", "example.com"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_links_lead_to_web_servers_or_nowhere() -> None:
    assert joined("https://a.example/b/", "../c") == "https://a.example/c"
    assert [
        joined("https://a.example/", link) for link in ("file:///x", "http://[", "mailto:x", "http://h:0/")
    ] == [""] * 4


def test_no_proxy_of_everything() -> None:
    network = Network(proxies=(("https", "http://p.example"),), no_proxy=("*",))
    assert network.proxy_for("https://a.example/") == ""
