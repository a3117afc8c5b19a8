"""A registry's server that lies about lengths, time, places and bodies."""

from __future__ import annotations

import gzip
import io
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.errors import Undecided, Unreachable
from doorward.world.http import Client, Missing
from doorward.world.network import DIRECT, Credential
from tests.adversary.lying_server import LyingServer, Reply

QUICK = replace(DIRECT, tries=3, backoff=0.01, read_seconds=0.5, document_seconds=1.0, patience=0.5)


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer() as running:
        yield running


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client(QUICK)
    yield made
    made.close()


def test_a_good_answer_is_read(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"hello", headers={"X-Said": "yes"}))
    answer = client.get(url, limit=100)
    assert (answer.body, answer.url, answer.headers["X-Said"]) == (b"hello", url, "yes")
    assert server.asked[0][1]["user-agent"].startswith("doorward/")


def test_an_endless_body_is_cut_at_the_limit(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 65536, endless=True))
    with pytest.raises(
        Undecided, match=r"reading http://127\.0\.0\.1:\d+/a; expected at most 1,000,000 bytes"
    ):
        client.get(url, limit=1_000_000)


def test_a_gzip_bomb_is_cut_at_the_limit(server: LyingServer, client: Client) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, 1)
    url = server.serve("/a", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    begun = time.monotonic()
    with pytest.raises(Undecided, match="expected at most 1,000 bytes"):
        client.get(url, limit=1000)
    assert time.monotonic() - begun < 2


def test_an_honest_gzip_is_read(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(gzip.compress(b"text" * 1000), headers={"Content-Encoding": "gzip"}))
    assert client.get(url, limit=10_000).body == b"text" * 1000


def test_a_dripping_document_ends_at_its_deadline(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 1000, drip=0.05))
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="expected the whole answer within 1 seconds; found"):
        client.get(url, limit=10_000)
    assert time.monotonic() - begun < 3


def test_a_dripping_download_is_given_up(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 1000, drip=0.05))
    with pytest.raises(Unreachable, match="expected at least 8,192 bytes a second; found"):
        client.download(url, io.BytesIO(), limit=10_000)


def test_silence_is_tried_again_then_given_up(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"late", silence=2))
    with pytest.raises(
        Unreachable, match=r"expected a whole answer; found silence for 0\.5 seconds, 3 times"
    ):
        client.get(url, limit=100)
    assert server.paths() == ["/a"] * 3


@pytest.mark.parametrize(
    "reply", [Reply(status=503), Reply(status=500), Reply(status=429), Reply(reset=True)]
)
def test_passing_failures_are_tried_again(server: LyingServer, client: Client, reply: Reply) -> None:
    url = server.serve("/a", reply, reply, Reply(b"at last"))
    assert client.get(url, limit=100).body == b"at last"


@pytest.mark.parametrize("status", [400, 402, 418, 501])
def test_a_refusal_is_not_tried_again(server: LyingServer, client: Client, status: int) -> None:
    url = server.serve("/a", Reply(status=status))
    with pytest.raises(
        Unreachable, match=f"expected status 200; found status {status}; next: check the network"
    ):
        client.get(url, limit=100)
    assert len(server.asked) == 1


def test_a_missing_thing_is_told_apart(server: LyingServer, client: Client) -> None:
    with pytest.raises(Missing, match="found status 404: not there"):
        client.get(server.url + "/nothing", limit=100)


def test_a_truncated_stream_is_resumed_where_it_ended(server: LyingServer, client: Client) -> None:
    body = bytes(range(256)) * 1000
    url = server.serve("/a", Reply(body, cut=100_000, ranges=True), Reply(body, ranges=True))
    target = io.BytesIO()
    assert client.download(url, target, limit=10**6, size=len(body)) == len(body)
    assert target.getvalue() == body
    assert server.asked[1][1]["range"] == "bytes=100000-"


def test_a_server_without_ranges_starts_over(server: LyingServer, client: Client) -> None:
    body = bytes(range(256)) * 1000
    url = server.serve("/a", Reply(body, cut=100_000), Reply(body))
    target = io.BytesIO()
    client.download(url, target, limit=10**6, size=len(body))
    assert target.getvalue() == body


def test_a_range_that_starts_elsewhere_is_not_believed(server: LyingServer, client: Client) -> None:
    body = b"0123456789" * 10
    lie = Reply(body, status=206, headers={"Content-Range": "bytes 0-99/100"})
    url = server.serve("/a", lie)
    target = io.BytesIO(b"abc")
    client.download(url, target, limit=1000, size=100)
    assert target.getvalue() == body


def test_a_stream_that_always_ends_early_is_unreachable(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 100, cut=40))
    with pytest.raises(Unreachable, match="a connection that broke, 3 times"):
        client.download(url, io.BytesIO(), limit=1000, size=100)


def test_a_short_file_of_no_announced_length_is_unreachable(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 40, announced=-1))
    with pytest.raises(Unreachable, match="found 40 of 100 bytes, 3 times"):
        client.download(url, io.BytesIO(), limit=1000, size=100)


def test_a_short_file_with_an_honest_length_is_for_its_digest_to_refuse(
    server: LyingServer, client: Client
) -> None:
    url = server.serve("/a", Reply(b"x" * 40))
    assert client.download(url, io.BytesIO(), limit=1000, size=100) == 40
    assert len(server.asked) == 1


