"""A signed-in page trades like any client, with a key that lives no longer than its session."""

import pytest

from lonja.modules.identity import session_keys
from lonja.modules.identity.api import CreatedKey
from lonja.primitives.instant import MINUTE_MS
from tests.edge.account.conftest import Caller, Office, Reply
from tests.edge.house import Caller as Trader

PAGE = "203.0.113.7"


async def opened(page: Caller) -> Reply:
    answer = await page.call("POST", "/me/trading-key")
    assert answer.status == 201, answer
    return answer


def trader(office: Office, answer: Reply, address: str = PAGE) -> Trader:
    key = office.house.services.identity.find_key(answer.body["api_key"])
    assert key is not None
    return Trader(office.house, CreatedKey(key, answer.body["secret_key"], answer.body["passphrase"]), address)


@pytest.fixture(autouse=True)
def _ask_at_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_keys, "CHECK_SECONDS", -1.0)


async def test_it_reads_and_trades_and_never_withdraws(office: Office) -> None:
    page = office.browser()
    await page.sign_up()
    own = trader(office, await opened(page))
    config = (await own.get("account/config")).row
    assert (config["perm"], config["label"], config["ip"]) == ("read_only,trade", "page", PAGE)
    withdrawal = {"ccy": "USDT", "amt": "1", "dest": "4", "toAddr": "x"}
    assert (await own.post("asset/withdrawal", withdrawal)).code == "50120"
    assert (await page.call("GET", "/keys")).body == [], "it is none of the keys that people manage"


async def test_it_works_from_the_address_of_its_page_alone(office: Office) -> None:
    page = office.browser()
    await page.sign_up()
    stolen = trader(office, await opened(page), "198.51.100.9")
    assert (await stolen.get("account/config")).code == "50110"


async def test_it_needs_a_session_and_the_proof_of_a_page(office: Office) -> None:
    stranger, page = office.browser(), office.browser()
    assert (await stranger.call("POST", "/me/trading-key")).code == "signed_out"
    await page.sign_up()
    page.headers["x-csrf-token"] = "guessed"
    assert (await page.call("POST", "/me/trading-key")).code == "csrf_failed"


async def test_a_page_loaded_anew_learns_its_proof_again(office: Office) -> None:
    page = office.browser()
    await page.sign_up()
    known = page.headers.pop("x-csrf-token")
    assert (await page.call("GET", "/me/csrf-token")).body == {"csrf_token": known}
    assert (await opened(page)).status == 201


async def test_it_ends_with_its_session_and_with_no_other(office: Office) -> None:
    page, other = office.browser(), office.browser()
    await page.sign_up()
    await other.sign_up("bob@example.com")
    own, others = trader(office, await opened(page)), trader(office, await opened(other))
    assert (await page.call("DELETE", "/sign-in")).status == 204
    assert (await own.get("account/config")).code == "50111"
    assert (await others.get("account/config")).code == "0"


async def test_being_used_by_a_program_does_not_keep_a_session_open(office: Office) -> None:
    page = office.browser()
    await page.sign_up()
    own = trader(office, await opened(page))
    for _ in range(4):
        office.town.wait(20 * MINUTE_MS)
        last = await own.get("account/config")
    assert last.code == "50111"


async def test_the_page_opened_first_loses_its_key_to_one_too_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_keys, "KEYS_PER_ACCOUNT_MAX", 2)
    page = office.browser()
    await page.sign_up()
    first, second, third = [trader(office, await opened(page)) for _ in range(3)]
    codes = [(await one.get("account/config")).code for one in (first, second, third)]
    assert codes == ["50111", "0", "0"]
