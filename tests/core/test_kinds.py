"""Hot modules repeat members of enumerations as plain integers; every one of them is equal to its member."""

import ast
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path

import pytest

from lonja.compiled import COMPILED_MODULES, SOURCE_ROOT
from lonja.core import kinds
from lonja.core.kinds import (
    AlgoEndCause,
    AlgoKind,
    AlgoState,
    CancelReason,
    InstrumentState,
    InstrumentType,
    Ledger,
    OrderState,
    PositionCause,
    ProfitKind,
)
from lonja.core.rejections import Rejection

ENUMERATIONS: list[type[IntEnum]] = [
    Rejection,
    *(known for known in vars(kinds).values() if isinstance(known, type) and known.__module__ == kinds.__name__),
]

RECORD_LAYOUTS = {"accounts", "book", "ledger", "orders", "seats", "words"}
"""Modules whose constants are offsets within a record; ``words`` has a test of its own."""
ENUMERATED_THERE = {("book", "BUY"), ("ledger", "FUNDING"), ("ledger", "TRADING")}
OTHER_NAMES = {
    ("placing", "ACCEPTED"): Rejection.NONE,
    ("placing", "ACCOUNT_FROZEN"): Rejection.ACCOUNT_FROZEN,
    ("placing", "OPEN_ORDERS_ACCOUNT_REACHED"): Rejection.OPEN_ORDERS_ACCOUNT_MAX,
    ("placing", "OPEN_ORDERS_INSTRUMENT_REACHED"): Rejection.OPEN_ORDERS_INSTRUMENT_MAX,
    ("admin", "ACCOUNT_FROZEN_REASON"): CancelReason.ACCOUNT_FROZEN,
    ("contracts", "FUTURES"): InstrumentType.FUTURES,
    ("instruments", "POST_ONLY_STATE"): InstrumentState.POST_ONLY,
    ("matching", "FILLED"): OrderState.FILLED,
    ("settling", "FILLED"): PositionCause.FILLED,
    ("settling", "LIQUIDATED"): PositionCause.LIQUIDATED,
    ("warning", "LIQUIDATED_REASON"): CancelReason.LIQUIDATED,
    ("matching", "STOP_PRICE"): CancelReason.PRICE_BAND,
    ("matching", "STOP_SELF_TRADE"): CancelReason.SELF_TRADE,
    ("matching", "STOP_MATCH_LIMIT"): CancelReason.MATCH_LIMIT,
    ("matching", "STOP_EMPTY"): CancelReason.NO_LIQUIDITY,
    ("ledger", "FUNDING"): Ledger.FUNDING,
    ("algos", "TRIGGER"): AlgoKind.TRIGGER,
    ("algos", "LIMIT"): ProfitKind.LIMIT,
    ("algo_ending", "CANCELED"): AlgoState.CANCELED,
    ("algo_ending", "CLOSED"): AlgoEndCause.CLOSED,
}
"""Members that are called otherwise, or whose name several enumerations have."""
LIMITS = {("placing", "OPEN_ORDERS_ACCOUNT_MAX"): 4_000, ("placing", "OPEN_ORDERS_INSTRUMENT_MAX"): 500}
"""Bounds that are called like the refusal of passing them."""