def test_a_download_longer_than_the_index_said_is_refused(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 70_000, endless=True))
    target = io.BytesIO()
    with pytest.raises(Undecided, match="expected at most 100 bytes; found more than that"):
        client.download(url, target, limit=10**9, size=100)
    assert len(target.getvalue()) == 0


def test_a_redirect_is_followed_without_credentials_elsewhere(client: Client, server: LyingServer) -> None:
    with LyingServer() as other:
        other.serve("/b", Reply(b"there"))
        url = server.serve("/a", Reply(status=302, headers={"Location": other.url + "/b"}))
        client.network = replace(QUICK, credentials=(Credential(server.host, "/", "Bearer s3cret"),))
        answer = client.get(url, limit=100)
    assert answer.url == other.url + "/b"
    assert server.asked[0][1]["authorization"] == "Bearer s3cret"
    assert "authorization" not in other.asked[0][1]


def test_credentials_in_the_address_do_not_travel_either(client: Client, server: LyingServer) -> None:
    with LyingServer() as other:
        other.serve("/b", Reply(b"there"))
        server.serve("/a", Reply(status=307, headers={"Location": other.url + "/b"}))
        client.get(server.url.replace("http://", "http://user:s3cret@") + "/a", limit=100)
    assert server.asked[0][1]["authorization"] == "Basic dXNlcjpzM2NyZXQ="
    assert "authorization" not in other.asked[0][1]


def test_credentials_hold_for_their_path_only(client: Client, server: LyingServer) -> None:
    server.serve("/private/a", Reply(b"1"))
    server.serve("/privateer/a", Reply(b"2"))
    client.network = replace(QUICK, credentials=(Credential(server.host, "/private", "Bearer s3cret"),))
    client.get(server.url + "/private/a", limit=9)
    client.get(server.url + "/privateer/a", limit=9)
    assert [headers.get("authorization") for _, headers in server.asked] == ["Bearer s3cret", None]


def test_redirects_in_a_circle_end(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(status=302, headers={"Location": "/a"}))
    with pytest.raises(Undecided, match=r"following the redirects of .*/a; expected at most 5; found more"):
        client.get(url, limit=100)


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://host.example/x", "javascript:1", "http://[bad/"]
)
def test_a_redirect_out_of_http_is_refused(server: LyingServer, client: Client, place: str) -> None:
    url = server.serve("/a", Reply(status=302, headers={"Location": place}))
    with pytest.raises(Undecided, match="following the redirect"):
        client.get(url, limit=100)


def test_messages_hold_no_credentials_and_no_words_of_the_server(server: LyingServer, client: Client) -> None:
    echo = Reply(b"you sent: s3cret", 403, headers={"X-Echo": "s3cret"})
    server.serve("/a?token=t0ken", echo)
    url = server.url.replace("http://", "http://user:s3cret@") + "/a?token=t0ken"
    with pytest.raises(Unreachable) as caught:
        client.get(url, limit=100)
    text = str(caught.value)
    assert "s3cret" not in text
    assert "t0ken" not in text
    assert text.startswith(
        f"asking http://{server.host}/a; expected access; found status 403; next: give the"
    )


def test_nothing_listens(client: Client) -> None:
    with LyingServer() as gone:
        url = gone.url + "/a"
    with pytest.raises(
        Unreachable, match="expected a connection; found refused; next: check the network and the"
    ):
        client.get(url, limit=100)


def test_offline_asks_nobody(server: LyingServer) -> None:
    client = Client(replace(QUICK, offline=True))
    with pytest.raises(
        Unreachable, match="found --offline forbids asking; next: run the same command once without"
    ):
        client.get(server.url + "/a", limit=100)
    assert server.asked == []


@pytest.mark.parametrize(
    "url", ["not a url", "ftp://host.example/", "http://", "http://[", "http://a:99999/"]
)
def test_what_is_no_address_is_refused(client: Client, url: str) -> None:
    with pytest.raises(Undecided, match="expected an http or https URL"):
        client.get(url, limit=100)


def test_a_proxy_is_used_and_gets_its_own_credentials(server: LyingServer) -> None:
    server.serve("http://index.example/simple/", Reply(b"by proxy"))
    proxy = server.url.replace("http://", "http://me:pr0xy@")
    client = Client(replace(QUICK, proxies=(("http", proxy),), no_proxy=("other.example",)))
    assert client.get("http://index.example/simple/", limit=100).body == b"by proxy"
    path, headers = server.asked[0]
    assert path == "http://index.example/simple/"
    assert headers["proxy-authorization"] == "Basic bWU6cHIweHk="
    client.close()


def test_a_disk_that_is_full_is_not_taken_for_the_network(server: LyingServer, client: Client) -> None:
    url = server.serve("/a", Reply(b"x" * 1_000_000))
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no /dev/full")
    with (
        full.open("r+b", buffering=0) as target,
        pytest.raises(Exception, match="no space left on the disk") as caught,
    ):
        client.download(url, _Seekable(target), limit=10**7)  # type: ignore[arg-type] # a device that cannot seek
    assert type(caught.value).__name__ == "Outside"


class _Seekable:
    """/dev/full, told to be at its start."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def seek(self, *_: int) -> int:
        return 0

    def tell(self) -> int:
        return 0

    def write(self, data: bytes) -> int | None:
        return self._raw.write(data)
