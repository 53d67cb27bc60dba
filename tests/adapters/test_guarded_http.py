"""What is fetched is fetched from where it was meant to come from, or not at all."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lonja.adapters.guarded_http import GuardedHttp, NotFetchedError

PUBLIC = "93.184.216.34"
FORBIDDEN = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    for found in ([address], [PUBLIC, address], [address, PUBLIC]):
        http = GuardedHttp({"provider.example"}, resolve=lambda _host, _port, found=found: found)  # type: ignore[misc]
        with pytest.raises(NotFetchedError, match="address"):
            http.fetch("GET", "https://provider.example/")


def test_a_name_of_nothing_is_not_connected_to() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError(host, port)

    for resolve in (unknown, lambda _host, _port: []):
        with pytest.raises(NotFetchedError):
            GuardedHttp({"provider.example"}, resolve=resolve).fetch("GET", "https://provider.example/")


@pytest.mark.parametrize(
    "url",
    [
        "http://provider.example/",
        "https://evil.example/",
        "https://provider.example.evil.example/",
        "https://provider.example@evil.example/",
        "https://user:secret@provider.example/",
        "https://provider.example:8443/",
        "https://provider.example:x/",
        "https://[::1]/",
        "https://127.0.0.1/",
        "https:///path",
        "//provider.example/",
        "https://provider.example/\r\nhost: evil.example",
        "https://provider.example\\.evil.example/",
        "https://pr\u043evider.example/",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_of_anything_else_is_refused_before_anybody_is_asked(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError((host, port))

    with pytest.raises(NotFetchedError):
        GuardedHttp({"provider.example"}, resolve=never).fetch("GET", url)


@pytest.fixture
def dripping() -> Iterator[int]:
    """A server that answers one byte at a time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ending = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                while not ending.is_set():
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return
                    time.sleep(0.02)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        ending.set()
        thread.join()


def test_a_slow_drip_ends_in_time(dripping: int) -> None:
    http = GuardedHttp({"provider.example"}, is_local=True, resolve=lambda _host, _port: ["127.0.0.1"], seconds=0.3)
    began = time.monotonic()
    with pytest.raises(NotFetchedError):
        http.fetch("GET", f"http://provider.example:{dripping}/")
    assert time.monotonic() - began < 3


def test_the_address_that_was_checked_is_the_one_connected_to(dripping: int) -> None:
    """DNS rebinding: a second question to the name would be answered otherwise, so it is never asked."""
    asked: list[str] = []

    def bent(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    http = GuardedHttp({"provider.example"}, is_local=True, resolve=bent, seconds=0.3)
    with pytest.raises(NotFetchedError, match="too long"):
        http.fetch("GET", f"http://provider.example:{dripping}/")
    assert asked == ["provider.example"]


def test_a_provider_beside_the_house_is_beside_it_and_nowhere_else() -> None:
    for address in (PUBLIC, "10.0.0.1", "169.254.169.254"):
        http = GuardedHttp({"provider.example"}, is_local=True, resolve=lambda _host, _port, found=address: [found])  # type: ignore[misc]
        with pytest.raises(NotFetchedError):
            http.fetch("GET", "http://provider.example/")
