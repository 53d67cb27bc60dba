"""Settings of an account in spot mode: what clients set at the start, and what is refused with which code."""

import pytest

from lonja.edge.rest.tables.account import OPERATIONS
from lonja.modules.identity.api import Permission
from tests.edge.house import TRADER, House

QUIET = "QUIET-USDT"


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("set-account-level", {"acctLv": "1"}, {"acctLv": "1"}),
        ("set-account-level", {"acctLv": 1}, {"acctLv": "1"}),
        ("set-position-mode", {"posMode": "net_mode"}, {"posMode": "net_mode"}),
        ("set-isolated-mode", {"isoMode": "automatic", "type": "MARGIN"}, {"isoMode": "automatic"}),
        ("set-fee-type", {"feeType": "0"}, {"feeType": "0"}),
        ("set-greeks", {"greeksType": "PA"}, {"greeksType": "PA"}),
        ("set-auto-loan", {"autoLoan": False}, {"autoLoan": False}),
        ("set-auto-repay", {"autoRepay": "false"}, {"autoRepay": False}),
        ("set-trading-config", {"type": "stgyType", "stgyType": "0"}, {"type": "stgyType", "stgyType": "0"}),
        (
            "set-leverage",
            {"instId": QUIET, "lever": 1, "mgnMode": "cross"},
            {"instId": QUIET, "lever": "1", "mgnMode": "cross", "posSide": "net"},
        ),
        (
            "account-level-switch-preset",
            {"acctLv": "1"},
            {"acctLv": "1", "curAcctLv": "1", "lever": "", "riskOffsetType": ""},
        ),
    ],
)
async def test_what_spot_mode_is_anyway_can_be_set(
    rest: House, path: str, body: dict[str, object], answer: dict[str, object]
) -> None:
    before = (await rest.trader.get("account/config")).data
    assert (await rest.trader.post(f"account/{path}", body)).row == answer
    assert (await rest.trader.get("account/config")).data == before


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("set-account-level", {}, "50014"),
        ("set-account-level", {"acctLv": "5"}, "51000"),
        ("set-account-level", {"acctLv": "3"}, "51070"),
        ("set-account-level", {"acctLv": "4"}, "51070"),
        ("account-level-switch-preset", {"acctLv": "3"}, "51070"),
        ("set-position-mode", {"posMode": "both"}, "51000"),
        ("set-position-mode", {"posMode": "long_short_mode"}, "51010"),
        ("set-isolated-mode", {"isoMode": "automatic", "type": "SPOT"}, "51000"),
        ("set-isolated-mode", {"isoMode": "autonomy", "type": "MARGIN"}, "51000"),
        ("set-isolated-mode", {"isoMode": "auto_transfers_ccy", "type": "MARGIN"}, "51010"),
        ("set-fee-type", {"feeType": "2"}, "51000"),
        ("set-fee-type", {"feeType": "1"}, "59679"),
        ("set-greeks", {"greeksType": "BS"}, "51010"),
        ("set-auto-loan", {}, "54001"),
        ("set-auto-loan", {"autoLoan": "yes"}, "51000"),
        ("set-auto-repay", {}, "50014"),
        ("set-auto-repay", {"autoRepay": True}, "51010"),
        ("set-trading-config", {"type": "other"}, "51000"),
        ("set-trading-config", {"type": "stgyType", "stgyType": "1"}, "59520"),
        ("set-leverage", {"mgnMode": "cross"}, "50014"),
        ("set-leverage", {"lever": "1", "mgnMode": "cash"}, "51000"),
        ("set-leverage", {"lever": "1", "mgnMode": "cross", "posSide": "up"}, "51000"),
        ("set-leverage", {"lever": "1", "mgnMode": "cross"}, "50015"),
        ("set-leverage", {"lever": "1", "mgnMode": "cross", "instId": "NONE"}, "51001"),
        ("set-leverage", {"lever": "1", "mgnMode": "cross", "ccy": "NONE"}, "51012"),
        ("set-leverage", {"lever": "5", "mgnMode": "cross", "instId": QUIET}, "51010"),
        ("set-auto-earn", {"ccy": "BTC", "action": "lend"}, "51000"),
        ("set-auto-earn", {"ccy": "NONE", "action": "turn_on"}, "51012"),
        ("set-auto-earn", {"ccy": "BTC", "action": "turn_on"}, "59671"),
        ("set-settle-currency", {"settleCcy": "NONE"}, "51012"),
        ("set-settle-currency", {"settleCcy": "USDT"}, "59686"),
        ("set-collateral-assets", {}, "51010"),
        ("set-riskOffset-amt", {"ccy": "BTC", "clSpotInUseAmt": "1"}, "51010"),
        ("activate-option", {}, "51010"),
        ("spot-manual-borrow-repay", {"ccy": "BTC", "side": "lend", "amt": "1"}, "51000"),
        ("spot-manual-borrow-repay", {"ccy": "NONE", "side": "borrow", "amt": "1"}, "51012"),
        ("spot-manual-borrow-repay", {"ccy": "BTC", "side": "borrow", "amt": "0"}, "51000"),
        ("spot-manual-borrow-repay", {"ccy": "BTC", "side": "borrow", "amt": "1"}, "59410"),
        ("spot-manual-borrow-repay", {"ccy": "BTC", "side": "repay", "amt": "1"}, "59413"),
        ("borrow-repay", {"ccy": "BTC", "side": "borrow", "amt": "1"}, "59410"),
        ("position/margin-balance", {"instId": QUIET, "posSide": "net", "type": "add", "amt": "1"}, "59300"),
        ("move-positions", {"fromAcct": "0", "toAcct": "a", "legs": [], "clientId": "m"}, "51023"),
        ("move-positions", {"fromAcct": "0", "toAcct": "a", "clientId": "m"}, "50014"),
        ("mmp-reset", {"instFamily": "BTC-USD"}, "59509"),
        ("mmp-config", {"instFamily": "a", "timeInterval": 1, "frozenInterval": 1, "qtyLimit": 1}, "51010"),
        ("position-builder", {"simPos": [{"instId": "x"}]}, "51010"),
        ("position-builder-graph", {"type": "mmr", "mmrConfig": {"acctLv": "3"}}, "51070"),
        ("demo-adjust-balance", {"type": "1", "adjustments": [{"ccy": "USDT", "amt": "1"}]}, "50062"),
        ("bills-history-archive", {"year": "2023"}, "50014"),
    ],
)
async def test_what_spot_mode_does_not_have_is_refused(
    rest: House, path: str, body: dict[str, object], code: str
) -> None:
    before = rest.balances(), (await rest.trader.get("account/config")).data
    reply = await rest.trader.post(f"account/{path}", body)
    assert (reply.code, reply.data) == (code, [])
    assert (rest.balances(), (await rest.trader.get("account/config")).data) == before


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("positions", {"instType": "SWAP", "instId": "BTC-USDT-SWAP"}),
        ("positions-history", {"instType": "SWAP", "mgnMode": "cross", "limit": "10"}),
        ("greeks", {"ccy": "BTC"}),
        ("position-tiers", {"instType": "SWAP", "instFamily": "BTC-USDT"}),
        ("collateral-assets", {}),
        ("interest-accrued", {"type": "2", "after": "1"}),
        ("interest-rate", {"ccy": "BTC"}),
        ("spot-borrow-repay-history", {"type": "manual_borrow"}),
        ("mmp-config", {"instFamily": "BTC-USD"}),
        ("move-positions-history", {"limit": "5"}),
    ],
)
async def test_lists_of_what_spot_mode_does_not_have_are_empty(rest: House, path: str, params: dict[str, str]) -> None:
    reply = await rest.trader.get(f"account/{path}", **params)
    assert (reply.code, reply.data) == ("0", [])


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("positions-history", {"instType": "STOCK"}, "51000"),
        ("positions-history", {"limit": "101"}, "51000"),
        ("positions-history", {"mgnMode": "none"}, "51000"),
        ("interest-accrued", {"after": "x"}, "51000"),
        ("greeks", {"ccy": ",".join(f"C{n}" for n in range(21))}, "50025"),
        ("position-tiers", {"instType": "SWAP"}, "50014"),
        ("leverage-info", {"instId": QUIET}, "50014"),
        ("leverage-info", {"mgnMode": "cash", "instId": QUIET}, "51000"),
        ("leverage-info", {"mgnMode": "cross"}, "50015"),
        ("leverage-info", {"mgnMode": "cross", "instId": "NONE"}, "51001"),
        ("leverage-info", {"mgnMode": "cross", "ccy": "NONE"}, "51012"),
        ("adjust-leverage-info", {"instType": "MARGIN", "mgnMode": "cross", "lever": "3"}, "51010"),
        ("set-account-switch-precheck", {"acctLv": "9"}, "51000"),
        ("set-account-switch-precheck", {"acctLv": "4"}, "51070"),
        ("precheck-set-delta-neutral", {"stgyType": "1"}, "59520"),
        ("interest-limits", {"type": "3"}, "51000"),
        ("bills-history-archive", {"year": "2023", "quarter": "Q1"}, "50062"),
    ],
)
async def test_questions_refused(rest: House, path: str, params: dict[str, str], code: str) -> None:
    reply = await rest.trader.get(f"account/{path}", **params)
    assert (reply.code, reply.data) == (code, [])


