"""Who may ask: headers in the documented order, signature, clock, address, environment, permissions."""

import asyncio
import base64
import json
import threading
from pathlib import Path
from typing import Any

import ccxt
import pytest

from lonja.edge.auth import Signer, parse_timestamp
from lonja.modules.identity import passphrases
from tests.edge.house import PASSPHRASE, START_MS, TRADER, House, iso, order, request, sign

CONFIG = "/api/v5/account/config"


@pytest.mark.parametrize("length", [0, 1, 32, 63, 64, 65, 200])
def test_the_signer_gives_what_hmac_gives(length: int) -> None:
    secret = "s" * length
    assert Signer(secret.encode()).sign(b"some text").decode() == sign(secret, b"some text")


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2023-11-14T22:13:20.123Z", START_MS + 123),
        ("2023-11-14T22:13:20Z", START_MS),
        ("1700000000", START_MS),
        ("1700000000.5", START_MS + 500),
        ("1700000000.1234", START_MS + 123),
        ("", None),
        ("now", None),
        ("2023-11-14 25:13:20Z", None),
        ("2023-11-14T22:13:20.123", None),
        ("-1700000000", None),
        ("1e9", None),
        ("9" * 40, None),
        ("\uff11\uff17\uff10", None),
        ("Z", None),
    ],
)
def test_timestamps(text: str, time_ms: int | None) -> None:
    assert parse_timestamp(text) == time_ms


async def test_a_signed_request_is_admitted(rest: House) -> None:
    assert (await rest.trader.get("account/config")).row["uid"] == "10000002"


@pytest.mark.parametrize(
    ("absent", "code"),
    [
        (("KEY", "PASSPHRASE", "SIGN", "TIMESTAMP"), "50103"),
        (("PASSPHRASE", "SIGN", "TIMESTAMP"), "50104"),
        (("SIGN", "TIMESTAMP"), "50106"),
        (("TIMESTAMP",), "50107"),
    ],
)
async def test_missing_headers_are_told_in_order(rest: House, absent: tuple[str, ...], code: str) -> None:
    key = rest.trader.key
    headers = {
        "OK-ACCESS-KEY": key.key.api_key,
        "OK-ACCESS-PASSPHRASE": PASSPHRASE,
        "OK-ACCESS-SIGN": "x",
        "OK-ACCESS-TIMESTAMP": iso(START_MS),
    }
    left = {name: value for name, value in headers.items() if name.removeprefix("OK-ACCESS-") not in absent}
    reply = await request(rest.app, "GET", CONFIG, headers=left)
    assert (reply.status, reply.code, reply.data) == (401, code, [])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"OK-ACCESS-KEY": "nobody", "OK-ACCESS-PASSPHRASE": "wrong", "OK-ACCESS-SIGN": "wrong"}, "50111"),
        ({"OK-ACCESS-PASSPHRASE": "wrong", "OK-ACCESS-SIGN": "wrong"}, "50105"),
        ({"OK-ACCESS-SIGN": "wrong", "OK-ACCESS-TIMESTAMP": iso(START_MS - 60_000)}, "50113"),
        ({"OK-ACCESS-SIGN": "é" * 44}, "50113"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-TIMESTAMP": iso(START_MS - 30_001)}, "50102"),
        ({"OK-ACCESS-TIMESTAMP": iso(START_MS + 30_001)}, "50102"),
    ],
)
async def test_wrong_headers_are_told_in_order(rest: House, headers: dict[str, str | None], code: str) -> None:
    reply = await rest.trader.call("GET", CONFIG, headers=headers)
    assert (reply.status, reply.code) == (401, code)


@pytest.mark.parametrize("timestamp", [iso(START_MS - 30_000), iso(START_MS + 29_999), "1700000000", "1700000000.000"])
async def test_the_clock_may_be_off_by_half_a_minute(rest: House, timestamp: str) -> None:
    assert (await rest.trader.call("GET", CONFIG, headers={"OK-ACCESS-TIMESTAMP": timestamp})).code == "0"


