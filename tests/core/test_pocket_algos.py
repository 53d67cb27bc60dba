"""Algo orders of pockets: the margin that comes when they fire, what only reduces, and what ends with a position; ADR 0036."""

from typing import Any

import pytest

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.kinds import AlgoKind
from lonja.core.rejections import Rejection
from tests.core.scenario import POOLED, Floor, play

TIERS = """
    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
    > margin_tier BTC-USD 2 base=300 quote=60000 imr=300000 mmr=80000
    > ann pocket BTC-USD
    > account dan mode=2
    > deposit dan 1000 USD
    > dan cross_pocket BTC-USD USD
"""
PAIR, ANN, POCKET, CROSSED = 2, 2, 9, 11


def founded(before: str = "") -> Floor:
    """Ann has an isolated pocket, dan a cross one; ``before`` has happened."""
    floor = Floor(POOLED + TIERS)
    floor.run(before) if before else None
    return floor


def test_a_trigger_order_brings_its_margin_when_it_fires() -> None:
    play(
        """
        > bob sell 1 @ 101
          placed #3: sell 1 @ 101
          rests #3: 1 @ 101
        > cat buy 1 @ 101
          placed #4: buy 1 @ 101
          trade 2: taker #4 buys 1 @ 101 = 101, fee 0 BTC, filled
          trade 2: maker #3 sells 1 @ 101 = 101, fee 0 USD, filled
          algo t trigger at 101: orders 10
          transferred 204 USD: ann trading has 99796, ann_pocket trading has 204
          placed #5: buy 10 @ 102
          rests #5: 10 @ 102
          algo t effective: done
          algo %2: conditional sell what fills, when #5 has ended
        > bob sell 10 @ 102
          placed #6: sell 10 @ 102
          trade 3: taker #6 sells 10 @ 102 = 1020, fee 0 USD, filled
          trade 3: maker #5 buys 10 @ 102 = 1020, fee 0 BTC, filled
          algo %2 is live for 10
        """,
        founded("""> bob sell 1 @ 100
> cat buy 1 @ 100
> ann_pocket algo trigger buy 10 trigger_price=101 order_price=102 position_side=2 loss_trigger=90 id=t"""),
    )


def test_one_that_only_reduces_brings_nothing() -> None:
    play(
        """
        > bob buy 1 @ 103
          placed #5: buy 1 @ 103
          rests #5: 1 @ 103
        > cat sell 1 @ 103
          placed #6: sell 1 @ 103
          trade 3: taker #6 sells 1 @ 103 = 103, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 103 = 103, fee 0 BTC, filled
          algo t trigger at 103: orders 30
          ann_pocket only reduces by
          placed #7: sell 20 @ 104
          rests #7: 20 @ 104
          algo t effective: done
        > ann_pocket amend #7 21
          refused: reduces_beyond_position
        """,
        founded("""> bob sell 1 @ 100
> cat buy 1 @ 100
> bob sell 20 @ 100
> ann_pocket buy 20 @ 100 funds=USD
> ann_pocket algo trigger sell 30 trigger_price=103 order_price=104 reduce_only=1 id=t"""),
    )


def test_parts_bring_margin_one_by_one() -> None:
    play(
        """
        > ann_pocket algo twap buy 10 slice_size=5 price_limit=110 interval_ms=1000 position_side=2 id=t
          algo t: twap buy 10 short
          algo t slice at 101: orders 5
          transferred 101 USD: ann trading has 99899, ann_pocket trading has 101
          placed #4: buy 5 @ 101 ioc
          trade 2: taker #4 buys 5 @ 101 = 505, fee 0 BTC, filled
          trade 2: maker #3 sells 5 @ 101 = 505, fee 0 USD, 25 left
        > ann_pocket cancel_algo t
          algo t canceled: canceled_by_user, 5 filled
        > ann_pocket algo iceberg buy 10 slice_size=5 price_limit=110 distance_ticks=2 position_side=2 id=i
          algo i: iceberg buy 10 short
          algo i slice at 101: orders 5
          transferred 99 USD: ann trading has 99800, ann_pocket trading has -305
          placed #5: buy 5 @ 99 post_only
          rests #5: 5 @ 99
        > ann_pocket cancel_algo i
          canceled #5: user, 5 off the book @ 99
          algo i canceled: canceled_by_user
          transferred 99 USD: ann_pocket trading has -404, ann trading has 99899
        """,
        founded("""> bob sell 1 @ 100
> cat buy 1 @ 100
> bob sell 30 @ 101"""),
    )


def test_what_ends_with_its_position_does_so_when_nothing_is_owed_any_more() -> None:
    play(
        """
        > ann_pocket sell 20 @ 101
          placed #6: sell 20 @ 101
          trade 3: taker #6 sells 20 @ 101 = 2020, fee 0 USD, filled
          trade 3: maker #5 buys 20 @ 101 = 2020, fee 0 BTC, filled
          transferred 420 USD: ann_pocket trading has 0, ann trading has 100020
          algo ends canceled: position_closed
        """,
        founded("""> bob sell 1 @ 100
> cat buy 1 @ 100
> bob sell 20 @ 100
> ann_pocket buy 20 @ 100 funds=USD
> ann_pocket algo conditional sell 20 loss_trigger=90 reduce_only=2 id=ends
> ann_pocket algo conditional sell 20 loss_trigger=91 id=stays
> bob buy 20 @ 101"""),
    )


def test_what_is_liquidated_takes_its_algo_orders_along() -> None:
    play(
        """
        > worth BTC 40
          BTC is worth 40
          warned ann_pocket: ratio -10000000 ppm
          warned dan_USD: ratio -2000000 ppm
          collateral of ann_pocket: 20 BTC pay 800 USD, cash 0 and -800, desk 20 and -800
          debt of ann_pocket covered: 800 USD, desk -1600
          taken over: dan_USD had 20 and -2000, -1000 USD for dan, cash 0, desk 40 and -2600
          algo a canceled: position_liquidated
          algo d canceled: position_liquidated
        """,
        founded("""> bob sell 1 @ 100
> cat buy 1 @ 100
> bob sell 40 @ 100
> ann_pocket buy 20 @ 100 funds=USD
> dan_USD buy 20 @ 100
> ann_pocket algo conditional sell 20 loss_trigger=60 id=a
> dan_USD algo conditional sell 20 loss_trigger=50 id=d"""),
    )


TWAP = {"kind": AlgoKind.TWAP, "slice_size": 5, "price_limit": 110, "interval_ms": 1_000}
STOP = {"kind": AlgoKind.CONDITIONAL, "loss_trigger": 90, "side": 1}


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        (ANN, TWAP | {"position_side": 2}),
        (ANN, STOP | {"reduce_only": 1}),
        (CROSSED, TWAP | {"position_side": 1}),
        (POCKET, TWAP | {"position_side": 1, "reduce_only": 1}),
        (POCKET, TWAP | {"reduce_only": 2}),
        (POCKET, STOP | {"position_side": 1}),
        (POCKET, STOP | {"reduce_only": 1, "size_unit": 1}),
        (POCKET, STOP | {"close_fraction": 1, "size": 0}),
        (POCKET, STOP | {"margin_mode": 1}),
    ],
)
def test_what_only_some_pockets_may_say(account: int, fields: dict[str, Any]) -> None:
    floor = founded("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    asked: dict[str, Any] = {"size": 10, **fields}
    told, events = floor.apply(PlaceAlgo(account=account, instrument=PAIR, **asked))
    assert (told, events) == (Rejection.ALGO_KIND_INVALID, [])
