"""Bytes over HTTP from servers that may lie: bounded in size and time, resumed, never trusted.

What it promises: a body never exceeds the caller's limit; a body never takes longer than the
network's patience, even if it drips one byte at a time; a redirect is followed at most five times,
never from https to http, and without credentials to another host; only broken connections and
answers of 5xx and 429 are tried again. Messages name the address without user, password and query,
and repeat nothing that the server said. What it does not do: check what came. Callers hold the
digest against the registry's.

Transport: urllib3 (HTTP/1.1, RFC 9110; ranges after RFC 9110 section 14).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from doorward import __version__
from doorward.errors import Misuse, Outside, Undecided, Unreachable
from doorward.world.files import disk_failure
from doorward.world.network import Network, host_of, joined, without_secrets

__all__ = ["Answer", "Client", "Missing"]

CHUNK = 256 * 1024
MAX_REDIRECTS = 5
"""pip follows 30, curl 50; a registry needs one or two."""
MAX_RETRY_AFTER = 10.0
"""Seconds of a server's `Retry-After` that we honour."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
T = TypeVar("T")
TRANSIENT = frozenset({429, 500, 502, 503, 504})
USER_AGENT = f"doorward/{__version__}"


class Missing(Undecided):
    """The server answered that there is no such thing (404 or 410)."""