async def test_the_signature_covers_the_target_as_sent(rest: House) -> None:
    # Some clients encode the comma, others do not; both sign what they send.
    for target in ("/api/v5/account/balance?ccy=BTC%2CUSDT", "/api/v5/account/balance?ccy=BTC,USDT"):
        reply = await rest.trader.call("GET", target)
        assert [detail["ccy"] for detail in reply.row["details"]] == ["USDT", "BTC"]
    signed = sign(rest.trader.key.secret, f"{iso(START_MS)}GET/api/v5/account/balance?ccy=BTC,USDT".encode())
    encoded = "/api/v5/account/balance?ccy=BTC%2CUSDT"
    assert (await rest.trader.call("GET", encoded, headers={"OK-ACCESS-SIGN": signed})).code == "50113"


async def test_the_signature_covers_the_body_as_sent(rest: House) -> None:
    spaced, compact = json.dumps(order(clOrdId="a")), json.dumps(order(clOrdId="b"), separators=(",", ":"))
    assert (await rest.trader.post("trade/order", spaced.encode())).code == "0"
    assert (await rest.trader.post("trade/order", compact.encode())).code == "0"
    signed = sign(rest.trader.key.secret, f"{iso(START_MS)}POST/api/v5/trade/order{spaced}".encode())
    forged = spaced.replace('"sz": "1"', '"sz": "9"').encode()
    assert (await rest.trader.post("trade/order", forged, headers={"OK-ACCESS-SIGN": signed})).code == "50113"


async def test_a_request_repeated_within_the_window_is_judged_like_the_first(rest: House) -> None:
    first, second = [await rest.trader.place(clOrdId="same") for _ in range(2)]
    assert (first.code, second.refusal) == ("0", "51016")


async def test_guessing_the_passphrase_of_a_key_does_not_lock_out_its_owner(rest: House) -> None:
    owner = rest.caller(TRADER)
    for number in range(25):
        wrong: dict[str, str | None] = {"OK-ACCESS-PASSPHRASE": f"guess-{number}", "OK-ACCESS-SIGN": "x"}
        assert (await owner.call("GET", "/api/v5/account/config", headers=wrong)).code == "50105"
    assert (await owner.get("account/config")).code == "0"


async def test_wrong_passphrases_are_hashed_while_others_are_answered(
    rest: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await rest.trader.get("account/config")).code == "0"
    may_end = threading.Event()
    monkeypatch.setattr(passphrases, "passphrase_fits", lambda *_: not may_end.wait(20))
    wrong: list[dict[str, str | None]] = [
        {"OK-ACCESS-PASSPHRASE": f"guess-{number}", "OK-ACCESS-SIGN": "x"} for number in range(9)
    ]
    calls = [asyncio.create_task(rest.other.call("GET", CONFIG, headers=headers)) for headers in wrong]
    try:
        for _ in range(20):
            assert (await rest.trader.place()).code == "0"
        over = [await call for call in calls[4:]]
        assert [(reply.status, reply.code) for reply in over] == [(429, "50013")] * 5
        assert not any(call.done() for call in calls[:4])
    finally:
        may_end.set()
    assert [(await call).code for call in calls[:4]] == ["50105"] * 4


async def test_header_names_may_be_in_any_case_and_errors_are_compact(rest: House) -> None:
    reply = await rest.trader.call("GET", CONFIG, headers={"OK-ACCESS-SIGN": "wrong"})
    # A client finds out about a wrong clock by looking for exactly this text.
    assert b'"code":"50113"' in reply.raw


