"""Orders of pockets that only reduce: cut when they are placed, and never beyond what is open; ``docs/adr/0036``."""

import pytest

from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from tests.core.scenario import POOLED, Floor, play

TIERS = """
    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
    > margin_tier BTC-USD 2 base=300 quote=60000 imr=300000 mmr=80000
    > ann pocket BTC-USD
"""
LONG = """> bob sell 20 @ 100
> ann_pocket buy 20 @ 100 funds=USD"""
SHORT = """> bob buy 10 @ 100
> ann_pocket sell 10 @ 100 funds=USD"""


def holding(opened: str) -> Floor:
    """Ann's pocket holds what ``opened`` opens."""
    floor = Floor(POOLED + TIERS)
    floor.run(opened)
    return floor


def test_an_order_that_only_reduces_is_not_amended_beyond_what_is_open() -> None:
    play(
        """
        > ann_pocket sell 12 @ 110 reduce id=r
          ann_pocket only reduces by
          placed r: sell 12 @ 110
          rests r: 12 @ 110
        > ann_pocket amend r 21
          refused: reduces_beyond_position
        > ann_pocket amend r 20
          amended r: 12 @ 110 becomes 20 @ 110 of 20, loses its place
          rests r: 20 @ 110
        > ann_pocket amend r 3
          amended r: 20 @ 110 becomes 3 @ 110 of 3, keeps its place
        > ann_pocket amend r 20 @ 109
          amended r: 3 @ 110 becomes 20 @ 109 of 20, loses its place
          rests r: 20 @ 109
        """,
        holding(LONG),
    )


def test_it_yields_to_what_may_open_the_latest_first() -> None:
    play(
        """
        > ann_pocket sell 12 @ 110 reduce id=r
          ann_pocket only reduces by
          placed r: sell 12 @ 110
          rests r: 12 @ 110
        > ann_pocket sell 8 @ 111 reduce id=s
          ann_pocket only reduces by
          placed s: sell 8 @ 111
          rests s: 8 @ 111
        > ann_pocket sell 13 @ 120 id=p
          placed p: sell 13 @ 120
          rests p: 13 @ 120
          canceled s: nothing_to_reduce, 8 off the book @ 111
          amended r: 12 @ 110 becomes 7 @ 110 of 7, keeps its place
        > ann_pocket amend r 8
          refused: reduces_beyond_position
        > book BTC-USD
          ask 120: p 13
          ask 110: r 7
        """,
        holding(LONG),
    )


def test_it_shrinks_with_the_position_and_ends_with_it() -> None:
    play(
        """
        > ann_pocket buy 30 @ 80 reduce id=r
          ann_pocket only reduces by
          placed r: buy 10 @ 80
          rests r: 10 @ 80
        > ann_pocket amend r 11
          refused: reduces_beyond_position
        > bob sell 10 @ 90
          placed #3: sell 10 @ 90
          rests #3: 10 @ 90
        > ann_pocket buy 4 @ 90
          placed #4: buy 4 @ 90
          trade 2: taker #4 buys 4 @ 90 = 360, fee 0 BTC, filled
          trade 2: maker #3 sells 4 @ 90 = 360, fee 0 USD, 6 left
          amended r: 10 @ 80 becomes 6 @ 80 of 6, keeps its place
        > ann_pocket buy 6 @ 90
          placed #5: buy 6 @ 90
          trade 3: taker #5 buys 6 @ 90 = 540, fee 0 BTC, filled
          trade 3: maker #3 sells 6 @ 90 = 540, fee 0 USD, filled
          canceled r: nothing_to_reduce, 6 off the book @ 80
          transferred 300 USD: ann_pocket trading has 0, ann trading has 100100
        """,
        holding(SHORT),
    )


def test_money_that_pays_the_debt_leaves_less_to_reduce() -> None:
    play(
        """
        > ann_pocket buy 10 @ 80 reduce id=r
          ann_pocket only reduces by
          placed r: buy 10 @ 80
          rests r: 10 @ 80
        > deposit ann 10 BTC
          deposited 10 BTC: ann trading has 10
        > transfer ann 4 BTC trading trading to=ann_pocket
          transferred 4 BTC: ann trading has 6, ann_pocket trading has -6
          amended r: 10 @ 80 becomes 6 @ 80 of 6, keeps its place
        > transfer ann 6 BTC trading trading to=ann_pocket
          transferred 6 BTC: ann trading has 0, ann_pocket trading has 0
          canceled r: nothing_to_reduce, 6 off the book @ 80
          transferred 1200 USD: ann_pocket trading has 0, ann trading has 101000
        """,
        holding(SHORT),
    )


def test_a_limit_order_of_a_stop_loss_only_reduces() -> None:
    play(
        """
        > ann_pocket algo conditional sell 20 loss_trigger=95 loss_price=96 id=s
          algo s: conditional sell 20
        > bob buy 1 @ 95
          placed #5: buy 1 @ 95
          rests #5: 1 @ 95
        > cat sell 1 @ 95
          placed #6: sell 1 @ 95
          trade 3: taker #6 sells 1 @ 95 = 95, fee 0 USD, filled
          trade 3: maker #5 buys 1 @ 95 = 95, fee 0 BTC, filled
          algo s stop_loss at 95: orders 20
          ann_pocket only reduces by
          placed #7: sell 20 @ 96
          rests #7: 20 @ 96
          algo s effective: done
        > bob buy 9 @ 94
          placed #8: buy 9 @ 94
          rests #8: 9 @ 94
        > ann_pocket sell 5 @ 125
          placed #9: sell 5 @ 125
          rests #9: 5 @ 125
          amended #7: 20 @ 96 becomes 15 @ 96 of 15, keeps its place
        > book BTC-USD
          ask 125: #9 5
          ask 96: #7 15
          bid 94: #8 9
        """,
        holding("> bob sell 1 @ 100\n> cat buy 1 @ 100\n" + LONG),
    )


def test_a_lower_fee_leaves_less_to_buy_back() -> None:
    """Each of a thousand fills may round a fee up: ten that are owed are bought back as 20 with fees, without as ten."""
    fees = POOLED.replace("quote=USD\n    > worth BTC", "quote=USD fee_group=1\n    > worth BTC")
    floor = Floor(fees + TIERS)
    floor.run(
        SHORT + "\n> transfer ann 9000 USD trading trading to=ann_pocket\n> fees tier=0 group=1 maker=0 taker=1000"
    )
    floor.run("> ann_pocket buy 20 @ 55 reduce id=r")
    before = StateViews(floor.state).open_orders(9)[0]
    assert (before.size, before.reduce_only) == (20, 1)
    floor.run("> fees tier=0 group=1 maker=0 taker=0")
    assert StateViews(floor.state).open_orders(9)[0].size == 10


def test_a_snapshot_keeps_what_only_reduces() -> None:
    floor = holding(LONG + "\n> ann_pocket sell 12 @ 110 reduce id=r\n> ann_pocket sell 3 @ 111 id=p")
    data = dump_state(floor.state)
    floor.state = load_state(data)
    assert dump_state(floor.state) == data
    with pytest.raises(ValueError, match="left over"):
        load_state(data + bytes(8))
    orders = {order.client_order_id: order.reduce_only for order in StateViews(floor.state).open_orders(9)}
    assert orders == {"r": 1, "p": 0}
    assert "becomes 5 @ 110" in floor.run("> ann_pocket sell 12 @ 112")