class _AgainError(Exception):
    """This attempt failed in a way that another one may mend."""

    def __init__(self, found: str, wait: float = 0.0) -> None:
        self.found = found
        self.wait = wait
        super().__init__(found)


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole body and the headers that came with it."""

    body: bytes
    url: str
    """Where it came from in the end: relative links count from here."""
    headers: Mapping[str, str]


class Client:
    """Asks servers, over the proxies and with the authorities and credentials of one `Network`."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._pools: dict[str, urllib3.PoolManager] = {}

    def close(self) -> None:
        """Close every kept connection."""
        for pool in self._pools.values():
            pool.clear()
        self._pools.clear()

    def get(self, url: str, *, limit: int, accept: str = "*/*") -> Answer:
        """Read one document into memory.

        Args:
            url: its address.
            limit: bytes it may have, decoded.
            accept: value of the `Accept` header.

        Raises:
            Missing: 404 or 410.
            Undecided: larger than the limit, or the redirects lead nowhere good.
            Unreachable: no answer, a refusal, or one too slow.
        """

        def attempt() -> Answer:
            deadline = time.monotonic() + self.network.document_seconds
            with self._open(url, {"Accept": accept, "Accept-Encoding": "gzip"}) as (response, final):
                body = bytearray()
                for piece in _pieces(response, decode=True):
                    body += piece
                    if len(body) > limit:
                        raise Undecided(
                            f"reading {without_secrets(url)}",
                            expected=f"at most {limit:,} bytes",
                            found="more than that",
                            next_step="check that the index URL is that of a package registry",
                        )
                    if time.monotonic() > deadline:
                        raise _unreachable(
                            url,
                            expected=f"the whole answer within {self.network.document_seconds:g} seconds",
                            found=f"{len(body):,} bytes by then",
                        )
                return Answer(bytes(body), final, dict(response.headers))

        return self._persist(url, attempt)

    def download(self, url: str, target: BinaryIO, *, limit: int, size: int | None = None) -> int:
        """Append the rest of a file to `target`, going on from its present end.

        A server that does not answer ranges starts over: the target is emptied then. A stream that
        ends early is resumed, as often as `Network.tries` allows.

        Args:
            url: its address.
            target: an open file, readable and writable.
            limit: bytes the whole file may have.
            size: bytes the whole file must have, where the registry says so.

        Returns:
            The size of the file now.
        """
        most = limit if size is None else min(limit, size)

        def attempt() -> int:
            start = target.seek(0, 2)
            headers = {"Accept-Encoding": "identity"}
            if start:
                headers["Range"] = f"bytes={start}-"
            with self._open(url, headers) as (response, _):
                if start and not _continues(response, start):
                    target.seek(0)
                    target.truncate()
                total = self._pour(response, target, url, most)
            if size is not None and total < size and "Content-Length" not in response.headers:
                # Nothing tells a connection that broke from a file that is shorter than it should be;
                # where the length was announced and kept, the caller's digest tells.
                raise _AgainError(f"{total:,} of {size:,} bytes")
            return total

        return self._persist(url, attempt)

    def _pour(self, response: urllib3.BaseHTTPResponse, target: BinaryIO, url: str, most: int) -> int:
        begun = time.monotonic()
        total = target.tell()
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return total
        got = 0
        for piece in _pieces(response, decode=False):
            got += len(piece)
            total += len(piece)
            if total > most:
                raise Undecided(
                    f"downloading {without_secrets(url)}",
                    expected=f"at most {most:,} bytes",
                    found="more than that",
                    next_step="do not install this release; ask the registry's keepers",
                )
            _write(target, piece, url)
            taken = time.monotonic() - begun
            if taken > self.network.patience and got < taken * self.network.slowest:
                raise _unreachable(
                    url,
                    expected=f"at least {self.network.slowest:,} bytes a second",
                    found=f"{got:,} bytes in {taken:.0f} seconds",
                )
        return total

    def _persist(self, url: str, attempt: Callable[[], T]) -> T:
        """Try until it works, for failures that another attempt may mend."""
        for turn in range(self.network.tries):
            try:
                return attempt()
            except _AgainError as failure:
                if turn + 1 == self.network.tries:
                    raise _unreachable(
                        url, expected="a whole answer", found=f"{failure.found}, {turn + 1} times"
                    ) from failure
                time.sleep(max(failure.wait, self.network.backoff * 2**turn))
        raise _unreachable(url, expected="at least one attempt", found="tries = 0")

    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str]) -> Iterator[tuple[urllib3.BaseHTTPResponse, str]]:
        """One attempt at one request, redirects followed, its failures sorted."""
        if self.network.offline:
            raise Unreachable(
                f"asking {without_secrets(url)}",
                expected="an answer",
                found="--offline forbids asking",
                next_step="run the same command once without --offline",
            )
        response: urllib3.BaseHTTPResponse | None = None
        try:
            response, final = self._follow(url, headers)
            _refuse_bad_status(response, final)
            yield response, final
        except _AgainError:
            raise
        except SSLError as error:
            raise _tls_failure(url) from error
        except ReadTimeoutError as error:
            raise _AgainError(f"silence for {self.network.read_seconds:g} seconds") from error
        except ProxyError as error:
            raise _unreachable(url, expected="the proxy to answer", found=_proxy_reason(error)) from error
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise _unreachable(url, expected="a connection", found=_connect_reason(error)) from error
        except (ProtocolError, ConnectionError) as error:
            raise _AgainError("a connection that broke") from error
        except (HTTPError, OSError) as error:
            raise _unreachable(url, expected="an answer", found=type(error).__name__) from error
        finally:
            if response is not None:
                response.close()

    def _follow(self, url: str, headers: Mapping[str, str]) -> tuple[urllib3.BaseHTTPResponse, str]:
        current = url
        for _ in range(MAX_REDIRECTS + 1):
            response = self._ask(current, headers)
            location = response.headers.get("Location")
            if response.status not in REDIRECTS or location is None:
                return response, current
            response.close()
            following = joined(current, location)
            if not following or (_scheme_of(current), _scheme_of(following)) == ("https", "http"):
                raise Undecided(
                    f"following the redirect of {without_secrets(current)}",
                    expected="another https address",
                    found=ascii(without_secrets(following or location)[:200]),
                    next_step="check the index URL in the client's configuration",
                )
            current = following
        raise Undecided(
            f"following the redirects of {without_secrets(url)}",
            expected=f"at most {MAX_REDIRECTS}",
            found="more than that",
            next_step="check the index URL in the client's configuration",
        )

    def _ask(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            bare = _without_user(url)
        except (LocationParseError, ValueError) as error:
            raise Undecided(
                f"reading the address {without_secrets(url)}", expected="an http or https URL", found="none"
            ) from error
        sent = {"User-Agent": USER_AGENT, **headers}
        authorization = _user_header(url) or self.network.authorization_for(url)
        if authorization:
            sent["Authorization"] = authorization
        timeout = urllib3.Timeout(connect=self.network.connect_seconds, read=self.network.read_seconds)
        try:
            return self._pool(url).request(
                "GET",
                bare,
                headers=sent,
                preload_content=False,
                retries=False,
                redirect=False,
                timeout=timeout,
            )
        except (LocationParseError, UnicodeError) as error:
            raise Undecided(
                f"reading the address {without_secrets(url)}", expected="an http or https URL", found="none"
            ) from error

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = self.network.proxy_for(url)
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(proxy)
        return self._pools[proxy]

    def _new_pool(self, proxy: str) -> urllib3.PoolManager:
        context = self._context()
        if not proxy:
            return urllib3.PoolManager(ssl_context=context, num_pools=16, maxsize=4)
        if _scheme_of(proxy) not in {"http", "https"}:
            raise Misuse(
                f"using the proxy {without_secrets(proxy)}",
                expected="an http or https proxy",
                found=f"one of scheme {_scheme_of(proxy) or '(none)'}",
                next_step="set HTTPS_PROXY to an http proxy's address, or NO_PROXY for this registry",
            )
        parts = urlsplit(proxy)
        user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        secret = urllib3.make_headers(proxy_basic_auth=user) if parts.username else None
        return urllib3.ProxyManager(
            _without_user(proxy), proxy_headers=secret, ssl_context=context, num_pools=16, maxsize=4
        )

    def _context(self) -> ssl.SSLContext:
        """TLS with the configured authorities. Checking a certificate cannot be switched off."""
        file, folder = self.network.ca_file, self.network.ca_folder
        try:
            context = ssl.create_default_context(cafile=file or None, capath=folder or None)
            if self.network.extra_ca_file:
                context.load_verify_locations(self.network.extra_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise Outside(
                f"reading the certificate authorities in {file or folder}",
                expected="a PEM file",
                found=getattr(error, "strerror", "") or type(error).__name__,
                next_step="correct SSL_CERT_FILE, PIP_CERT, or the client's `cert` setting",
            ) from error
        return context


def _pieces(response: urllib3.BaseHTTPResponse, *, decode: bool) -> Iterator[bytes]:
    """What comes, as it comes: never waits for a whole chunk, so that deadlines are met."""
    while piece := response.read1(CHUNK, decode_content=decode):
        yield piece


def _write(target: BinaryIO, piece: bytes, url: str) -> None:
    """Write, so that a full disk is not taken for a broken connection."""
    try:
        target.write(piece)
    except OSError as error:
        raise disk_failure(f"writing what came from {without_secrets(url)}", error) from error


def _continues(response: urllib3.BaseHTTPResponse, start: int) -> bool:
    """Whether this answer goes on at `start`: `Content-Range: bytes START-END/SIZE`."""
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return True
    stated = response.headers.get("Content-Range", "")
    return response.status == HTTPStatus.PARTIAL_CONTENT and stated.startswith(f"bytes {start}-")


def _refuse_bad_status(response: urllib3.BaseHTTPResponse, url: str) -> None:
    status = response.status
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return  # the part we hold may be whole: its digest will tell
    if status in TRANSIENT:
        raise _AgainError(f"status {status}", _retry_after(response))
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise Missing(
            f"asking {without_secrets(url)}",
            expected="an answer",
            found=f"status {status}: not there",
            next_step="check name and version, and that the registry still serves it",
        )
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        raise Unreachable(
            f"asking {without_secrets(url)}",
            expected="access",
            found=f"status {status}",
            next_step="give the ordinary client its credentials (.netrc, pip's index URL, .npmrc) and try it",
        )
    raise _unreachable(url, expected="status 200", found=f"status {status}")


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    stated = response.headers.get("Retry-After", "")
    return min(float(stated), MAX_RETRY_AFTER) if stated.isascii() and stated.isdigit() else 0.0


def _unreachable(url: str, *, expected: str, found: str) -> Unreachable:
    return Unreachable(
        f"asking {without_secrets(url)}",
        expected=expected,
        found=found,
        next_step="check the network and the proxy, or use --offline with what was fetched before",
    )


def _tls_failure(url: str) -> Unreachable:
    return Unreachable(
        f"asking {without_secrets(url)}",
        expected="a certificate that a known authority signed",
        found="one that does not verify",
        next_step="set SSL_CERT_FILE to your organisation's authorities; checking cannot be switched off",
    )


def _proxy_reason(error: ProxyError) -> str:
    text = str(error.original_error)
    return "a refusal (status 407)" if "407" in text else "no connection to it"


def _connect_reason(error: HTTPError) -> str:
    text = str(error)
    if "resolve" in text or "Name or service" in text:
        return "no such host name"
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "no answer in time"
    return "refused" if "refused" in text else "none"


def _scheme_of(url: str) -> str:
    try:
        return urlsplit(url).scheme.lower()
    except ValueError:
        return ""


def _without_user(url: str) -> str:
    """The address as it is asked for: user, password and fragment taken out."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(parts.scheme)
    return parts._replace(netloc=host_of(parts), fragment="").geturl()


def _user_header(url: str) -> str:
    """Basic authorization from `user:password@` in an address."""
    parts = urlsplit(url)
    if not parts.username:
        return ""
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return str(urllib3.make_headers(basic_auth=user)["authorization"])
