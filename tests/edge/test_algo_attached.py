"""Take profits and stop losses that come with an order: what is read, and what is refused."""

import pytest

from lonja.core.kinds import TriggerSource
from lonja.edge.errors import EdgeError
from lonja.edge.wire.algo_requests import attached
from lonja.edge.wire.instruments import InstrumentForm
from tests.edge.house import House

ACCOUNT = 4
INDEX = int(TriggerSource.INDEX)


@pytest.fixture
def spot(rest: House) -> InstrumentForm:
    form = rest.services.catalogue.find("QUIET-USDT")
    assert form is not None
    return form


@pytest.fixture
def swap(futures: House) -> InstrumentForm:
    form = futures.services.catalogue.find("QUIET-USDT-SWAP")
    assert form is not None
    return form


def order(*rows: object, **fields: object) -> dict[str, object]:
    return {"side": "buy", "ordType": "limit", "px": "100", "sz": "2", "attachAlgoOrds": list(rows), **fields}


def profit(trigger: str = "110", price: str = "-1", **fields: object) -> dict[str, object]:
    return {"tpTriggerPx": trigger, "tpOrdPx": price, **fields}


def loss(trigger: str = "90", price: str = "-1", **fields: object) -> dict[str, object]:
    return {"slTriggerPx": trigger, "slOrdPx": price, **fields}


def limit(price: str = "110", **fields: object) -> dict[str, object]:
    return {"tpOrdKind": "limit", "tpOrdPx": price, **fields}


def ratio(text: str, **fields: object) -> dict[str, object]:
    return {"tpTriggerRatio": text, "tpOrdPx": "-1", "sz": "1", **fields}


READ = [
    ({}, []),
    ({"attachAlgoOrds": None}, []),
    ({"tpTriggerPx": "", "slOrdPx": ""}, []),
    (order(profit()), [(0, (0, 11_000, 0), (0, 0, 0), "")]),
    (order(loss(price="89.5", slTriggerPxType="index")), [(0, (0, 0, 0), (INDEX, 9_000, 8_950), "")]),
    (order({**profit("110", "111"), **loss()}), [(0, (0, 11_000, 11_100), (0, 9_000, 0), "")]),
    (order(profit(attachAlgoClOrdId="mine", amendPxOnTriggerType="0")), [(0, (0, 11_000, 0), (0, 0, 0), "mine")]),
    (order(profit(sz="1", tpOrdKind="condition")), [(1_000, (0, 11_000, 0), (0, 0, 0), "")]),
    ({**order(), **profit(), **loss()}, [(0, (0, 11_000, 0), (0, 9_000, 0), "")]),
    (order(profit("50"), ordType="market"), [(0, (0, 5_000, 0), (0, 0, 0), "")]),
    (order(loss("101"), side="sell"), [(0, (0, 0, 0), (0, 10_100, 0), "")]),
]


@pytest.mark.parametrize(("arg", "expected"), READ)
async def test_each_row_becomes_one_command(
    spot: InstrumentForm, arg: dict[str, object], expected: list[tuple[object, ...]]
) -> None:
    found = attached(arg, spot, ACCOUNT)
    told = [
        (
            command.size,
            (command.profit_source, command.profit_trigger, command.profit_price),
            (command.loss_source, command.loss_trigger, command.loss_price),
            command.client_algo_id,
        )
        for command in found
    ]
    assert told == expected
    assert {(command.account, command.instrument, command.reduce_only) for command in found} <= {(4, spot.code, 0)}


REFUSED = [
    (order("90"), "51000"),
    ({"attachAlgoOrds": "90"}, "51000"),
    (order({}), "51000"),
    (order({"tpTriggerPx": "110"}), "50014"),
    (order({"slOrdPx": "-1"}), "50014"),
    (order(profit("110.001")), "51000"),
    (order(profit(price="-2")), "51000"),
    (order(profit(tpTriggerPxType="best")), "51000"),
    (order(profit(tpTriggerPxType="mark")), "51000"),
    (order(profit(sz="x")), "51000"),
    (order(profit(attachAlgoClOrdId="a-b")), "51000"),
    (order(profit(tpOrdKind="limit")), "51094"),
    (order({"tpTriggerRatio": "0.1", "tpOrdPx": "-1"}), "51000"),
    (order(loss(callbackRatio="0.1")), "51000"),
    (order({"callbackRatio": "0.1", "callbackSpread": "1"}), "51000"),
    (order({"activePx": "110"}), "50015"),
    (order({"callbackRatio": "1"}), "51257"),
    (order({"callbackRatio": "0.1"}, {"callbackRatio": "0.2"}), "51000"),
    (order({"callbackRatio": "0.1", "sz": "1"}), "51000"),
    (order(loss(amendPxOnTriggerType="2")), "51000"),
    (order(loss(amendPxOnTriggerType="1")), "51085"),
    (order(profit("100")), "51046"),
    (order(loss("100")), "51047"),
    (order(profit("100"), side="sell"), "51048"),
    (order(loss("100"), side="sell"), "51049"),
    (order(profit(), loss()), "51077"),
]


