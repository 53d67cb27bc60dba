"""From client text to a request, or to the documented error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lonja.edge.wire.ws_requests import (
    ARGS_BYTES_MAX,
    Request,
    RequestError,
    expire_time_ms,
    parse_login,
    parse_request,
)


def _refusal(text: bytes) -> RequestError:
    with pytest.raises(RequestError) as refused:
        parse_request(text)
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"hello",
        b"null",
        b"[]",
        b'"ping"',
        b"{}",
        b'{"op":null}',
        b'{"op":5,"args":[]}',
        b'{"op":""}',
        b'{"op":"ping"}',
        b'{"event":"ping"}',
        b'{"op":"subscribe","args":[{"channel":"tickers"}',
        b"[" * 5_000,
        b'{"a":' * 3_000,
        '{"op":"\ud800"}'.encode("utf-8", "surrogatepass"),
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_quoted_back(text: bytes) -> None:
    refusal = _refusal(text)
    assert refusal.code == "60012"
    assert refusal.message == "Illegal request: " + text.decode("utf-8", "replace")


def test_the_quoted_request_shows_its_id_to_clients_that_look_for_it() -> None:
    text = b'{"id":"7","op":"ping"}'
    assert json.loads(_refusal(text).message.removeprefix("Illegal request: "))["id"] == "7"


@pytest.mark.parametrize("bad_id", ["a b", "x" * 65, "ä", "{}", "\u0661"])
def test_an_id_that_is_none_is_an_invalid_argument(bad_id: str) -> None:
    assert _refusal(json.dumps({"op": "subscribe", "id": bad_id, "args": []}).encode()).code == "60013"


@pytest.mark.parametrize(("given_id", "echoed"), [('"ab12"', "ab12"), ("12", "12"), ("null", ""), ('""', "")])
def test_an_id_is_echoed_as_text(given_id: str, echoed: str) -> None:
    assert parse_request(f'{{"id":{given_id},"op":"subscribe","args":[]}}'.encode()).id == echoed


@pytest.mark.parametrize("args", ["null", "5", '"x"', "{}", "[1]", '["spot/ticker:BTC-USDT"]', "[null]", "[[]]"])
def test_arguments_that_are_no_list_of_objects_are_told_apart(args: str) -> None:
    assert parse_request(f'{{"op":"subscribe","args":{args}}}'.encode()).args is None


def test_fractions_stay_text() -> None:
    request = parse_request(b'{"op":"order","args":[{"px":0.00000001,"sz":1.50,"n":3}]}')
    assert request.args == [{"px": "0.00000001", "sz": "1.50", "n": 3}]


def test_a_request_longer_than_64_kb_is_an_invalid_argument() -> None:
    arg = json.dumps({"channel": "x" * ARGS_BYTES_MAX})
    assert _refusal(f'{{"op":"subscribe","id":"1","args":[{arg}]}}'.encode()).code == "60013"


@given(text=st.binary(max_size=60))
def test_no_text_raises_anything_else(text: bytes) -> None:
    refused = None
    try:
        parse_request(text)
    except RequestError as reason:
        refused = reason
    assert refused is None or refused.code in ("60012", "60013")


def _login(arg: str) -> Request:
    return parse_request(f'{{"op":"login","args":[{arg}]}}'.encode())


@pytest.mark.parametrize(
    ("timestamp", "signed"),
    [
        ('"1538054050"', "1538054050"),
        ("1538054050", "1538054050"),
        ('"1538054050.975"', "1538054050.975"),
        ("1538054050.9750", "1538054050.9750"),
        ("1.538e9", "1.538e9"),
        ('"15\\u0033"', "153"),
    ],
)
def test_the_timestamp_is_the_text_that_was_signed(timestamp: str, signed: str) -> None:
    request = _login(f'{{"apiKey":"k","passphrase":"p","sign":"s","timestamp": {timestamp} }}')
    assert parse_login(request, simulated=False).timestamp == signed


@pytest.mark.parametrize(
    ("arg", "code"),
    [
        ('{"passphrase":"p","sign":"s","timestamp":"1"}', "60005"),
        ('{"apiKey":"","passphrase":"p","sign":"s","timestamp":"1"}', "60005"),
        ('{"apiKey":5,"passphrase":"p","sign":"s","timestamp":"1"}', "60005"),
        ('{"apiKey":"k","passphrase":"p","timestamp":"1"}', "60007"),
        ('{"apiKey":"k","passphrase":"p","sign":"s"}', "60004"),
        ('{"apiKey":"k","passphrase":"p","sign":"s","timestamp":null}', "60004"),
        ('{"apiKey":"k","passphrase":null,"sign":"s","timestamp":"1"}', "60024"),
        ("", "60009"),
        ("{},{}", "60009"),
        ("5", "60013"),
    ],
)
def test_a_login_that_lacks_something_says_what(arg: str, code: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_login(_login(arg), simulated=False)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("value", "time_ms"), [("null", None), ('""', None), ('"1700000000000"', 1_700_000_000_000), ("5", 5)]
)
def test_an_expiry_is_a_number_or_text(value: str, time_ms: int | None) -> None:
    assert expire_time_ms(parse_request(f'{{"op":"order","args":[],"expTime":{value}}}'.encode())) == time_ms


@pytest.mark.parametrize("value", ['"x"', "-5", "1.5", "true", "[]", '"99999999999999999999"', '"\u0661"'])
def test_another_expiry_is_an_invalid_argument(value: str) -> None:
    with pytest.raises(RequestError) as refused:
        expire_time_ms(parse_request(f'{{"op":"order","args":[],"expTime":{value}}}'.encode()))
    assert refused.value.code == "60013"
