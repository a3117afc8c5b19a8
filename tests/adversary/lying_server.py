"""A web server on loopback that can lie: cut, drip, never end, redirect, answer nonsense, count.

It is a real server on a real socket; nothing in the product can tell it from a registry.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

__all__ = ["LyingServer", "Reply"]

PIECE = 64 * 1024


@dataclass(frozen=True)
class Reply:
    """One answer, and how it lies."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ranges: bool = False
    """Whether `Range: bytes=N-` is obeyed."""
    cut: int | None = None
    """Close the connection after this many bytes of the body, whatever was announced."""
    announced: int | None = None
    """Content-Length to state; that of the body if None, none at all if negative."""
    drip: float = 0.0
    """Seconds between single bytes."""
    endless: bool = False
    """Repeat the body for ever, announcing no length."""
    silence: float = 0.0
    """Seconds before the first byte of the answer."""
    reset: bool = False
    """Close the connection without an answer."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: LyingServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on liars: that is no error of the test."""


class LyingServer:
    """Serves `routes`; a path with several replies gives them in turn, the last one for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Sequence[Reply]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        """(path, headers in lower case) of every request, in order."""
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def host(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._scheme}://{self.host}"

    def serve(self, path: str, *replies: Reply) -> str:
        """Answer this path so; returns its address."""
        self.routes[path] = replies
        return self.url + path

    def paths(self) -> list[str]:
        """Every path that was asked for, in order."""
        return [path for path, _ in self.asked]

    def next_reply(self, path: str) -> Reply:
        """What to answer now."""
        with self._lock:
            replies = self.routes.get(path, (Reply(b"not here", 404),))
            if len(replies) > 1:
                self.routes[path] = replies[1:]
            return replies[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers as the owner's routes say."""

    protocol_version = "HTTP/1.1"

    @property
    def owner(self) -> LyingServer:
        """Whose routes these are."""
        assert isinstance(self.server, _Server)
        return self.server.owner

    def do_GET(self) -> None:
        self.owner.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        reply = self.owner.next_reply(self.path)
        self.owner.stopping.wait(reply.silence)
        if reply.reset:
            self.close_connection = True
            return
        self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        body, status, extra = reply.body, reply.status, dict(reply.headers)
        start = self._start()
        if reply.ranges and status == 200 and start is not None:
            if start >= len(body):
                body, status = b"", 416
            else:
                extra["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                body, status = body[start:], 206
        self.send_response(status)
        for name, value in extra.items():
            self.send_header(name, value)
        length = len(body) if reply.announced is None else reply.announced
        if reply.endless or length < 0:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self._pour(reply, body)

    def _start(self) -> int | None:
        stated = self.headers.get("Range", "")
        return int(stated.removeprefix("bytes=").removesuffix("-")) if stated else None

    def _pour(self, reply: Reply, body: bytes) -> None:
        if reply.cut is not None:
            body = body[: reply.cut]
            self.close_connection = True
        if reply.drip:
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                if self.owner.stopping.wait(reply.drip):
                    break
            return
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at : at + PIECE])
        while reply.endless and not self.owner.stopping.is_set():
            self.wfile.write(body)
            time.sleep(0)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