async def test_keys_bound_to_addresses(rest: House) -> None:
    caller = rest.caller(TRADER, networks=("10.0.0.0/8", "2001:db8::1"))
    for address, code in [
        ("10.1.2.3", "0"),
        ("::ffff:10.1.2.3", "0"),
        ("2001:db8::1", "0"),
        ("11.0.0.1", "50110"),
        ("2001:db8::2", "50110"),
        ("", "50110"),
    ]:
        caller.address = address
        reply = await caller.get("account/config")
        assert reply.code == code, address
        assert reply.status == (200 if code == "0" else 401)
    caller.address = "10.1.2.3"
    assert (await caller.get("account/config")).row["ip"] == "10.0.0.0/8,2001:db8::1"


@pytest.mark.parametrize(
    ("demo", "header", "code"),
    [
        (None, "1", "0"),
        (None, "0", "0"),
        (None, None, "0"),
        (True, "1", "0"),
        (True, "0", "50101"),
        (True, None, "50101"),
        (False, "1", "50101"),
        (False, "0", "0"),
        (False, None, "0"),
    ],
)
async def test_keys_of_the_demo_and_of_the_other_environment(
    rest: House, demo: bool | None, header: str | None, code: str
) -> None:
    caller = rest.caller(TRADER, demo=demo)
    assert (await caller.call("GET", CONFIG, headers={"x-simulated-trading": header})).code == code


async def test_permissions(rest: House) -> None:
    reader = rest.caller(TRADER, permissions=("read",))
    assert (await reader.get("account/balance")).code == "0"
    assert (await reader.get("account/config")).row["perm"] == "read_only"
    for path, body in [
        ("trade/order", order()),
        ("trade/batch-orders", [order()]),
        ("trade/cancel-order", {"instId": "QUIET-USDT", "ordId": "1"}),
        ("trade/cancel-all-after", {"timeOut": "0"}),
        ("asset/transfer", {"ccy": "USDT", "amt": "1", "from": "6", "to": "18"}),
    ]:
        reply = await reader.post(path, body)
        assert (reply.code, reply.data) == ("50120", []), path


async def test_a_removed_key_is_unknown(rest: House) -> None:
    caller = rest.caller(TRADER)
    assert (await caller.get("account/config")).code == "0"
    rest.services.identity.remove_key(caller.key.key.api_key)
    assert (await caller.get("account/config")).code == "50111"


async def test_public_questions_ignore_credentials(rest: House) -> None:
    headers: dict[str, str | None] = {"OK-ACCESS-SIGN": "wrong", "x-simulated-trading": "1"}
    assert (await rest.trader.call("GET", "/api/v5/public/time", headers=headers)).code == "0"


def _recorded(shared_folder: Path) -> list[Any]:
    path = shared_folder / "fixtures/okx-v5/recorded-client-requests/ccxt-rest.json"
    return [recorded for recorded in json.loads(path.read_text())["requests"] if recorded["signed"]]


async def test_requests_as_recorded_pass_the_signature(rest: House, shared_folder: Path) -> None:
    """Every signed request that was put on the wire, signed by the client itself."""
    client = ccxt.okx({"apiKey": rest.trader.key.key.api_key, "secret": rest.trader.key.secret, "password": PASSPHRASE})
    client.nonce = lambda: START_MS  # type: ignore[method-assign]
    for recorded in _recorded(shared_folder):
        target, body = recorded["path"], (recorded["body"] or "").encode()
        path, _, query = target.removeprefix("/api/v5/").partition("?")
        params = json.loads(body) if body else dict(pair.split("=") for pair in query.split("&") if pair)
        signed = client.sign(path, ["private"], recorded["method"], params)
        assert (signed["body"] or "").encode() == body
        headers = {name: str(value) for name, value in signed["headers"].items()}
        reply = await request(rest.app, recorded["method"], target, body, headers)
        assert reply.status == 200, (recorded["call"], reply)
        assert reply.code[:3] != "501", (recorded["call"], reply)


def test_base64_of_the_signature_is_the_usual_one() -> None:
    assert len(base64.b64decode(Signer(b"k").sign(b""))) == 32
