"""Margin that came with an order of a pocket goes back for the part that is canceled; ``docs/adr/0036``."""

from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from tests.core.scenario import POOLED, Floor, play

TIERS = """
    > margin_tier BTC-USD 1 base=100 quote=20000 imr=200000 mmr=50000
    > margin_tier BTC-USD 2 base=300 quote=60000 imr=300000 mmr=80000
    > ann pocket BTC-USD
"""


def test_what_came_with_canceled_lots_goes_back_and_is_borrowed_instead() -> None:
    """Twenty at 100 by 5 brought 400, 20 each: five that are bought keep 100, and owe 400."""
    play(
        """
        > ann_pocket buy 20 @ 100 funds=USD id=a
          transferred 400 USD: ann trading has 99600, ann_pocket trading has 400
          placed a: buy 20 @ 100
          rests a: 20 @ 100
        > bob sell 5 @ 100
          placed #1: sell 5 @ 100
          trade 1: taker #1 sells 5 @ 100 = 500, fee 0 USD, filled
          trade 1: maker a buys 5 @ 100 = 500, fee 0 BTC, 15 left
        > ann_pocket amend a 15
          amended a: 15 @ 100 becomes 10 @ 100 of 15, keeps its place
          transferred 100 USD: ann_pocket trading has -200, ann trading has 99700
        > ann_pocket cancel a
          canceled a: user, 10 off the book @ 100
          transferred 200 USD: ann_pocket trading has -400, ann trading has 99900
        """,
        Floor(POOLED + TIERS),
    )


def test_lots_that_were_never_in_the_book_keep_nothing() -> None:
    play(
        """
        > bob sell 5 @ 100
          placed #1: sell 5 @ 100
          rests #1: 5 @ 100
        > ann_pocket buy 20 @ 100 ioc funds=USD
          transferred 400 USD: ann trading has 99600, ann_pocket trading has 400
          placed #2: buy 20 @ 100 ioc
          trade 1: taker #2 buys 5 @ 100 = 500, fee 0 BTC, 15 left
          trade 1: maker #1 sells 5 @ 100 = 500, fee 0 USD, filled
          canceled #2: ioc_rest, 15 left
          transferred 300 USD: ann_pocket trading has -400, ann trading has 99900
        """,
        Floor(POOLED + TIERS),
    )


def test_each_order_gets_back_its_own() -> None:
    play(
        """
        > ann_pocket buy 20 @ 100 funds=USD id=a
          transferred 400 USD: ann trading has 99600, ann_pocket trading has 400
          placed a: buy 20 @ 100
          rests a: 20 @ 100
        > ann_pocket buy 10 @ 99 funds=USD id=b
          transferred 198 USD: ann trading has 99402, ann_pocket trading has 598
          placed b: buy 10 @ 99
          rests b: 10 @ 99
        > ann_pocket amend a 10
          amended a: 20 @ 100 becomes 10 @ 100 of 10, keeps its place
          transferred 200 USD: ann_pocket trading has 398, ann trading has 99602
        > ann_pocket amend a 12
          amended a: 10 @ 100 becomes 12 @ 100 of 12, loses its place
          rests a: 12 @ 100
        > ann_pocket cancel b
          canceled b: user, 10 off the book @ 99
          transferred 198 USD: ann_pocket trading has 200, ann trading has 99800
        > ann_pocket cancel a
          canceled a: user, 12 off the book @ 100
          transferred 200 USD: ann_pocket trading has 0, ann trading has 100000
        """,
        Floor(POOLED + TIERS),
    )


def test_an_order_that_trades_while_it_is_cut_gets_back_what_was_cut() -> None:
    play(
        """
        > ann_pocket buy 20 @ 90 funds=USD id=a
          transferred 360 USD: ann trading has 99640, ann_pocket trading has 360
          placed a: buy 20 @ 90
          rests a: 20 @ 90
        > bob sell 15 @ 98
          placed #1: sell 15 @ 98
          rests #1: 15 @ 98
        > ann_pocket amend a 17 @ 99
          amended a: 20 @ 90 becomes 17 @ 99 of 17, loses its place
          trade 1: taker a buys 15 @ 98 = 1470, fee 0 BTC, 2 left
          trade 1: maker #1 sells 15 @ 98 = 1470, fee 0 USD, filled
          rests a: 2 @ 99
          transferred 54 USD: ann_pocket trading has -1164, ann trading has 99694
        > ann_pocket cancel a
          canceled a: user, 2 off the book @ 99
          transferred 36 USD: ann_pocket trading has -1200, ann trading has 99730
        """,
        Floor(POOLED + TIERS),
    )


