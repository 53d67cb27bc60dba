"""API keys of people: made behind a step-up, seen once, and good for the trading API at once."""

import pytest

from lonja.modules.identity.api import CreatedKey
from lonja.primitives.instant import DAY_MS, MINUTE_MS
from tests.edge.account.conftest import Office
from tests.edge.house import PASSPHRASE
from tests.edge.house import Caller as Trader

FORM = {"label": "bot", "passphrase": PASSPHRASE, "permissions": ["trade"]}


async def test_a_key_made_here_trades_there(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    made = await laptop.call("POST", "/keys", FORM)
    assert (made.status, made.body["permissions"]) == (201, ["read", "trade"])
    key = office.house.services.identity.find_key(made.body["api_key"])
    assert key is not None
    assert key.secret.decode() == made.body["secret_key"]
    trader = Trader(office.house, CreatedKey(key, made.body["secret_key"], PASSPHRASE))
    assert (await trader.get("account/config")).row["perm"] == "read_only,trade"
    (listed,) = (await laptop.call("GET", "/keys")).body
    assert "secret_key" not in listed
    assert (await laptop.call("DELETE", f"/keys/{listed['api_key']}")).status == 204
    assert (await trader.get("account/config")).code == "50111"
    assert [template for _, template, _ in office.town.post.sent[-2:]] == ["api_key_created", "api_key_removed"]


REFUSED = [
    ("withdraws from anywhere", {"permissions": ["withdraw"]}, "key_networks_missing"),
    ("an unknown permission", {"permissions": ["admin"]}, "request_invalid"),
    ("a short passphrase", {"passphrase": "short"}, "key_refused"),
    ("no network", {"networks": ["localhost"]}, "key_refused"),
    ("too many networks", {"networks": [f"203.0.113.{n}" for n in range(21)]}, "key_refused"),
    ("a label with a line break", {"label": "a\nb"}, "key_refused"),
]


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_refused_keys(office: Office, change: dict[str, object], code: str) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    assert (await laptop.call("POST", "/keys", FORM | change)).code == code
    assert (await laptop.call("GET", "/keys")).body == []


async def test_making_one_needs_a_step_up_removing_one_does_not(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    made = (await laptop.call("POST", "/keys", FORM)).body
    office.town.wait(6 * MINUTE_MS)
    assert (await laptop.call("POST", "/keys", FORM)).code == "step_up_required"
    assert (await laptop.call("DELETE", f"/keys/{made['api_key']}")).status == 204


async def test_the_right_to_withdraw_waits_a_day(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    form = FORM | {"permissions": ["withdraw"], "networks": ["127.0.0.1"]}
    assert (await laptop.call("POST", "/keys", form)).code == "key_addresses_missing"
    wallet = {"network": "BTC", "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "label": "mine"}
    assert (await laptop.call("POST", "/addresses", wallet)).status == 201
    made = (await laptop.call("POST", "/keys", form)).body
    assert made["withdraw_from_ms"] == office.town.now_ms + DAY_MS
    key = office.house.services.identity.find_key(made["api_key"])
    assert key is not None
    trader = Trader(office.house, CreatedKey(key, made["secret_key"], PASSPHRASE))
    withdrawal = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "x"}
    assert (await trader.post("asset/withdrawal", withdrawal)).code == "50120"
    office.house.clock.set_ms(made["withdraw_from_ms"])
    assert (await trader.post("asset/withdrawal", withdrawal)).code != "50120"


async def test_the_owner_sees_from_where_a_key_was_used_and_how_often(office: Office) -> None:
    laptop, mallory = office.browser(), office.browser()
    await laptop.sign_up()
    await mallory.sign_up("mallory@example.com")
    made = (await laptop.call("POST", "/keys", FORM)).body
    path = f"/keys/{made['api_key']}/uses"
    assert (await laptop.call("GET", path)).body == []
    key = office.house.services.identity.find_key(made["api_key"])
    assert key is not None
    trader = Trader(office.house, CreatedKey(key, made["secret_key"], PASSPHRASE))
    for _ in range(3):
        await trader.get("account/balance")
    (use,) = (await laptop.call("GET", path)).body
    assert use["count"] == 3
    assert use["address"] == "127.0.0.1"
    assert (await mallory.call("GET", path)).code == "key_not_found"
    assert (await laptop.call("DELETE", f"/keys/{made['api_key']}")).status == 204
    assert office.house.services.identity.key_uses.of(made["api_key"]) == []


async def test_nobody_removes_the_key_of_another(office: Office) -> None:
    laptop, mallory = office.browser(), office.browser()
    await laptop.sign_up()
    await mallory.sign_up("mallory@example.com")
    made = (await laptop.call("POST", "/keys", FORM)).body
    assert (await mallory.call("DELETE", f"/keys/{made['api_key']}")).code == "key_not_found"
    assert (await mallory.call("GET", "/keys")).body == []
