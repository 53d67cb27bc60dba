"""Mass cancellation over a real socket: what is documented for option market makers is refused in documented ways."""

from pathlib import Path
from typing import Any

from tests.edge.ws.house import TRADER, House, open_house

GOOD = {"instType": "OPTION", "instFamily": "BTC-USD"}

# argument, code; in the order in which refusals are judged
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"instFamily": "BTC-USD"}, "50014"),
    ({"instType": "OPTION"}, "50014"),
    ({**GOOD, "instType": "SPOT"}, "51000"),
    ({**GOOD, "instType": ["OPTION"]}, "51000"),
    ({**GOOD, "lockInterval": "10001"}, "51000"),
    ({**GOOD, "lockInterval": "-1"}, "51000"),
    ({**GOOD, "lockInterval": "10000"}, "51411"),
    ({**GOOD, "lockInterval": 0}, "51411"),
    (GOOD, "51411"),
]


async def test_each_refusal_has_its_documented_code(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for arg, code in REFUSALS:
            answer = await client.ask({"id": "1512", "op": "mass-cancel", "args": [arg]})
            assert set(answer) == {"id", "op", "code", "msg", "data"}
            assert (answer["id"], answer["op"], answer["code"], answer["data"]) == ("1512", "mass-cancel", code, []), (
                arg
            )
            assert answer["msg"]


async def test_malformed_arguments_are_answered_in_the_form_of_the_operation(house: House) -> None:
    async with house.client("private", TRADER) as client:
        for args in ([], None, "x", [5], [GOOD, GOOD]):
            answer = await client.ask({"id": "1", "op": "mass-cancel", "args": args})
            assert (answer["op"], answer["code"], answer["data"]) == ("mass-cancel", "60013", []), args


async def test_it_wants_a_login_and_the_private_endpoint(house: House) -> None:
    for endpoint, code in (("private", "60011"), ("business", "60028"), ("public", "60028")):
        async with house.client(endpoint) as client:
            answer = await client.ask({"id": "1", "op": "mass-cancel", "args": [GOOD]})
            assert (answer["event"], answer["code"], answer["id"]) == ("error", code, "1")


async def test_five_in_two_seconds_are_shared_by_all_connections(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, rate_limits=True) as house,
        house.client("private", TRADER) as one,
        house.client("private", TRADER) as two,
    ):
        codes = [
            (await client.ask({"id": "1", "op": "mass-cancel", "args": [GOOD]}))["code"]
            for client in (one, two, one, two, one, two)
        ]
        assert codes == ["51411"] * 5 + ["50011"]
