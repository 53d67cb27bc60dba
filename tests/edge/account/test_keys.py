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
    ("a sub-account of nobody", {"sub_account": "nobody1"}, "sub_account_not_found"),
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
    assert (use["address"], use["country"]) == ("127.0.0.1", office.town.people.country_of("127.0.0.1"))
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


async def test_a_key_gets_another_name_and_other_addresses(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    made = (await laptop.call("POST", "/keys", FORM)).body
    path = f"/keys/{made['api_key']}"
    (listed,) = (await laptop.call("GET", "/keys")).body
    assert listed["lapses_ms"] == listed["last_used_ms"] + 14 * DAY_MS
    changed = await laptop.call("PUT", path, {"label": " desk ", "networks": ["203.0.113.7", "198.51.100.0/24"]})
    assert changed.body == (await laptop.call("GET", "/keys")).body[0]
    assert changed.body["label"] == "desk"
    assert changed.body["networks"] == ["203.0.113.7/32", "198.51.100.0/24"]
    assert changed.body["lapses_ms"] == 0
    assert office.town.post.sent[-1][1] == "api_key_changed"
    key = office.house.services.identity.find_key(made["api_key"])
    assert key is not None
    elsewhere = Trader(office.house, CreatedKey(key, made["secret_key"], PASSPHRASE))
    assert (await elsewhere.get("account/config")).code == "50110"
    assert (await laptop.call("PUT", path, {"label": "desk", "networks": ["here"]})).code == "key_refused"
    assert (await laptop.call("PUT", "/keys/other", {"label": "", "networks": []})).code == "key_not_found"
    office.town.wait(6 * MINUTE_MS)
    assert (await laptop.call("PUT", path, {"label": "", "networks": []})).code == "step_up_required"


async def test_a_key_that_withdraws_stays_bound_to_addresses(office: Office) -> None:
    laptop = office.browser()
    await laptop.sign_up()
    wallet = {"network": "BTC", "address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "label": "mine"}
    await laptop.call("POST", "/addresses", wallet)
    form = FORM | {"permissions": ["withdraw"], "networks": ["203.0.113.7"]}
    made = (await laptop.call("POST", "/keys", form)).body
    change = {"label": "bot", "networks": []}
    assert (await laptop.call("PUT", f"/keys/{made['api_key']}", change)).code == "key_networks_missing"


async def test_keys_of_sub_accounts_are_made_and_listed_by_their_owner(office: Office) -> None:
    laptop, identity = office.browser(), office.house.services.identity
    await laptop.sign_up()
    master = office.town.people.user(1).account
    assert master is not None
    identity.sub_accounts.register(master, master + 1, "mybots", "")
    choices = (await laptop.call("GET", "/keys/choices")).body
    assert choices == {
        "sub_accounts": ["mybots"],
        "keys_max": 50,
        "networks_max": 20,
        "unused_days_max": 14,
        "withdraw_wait_ms": DAY_MS,
    }
    own = (await laptop.call("POST", "/keys", FORM)).body
    made = (await laptop.call("POST", "/keys", FORM | {"sub_account": "mybots"})).body
    found = identity.find_key(made["api_key"])
    assert found is not None
    assert found.account == master + 1
    listed = [(key["api_key"], key["sub_account"]) for key in (await laptop.call("GET", "/keys")).body]
    assert listed == [(own["api_key"], ""), (made["api_key"], "mybots")]
    bound = FORM | {"sub_account": "mybots", "permissions": ["withdraw"], "networks": ["203.0.113.7"]}
    assert (await laptop.call("POST", "/keys", bound)).code == "key_withdraws_not"
    assert (await laptop.call("DELETE", f"/keys/{made['api_key']}")).status == 204