async def test_leverage_is_one(rest: House) -> None:
    rows = (await rest.trader.get("account/leverage-info", instId=f"{QUIET},BTC-USDT", mgnMode="cross")).data
    assert [(row["instId"], row["lever"], row["posSide"]) for row in rows] == [
        ("BTC-USDT", "1", "net"),
        (QUIET, "1", "net"),
    ]
    row = (await rest.trader.get("account/leverage-info", ccy="USDT", mgnMode="isolated")).row
    assert row == {"instId": "", "ccy": "USDT", "mgnMode": "isolated", "posSide": "net", "lever": "1"}


async def test_states_of_an_account_without_debts(rest: House) -> None:
    get = rest.trader.get
    assert (await get("account/risk-state")).row["atRisk"] is False
    risk = (await get("account/account-position-risk")).row
    assert [(balance["ccy"], balance["eq"]) for balance in risk["balData"]] == [
        ("USDT", "1000000"),
        ("QUIET", "10000"),
        ("BTC", "10"),
    ]
    assert risk["posData"] == []
    limits = (await get("account/interest-limits")).row
    assert (limits["debt"], limits["records"]) == ("0", [])
    check = (await get("account/set-account-switch-precheck", acctLv="1")).row
    assert (check["sCode"], check["unmatchedInfoCheck"]) == ("0", [])
    assert (await get("account/precheck-set-delta-neutral", stgyType="0")).row == {"unmatchedInfoCheck": []}


async def test_bill_types(rest: House) -> None:
    rows = (await rest.trader.get("account/subtypes")).data
    assert {row["type"]: [sub["subType"] for sub in row["subTypeDetails"]] for row in rows} == {
        "1": ["11", "12", "200", "201"],
        "2": ["1", "2", "3", "4", "5", "6"],
        "3": ["112", "113"],
        "4": ["114", "115"],
        "5": ["100", "101", "102", "103", "104", "105", "106", "107", "109"],
        "6": ["160", "161", "162"],
        "7": ["9"],
        "8": ["173", "174"],
        "9": ["125", "126", "127", "128"],
        "10": ["108"],
        "16": ["306"],
        "22": ["308"],
    }
    assert [row["type"] for row in (await rest.trader.get("account/subtypes", type="2,7,13")).data] == ["2", "7"]


async def test_every_setting_needs_the_permission_to_trade(rest: House) -> None:
    reader = rest.caller(TRADER, permissions=())
    for operation in OPERATIONS:
        if operation.permission is Permission.TRADE:
            reply = await reader.post(operation.path.removeprefix("/api/v5/"), {})
            assert reply.code == "50120", operation.name