def test_no_more_goes_back_than_what_is_open_can_do_without() -> None:
    """Ten bought at 100 are worth 80: of 400 they need all but 66, when 200 came with what is canceled."""
    play(
        """
        > ann_pocket buy 20 @ 100 funds=USD id=a
          transferred 400 USD: ann trading has 99600, ann_pocket trading has 400
          placed a: buy 20 @ 100
          rests a: 20 @ 100
        > bob sell 10 @ 100
          placed #1: sell 10 @ 100
          trade 1: taker #1 sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker a buys 10 @ 100 = 1000, fee 0 BTC, 10 left
        > worth BTC 80
          BTC is worth 80
          canceled a: liquidated, 10 off the book @ 100
          transferred 66 USD: ann_pocket trading has -666, ann trading has 99666
        """,
        Floor(POOLED + TIERS),
    )


def test_a_snapshot_keeps_what_came_with_orders() -> None:
    floor = Floor(POOLED + TIERS)
    floor.run("> ann_pocket buy 20 @ 100 funds=USD id=a\n> bob sell 5 @ 100\n> ann_pocket amend a 15")
    floor.state = load_state(dump_state(floor.state))
    floor.run("> ann_pocket cancel a")
    assert StateViews(floor.state).balance(9, 1, 1).cash == -400


def test_a_pocket_that_may_not_borrow_gives_back_what_is_there() -> None:
    floor = Floor(POOLED + TIERS)
    floor.run("> ann_pocket auto_borrow off\n> transfer ann 1900 USD trading trading to=ann_pocket")
    floor.run("> ann_pocket buy 20 @ 100 funds=USD id=a\n> bob sell 19 @ 100\n> ann_pocket cancel a")
    assert StateViews(floor.state).balance(9, 1, 1).cash == 0


def test_nothing_goes_back_when_what_is_open_needs_all_of_it() -> None:
    floor = Floor(POOLED + TIERS)
    floor.run("> ann_pocket buy 20 @ 100 funds=USD id=a\n> bob sell 10 @ 100")
    told = floor.run("> worth BTC 70")
    assert "canceled a: liquidated" in told
    assert "transferred" not in told
    assert StateViews(floor.state).balance(9, 1, 1).cash == -600


def test_margin_of_an_order_that_waits_pays_no_debt() -> None:
    """Ten are owed; the twelve that came with a sale of sixty may go back at any time, so what only reduces stays."""
    play(
        """
        > deposit ann 20 BTC
          deposited 20 BTC: ann trading has 20
        > bob buy 10 @ 100
          placed #1: buy 10 @ 100
          rests #1: 10 @ 100
        > ann_pocket sell 10 @ 100 funds=USD
          transferred 200 USD: ann trading has 99800, ann_pocket trading has 200
          placed #2: sell 10 @ 100
          trade 1: taker #2 sells 10 @ 100 = 1000, fee 0 USD, filled
          trade 1: maker #1 buys 10 @ 100 = 1000, fee 0 BTC, filled
        > ann_pocket buy 10 @ 80 reduce id=r
          ann_pocket only reduces by
          placed r: buy 10 @ 80
          rests r: 10 @ 80
        > ann_pocket sell 60 @ 110 funds=BTC id=s
          transferred 12 BTC: ann trading has 8, ann_pocket trading has 2
          placed s: sell 60 @ 110
          rests s: 60 @ 110
        > ann_pocket cancel s
          canceled s: user, 60 off the book @ 110
          transferred 12 BTC: ann_pocket trading has -10, ann trading has 20
        > book BTC-USD
          bid 80: r 10
        """,
        Floor(POOLED + TIERS),
    )


def test_margin_of_lots_that_were_sold_counts_against_what_they_owe() -> None:
    """Of sixty, thirty are sold: with ten before, they owe 40 less the six that came with them; six wait with the rest."""
    floor = Floor(POOLED + TIERS)
    floor.run(
        """> deposit ann 20 BTC
> bob buy 10 @ 100
> ann_pocket sell 10 @ 100 funds=USD
> ann_pocket sell 60 @ 110 funds=BTC id=s
> bob buy 30 @ 110"""
    )
    before = floor.run("> ann_pocket buy 50 @ 80 reduce id=r")
    assert "  placed r: buy 34 @ 80" in before
    # Cut by half and made as large again, it brings nothing anew: three of the six are gone, and three wait.
    floor.run("> ann_pocket cancel r\n> ann_pocket amend s 45\n> ann_pocket amend s 60")
    assert "  placed t: buy 34 @ 80" in floor.run("> ann_pocket buy 50 @ 80 reduce id=t")


def test_margin_of_a_purchase_that_waits_leaves_a_long_position_open() -> None:
    floor = Floor(POOLED + TIERS)
    floor.run(
        """> bob sell 10 @ 100
> ann_pocket buy 10 @ 100 funds=USD
> ann_pocket sell 10 @ 130 reduce id=r
> ann_pocket buy 120 @ 50 funds=USD id=b"""
    )
    (pocket,) = [account for account, pool in floor.state.pools.items() if pool.instrument != -1]
    view = StateViews(floor.state).pocket_position(pocket)
    assert view is not None
    assert (view.quote, view.lots) == (400, 10)
    assert floor.run("> book BTC-USD").split("\n")[1:] == ["  ask 130: r 10", "  bid 50: b 120"]
