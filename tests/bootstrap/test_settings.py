"""Options that fit, and sentences for those that do not."""

from ipaddress import ip_network

import pytest

from lonja.bootstrap.networks import networks_of
from lonja.bootstrap.settings import ClockSettings, ServerSettings, Settings, clock_settings
from lonja.bootstrap.staff_settings import StaffSettings
from lonja.primitives.errors import SettingsError


@pytest.mark.parametrize(
    ("port", "tls_port", "chosen"),
    [(8_080, None, 8_443), (0, None, 0), (9_000, None, 9_001), (9_000, 9_500, 9_500), (0, 9_500, 9_500), (9_000, 0, 0)],
)
def test_the_tls_port_follows_the_plain_one(port: int, tls_port: int | None, chosen: int) -> None:
    assert ServerSettings(port=port, tls_port=tls_port).chosen_tls_port == chosen


@pytest.mark.parametrize(
    ("port", "staff_port", "chosen"),
    [
        (8_080, None, 8_090),
        (0, None, 0),
        (9_000, None, 9_002),
        (65_533, None, 65_535),
        (65_534, None, 65_533),
        (8_080, 0, 0),
        (8_080, 9_500, 9_500),
    ],
)
def test_staff_have_a_port_beside_the_others(port: int, staff_port: int | None, chosen: int) -> None:
    assert Settings(server=ServerSettings(port=port), staff=StaffSettings(port=staff_port)).staff_port == chosen


@pytest.mark.parametrize(
    ("host", "is_tls"), [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_staff_are_reached_by_tls_where_others_could_listen(host: str, is_tls: bool) -> None:
    staff = StaffSettings(host=host)
    assert staff.is_tls is is_tls
    assert staff.address(8_090, "localhost") == ("https" if is_tls else "http") + "://localhost:8090"


def test_staff_share_no_port_with_customers() -> None:
    for port in (9_000, 9_001):
        with pytest.raises(SettingsError, match=f"--staff-port are both {port}"):
            Settings(server=ServerSettings(port=9_000), staff=StaffSettings(port=port))
    with pytest.raises(SettingsError, match="--staff-port is 70000"):
        StaffSettings(port=70_000)
    with pytest.raises(SettingsError, match="--staff-host 'nowhere' is no address"):
        StaffSettings(host="nowhere")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"port": -1}, "--port is -1"),
        ({"port": 65_536}, "--port is 65536"),
        ({"tls_port": 70_000}, "--tls-port is 70000"),
        ({"port": 9_000, "tls_port": 9_000}, "both 9000"),
        ({"port": 65_535}, "both 65535"),
        ({"host": "no host"}, "'no host' is no address"),
        ({"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "--trusted-proxy names every address"),
        ({"trusted_proxies": (ip_network("::/0"),)}, "--trusted-proxy names every address"),
        ({"notice_s": -1}, "--notice is -1"),
        ({"notice_s": 3_601}, "--notice is 3601"),
    ],
)
def test_what_cannot_be_listened_on_is_refused(options: dict, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        ServerSettings(**options)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "everywhere", "10.0.0.0/33", "", "fe80::%x/200"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="--trusted-proxy"):
        networks_of("--trusted-proxy", ["10.0.0.0/8", text])


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("::1", "[::1]"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_clients_are_told_an_address_they_can_use(host: str, address: str) -> None:
    assert ServerSettings(host=host).address == address


def test_only_loopback_unless_told_otherwise() -> None:
    assert ServerSettings().host == "127.0.0.1"


@pytest.mark.parametrize(
    ("speed", "start", "settings"),
    [
        ("1", "", ClockSettings()),
        ("0", "1767225600000", ClockSettings(0, 1_767_225_600_000)),
        ("60", "2026-01-01T00:00:00Z", ClockSettings(60_000_000, 1_767_225_600_000)),
        ("0.5", "2026-01-01", ClockSettings(500_000, 1_767_225_600_000)),
        ("1", "2026-01-01T02:00:00.5+02:00", ClockSettings(1_000_000, 1_767_225_600_500)),
    ],
)
def test_speed_and_start_of_the_clock(speed: str, start: str, settings: ClockSettings) -> None:
    assert clock_settings(speed, start) == settings


@pytest.mark.parametrize(
    ("speed", "start", "sentence"),
    [
        ("-1", "", "--speed '-1' is no speed"),
        ("fast", "", "--speed 'fast' is no speed"),
        ("100001", "", "--speed '100001' is no speed"),
        ("1", "tomorrow", "--start 'tomorrow' is no time"),
        ("1", "2016-12-31", "--start '2016-12-31' is no time"),
        ("1", "2050-01-01T00:00:00Z", "--start '2050-01-01T00:00:00Z' is no time"),
        ("1", "0", "--start '0' is no time"),
        ("1", "9999999999999", "--start '9999999999999' is no time"),
        ("1", "99999999999999999999", "is no time"),
    ],
)
def test_a_clock_that_cannot_be_is_refused(speed: str, start: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        clock_settings(speed, start)