@pytest.mark.parametrize(("arg", "code"), REFUSED)
async def test_what_can_not_be_attached_is_refused(spot: InstrumentForm, arg: dict[str, object], code: str) -> None:
    with pytest.raises(EdgeError) as refused:
        attached(arg, spot, ACCOUNT)
    assert refused.value.code == code


SPLIT = [
    (order({**profit(sz="1"), **loss()}, profit("120", sz="1")), "51076"),
    (order(*(profit(str(110 + i), sz="0.1") for i in range(11))), "51079"),
    (order(profit(sz="1"), profit("120", sz="1", tpTriggerPxType="mark")), "51080"),
    (order(profit(sz="1"), profit(sz="1")), "51081"),
    (order(profit(sz="1", price="111"), profit("120", sz="1")), "51082"),
    (order(profit(sz="1"), profit("120")), "51089"),
    (order(profit(sz="1"), profit("120", sz="0.5")), "51083"),
    (order(profit(sz="1"), profit("120", sz="1"), loss(), loss("80")), "51084"),
    (order(profit(sz="1"), profit("120", sz="1"), loss(amendPxOnTriggerType="1")), "0"),
    (order(profit(sz="1", amendPxOnTriggerType="1"), profit("120", sz="1"), loss()), "51000"),
    (order(profit(sz="2"), loss(amendPxOnTriggerType="1")), "51085"),
    (order(limit(sz="1"), profit("120", sz="1")), "51091"),
    (order(limit(sz="1"), limit(sz="1")), "51092"),
    (order(limit("-1", sz="1"), limit(sz="1")), "51093"),
    (order(limit("99", sz="1"), limit(sz="1")), "51046"),
    (order(limit(sz="1"), limit("120", sz="1"), loss()), "0"),
    (order(ratio("0.1"), ratio("0.1")), "51081"),
    (order({**ratio("0.1"), "tpTriggerPx": "110"}), "51000"),
    (order(ratio("-0.1")), "51000"),
    (order(ratio("0")), "51000"),
    (order(ratio("0.1"), side="sell"), "51000"),
    (order(ratio("-1"), side="sell"), "51000"),
    (order(ratio("-0.5"), side="sell"), "0"),
    (order(ratio("3")), "0"),
    (order({"slTriggerRatio": "1", "slOrdPx": "-1"}), "51000"),
    (order({"slTriggerRatio": "3", "slOrdPx": "-1"}, side="sell"), "0"),
    (order({"slTriggerRatio": "0.5"}), "50014"),
    (order(profit(sz="1", attachAlgoClOrdId="a"), profit("120", sz="1", attachAlgoClOrdId="a")), "51068"),
]


@pytest.mark.parametrize(("arg", "code"), SPLIT)
async def test_split_take_profits_go_together_or_are_refused(
    swap: InstrumentForm, arg: dict[str, object], code: str
) -> None:
    if code == "0":
        assert attached(arg, swap, ACCOUNT)
        return
    with pytest.raises(EdgeError) as refused:
        attached(arg, swap, ACCOUNT)
    assert refused.value.code == code


async def test_split_take_profits_share_the_size_and_the_stop_loss_is_for_all(swap: InstrumentForm) -> None:
    found = attached(order(profit(sz="1.5"), profit("120", sz="0.5"), loss(slTriggerPxType="mark")), swap, ACCOUNT)
    assert [(command.size, command.reduce_only) for command in found] == [(15, 1), (5, 1), (0, 1)]
    assert found[2].loss_source == TriggerSource.MARK