def constants() -> Iterator[tuple[str, str, int]]:
    """Module, name and value of every constant integer of the compiled modules."""
    for module in COMPILED_MODULES:
        tree = ast.parse(Path(SOURCE_ROOT, "core", f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
                try:
                    value = ast.literal_eval(node.value)
                except ValueError:
                    continue
                if isinstance(value, int) and (
                    module not in RECORD_LAYOUTS or (module, node.target.id) in ENUMERATED_THERE
                ):
                    yield module, node.target.id, value


MEMBERS = {name: [known[name] for known in ENUMERATIONS if name in known.__members__] for _, name, _ in constants()}
REPEATED = [
    (module, name, value)
    for module, name, value in constants()
    if (MEMBERS[name] or (module, name) in OTHER_NAMES) and (module, name) not in LIMITS
]


@pytest.mark.parametrize(("module", "name", "value"), REPEATED)
def test_a_repeated_member_is_equal_to_it(module: str, name: str, value: int) -> None:
    if (module, name) in OTHER_NAMES:
        assert value == OTHER_NAMES[module, name]
        return
    (member,) = {int(member) for member in MEMBERS[name]}
    assert value == member


def test_the_bounds_are_those_that_are_promised() -> None:
    found = {(module, name): value for module, name, value in constants() if (module, name) in LIMITS}
    assert found == LIMITS


def test_enough_was_found() -> None:
    """The names in the tables exist, and the hot modules repeat at least as many members as when this was written."""
    found = {(module, name) for module, name, _ in REPEATED}
    assert set(OTHER_NAMES) <= found
    assert len(found) > 60


def test_numbers_never_change_meaning() -> None:
    """They are stored in journals: a member may be added, never moved."""
    told = {known.__name__: " ".join(f"{member.name}={member.value}" for member in known) for known in ENUMERATIONS}
    assert told["AccountKind"] == "HOUSE=0 CUSTOMER=1 SIMULATOR=2"
    assert told["AccountMode"] == "SPOT=1 FUTURES=2 MULTI_CURRENCY=3 PORTFOLIO=4"
    assert told["Ledger"] == "FUNDING=0 TRADING=1"
    assert told["InstrumentType"] == "SPOT=0 MARGIN=1 SWAP=2 FUTURES=3 OPTION=4"
    assert told["InstrumentState"] == "LIVE=0 SUSPENDED=1 PREOPEN=2 POST_ONLY=3 DELISTED=4"
    assert told["Side"] == "BUY=0 SELL=1"
    assert told["OrderType"] == "LIMIT=0 MARKET=1"
    assert told["TimeInForce"] == "GTC=0 IOC=1 FOK=2"
    assert told["SizeUnit"] == "BASE=0 QUOTE=1"
    assert told["SelfTradePrevention"] == "DEFAULT=0 CANCEL_MAKER=1 CANCEL_TAKER=2 CANCEL_BOTH=3"
    assert told["OrderState"] == "LIVE=0 PARTIALLY_FILLED=1 FILLED=2 CANCELED=3"
    assert told["Liquidity"] == "TAKER=0 MAKER=1"
    assert told["CancelReason"] == (
        "USER=1 POST_ONLY_WOULD_TAKE=2 FOK_NOT_FILLABLE=3 IOC_REST=4 PRICE_BAND=5 SELF_TRADE=6 CANCEL_ALL_AFTER=7 "
        "MATCH_LIMIT=8 NO_LIQUIDITY=9 AMEND_FAILED=10 AMENDED_TO_FILLED=11 INSTRUMENT_CLOSED=12 ACCOUNT_FROZEN=13 "
        "OPERATOR=14 NOTHING_TO_REDUCE=15 LIQUIDATED=16 UNCOVERED=17 STOP_TRIGGERED=18 STOP_CANCELED=19"
    )
    assert told["MarginMode"] == "CROSS=0 ISOLATED=1"
    assert told["PositionMode"] == "NET=0 LONG_SHORT=1"
    assert told["PositionSide"] == "NET=0 LONG=1 SHORT=2"
    assert told["PositionCause"] == (
        "FILLED=0 MARGIN_ADJUSTED=1 LEVERAGE_CHANGED=2 LIQUIDATED=3 DELEVERAGED=4 FUNDING=5 DELIVERED=6 COVERED=7"
    )
    assert told["AlgoKind"] == "CONDITIONAL=0 OCO=1 TRIGGER=2 MOVE_ORDER_STOP=3 TWAP=4 ICEBERG=5 CHASE=6"
    assert told["TriggerSource"] == "LAST=0 INDEX=1 MARK=2"
    assert told["AlgoLeg"] == "TRIGGER=0 TAKE_PROFIT=1 STOP_LOSS=2 CALLBACK=3 SLICE=4"
    assert told["AlgoState"] == "LIVE=0 EFFECTIVE=1 CANCELED=2 ORDER_FAILED=3 PARTIALLY_FAILED=4"
    assert told["AlgoEndCause"] == (
        "DONE=0 CANCELED_BY_USER=1 ORDER_REFUSED=2 OWNER_FROZEN=3 CLOSED=4 POSITION_CLOSED=5 POSITION_LIQUIDATED=6 "
        "PARENT_UNFILLED=7 TOO_FAR=8 SLICE_CANCELED=9 PROFIT_TAKEN=10 STOPPED=11"
    )
    assert told["ProfitKind"] == "CONDITION=0 LIMIT=1"
    assert told["FundCause"] == "LIQUIDATION=1 COVER=2"
    assert len({int(rejection) for rejection in Rejection}) == len(Rejection.__members__)
