"""Pockets: isolated margin in spot instruments; what they borrow, what they may not do, how they end; ADR 0035."""

import pytest

from lonja.core import commands as c
from lonja.core.admin import ACCOUNT_MAX
from lonja.core.collateral_commands import DefineMarginTier, OpenPocket
from lonja.core.lending import LIMIT_MAX, TIERS_MAX
from lonja.core.margin_commands import OpenCrossPocket
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.core.views import MarginTierView, PocketView
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import CONTRACTS, POOLED, Floor, play

INVALID = Rejection.FIELD_INVALID
BTC, USD = 0, 1
ANN, CAT, POCKET = 2, 4, 9
LIN, PAIR = 0, 2
TIERS = """> margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
> margin_tier BTC-USD 2 base=40 quote=5000 imr=300000 mmr=80000"""


def invalid(**fields: tuple[object, ...]) -> list[Reason]:
    """One reason per bad value of a field."""
    return [Reason(INVALID, {name: value}) for name, values in fields.items() for value in values]


TIER = DefineMarginTier(
    instrument=PAIR, tier=3, base_max=90, quote_max=9_000, initial_ppm=500_000, maintenance_ppm=100_000
)
TABLES: dict[str, tuple[c.Command, list[Reason]]] = {
    "tier": (
        TIER,
        [
            *invalid(base_max=(0, -1, LIMIT_MAX + 1), quote_max=(0, -1, LIMIT_MAX + 1), tier=(0, TIERS_MAX + 1)),
            *invalid(initial_ppm=(99_999, 1_000_001), maintenance_ppm=(0, -1, 500_001)),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
        ],
    ),
    "pocket": (
        OpenPocket(account=CAT, instrument=PAIR),
        [
            *(Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": account}) for account in (-1, 1, 7, 99)),
            *(Reason(Rejection.INSTRUMENT_NOT_FOUND, {"instrument": instrument}) for instrument in (3, -1)),
            *(Reason(Rejection.ACCOUNT_MODE_FORBIDS, {"account": account}) for account in (POCKET, 10)),
            Reason(Rejection.MARGIN_NOT_OFFERED, {"instrument": LIN}),
        ],
    ),
}


def founded() -> Floor:
    """Two tiers, a pocket of ann's with 1000 dollars, and dan, who only trades spot."""
    floor = Floor(POOLED)
    floor.run(f"{TIERS}\n> ann pocket BTC-USD\n> transfer ann 1000 USD trading trading to=ann_pocket\n> account dan")
    return floor


@pytest.mark.parametrize("table", TABLES)
def test_each_reason_alone_is_told(table: str) -> None:
    expect_each(founded(), *TABLES[table])


@pytest.mark.parametrize("table", TABLES)
def test_of_two_reasons_the_first_is_told(table: str) -> None:
    expect_precedence(founded(), *TABLES[table], pairs_min=2)


@pytest.mark.parametrize("table", TABLES)
def test_the_sound_commands_of_the_tables_are_accepted(table: str) -> None:
    assert founded().apply(TABLES[table][0])[0] == Rejection.NONE


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({"tier": 1, "base_max": 39, "quote_max": 4_999, "initial_ppm": 300_000, "maintenance_ppm": 80_000}, True),
        ({"tier": 1, "base_max": 40, "quote_max": 4_999, "initial_ppm": 300_000, "maintenance_ppm": 80_000}, False),
        ({"tier": 1, "base_max": 39, "quote_max": 5_000, "initial_ppm": 300_000, "maintenance_ppm": 80_000}, False),
        ({"tier": 1, "base_max": 39, "quote_max": 4_999, "initial_ppm": 300_001, "maintenance_ppm": 80_000}, False),
        ({"tier": 1, "base_max": 39, "quote_max": 4_999, "initial_ppm": 300_000, "maintenance_ppm": 80_001}, False),
        ({"base_max": 40}, False),
        ({"quote_max": 5_000}, False),
        ({"initial_ppm": 299_999}, False),
        ({"maintenance_ppm": 79_999}, False),
        ({"tier": 4}, False),
        ({"instrument": LIN, "tier": 1}, False),
    ],
)
def test_tiers_grow_and_ask_more_and_more(fields: dict[str, int], fits: bool) -> None:
    rejection, _ = founded().apply(TIER._replace(**fields))
    assert rejection == (Rejection.NONE if fits else INVALID)


def test_nothing_is_lent_without_a_desk() -> None:
    floor = Floor(CONTRACTS)
    floor.run("> instrument BTC-USD base=BTC quote=USD")
    assert floor.apply(TIER._replace(tier=1))[0] == Rejection.MARGIN_NOT_OFFERED


def test_views_tell_of_pockets() -> None:
    floor = founded()
    views = StateViews(floor.state)
    assert views.pockets(ANN) == [PocketView(POCKET, ANN, PAIR, 0)]
    floor.run("> ann_pocket sell 20 @ 100\n> bob buy 20 @ 100\n> ann_pocket sell 5 @ 120")
    assert views.pocket(POCKET) == PocketView(POCKET, ANN, PAIR, 10_000_000)
    assert (views.pocket(ANN), views.pockets(POCKET)) == (None, [])
    assert views.margin_tiers(PAIR) == (
        MarginTierView(20, 3_000, 200_000, 50_000),
        MarginTierView(40, 5_000, 300_000, 80_000),
    )
    assert views.margin_tiers(LIN) == ()
    dollar = 10**8
    loans = {view.currency: view for view in views.liabilities(POCKET)}
    assert loans[BTC][2:] == (-20, -2_000 * dollar, 20, 0, 5, 750 * dollar, 8)
    assert loans[USD][2:] == (3_000, 3_000 * dollar, 0, 0, 0, 0, 1_250)
    assert views.mode_blockers(ANN, 3).pockets == (POCKET,)
    assert views.mode_blockers(ANN, 3).rejection == Rejection.POSITIONS_OR_ORDERS_OPEN


def test_pockets_come_back_from_a_snapshot() -> None:
    floor = founded()
    loaded = load_state(dump_state(floor.state))
    assert loaded.pockets == {(ANN, PAIR): POCKET}
    assert StateViews(loaded).margin_tiers(PAIR) == StateViews(floor.state).margin_tiers(PAIR)


def test_a_debt_larger_than_the_last_tier_has_its_rate() -> None:
    """Interest has made 41 of 40 BTC."""
    floor = founded()
    floor.run("> transfer ann 9000 USD trading trading to=ann_pocket\n> ann_pocket sell 40 @ 100\n> bob buy 40 @ 100")
    floor.run("> interest BTC 1000000000")
    assert StateViews(floor.state).collateral(POCKET).maintenance_margin == 41 * 100 * 8 * 10**6


def test_a_pocket_borrows_by_tiers_and_stands_on_what_it_trades() -> None:
    """20 BTC at 100 need a fifth of it, 30 find the second tier and need three tenths; dollars count in full."""
    play(
        """
        > margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
          BTC-USD lends, tier 1, up to 20 and 3000: 200000/50000 ppm
        > margin_tier BTC-USD 2 base=40 quote=5000 imr=300000 mmr=80000
          BTC-USD lends, tier 2, up to 40 and 5000: 300000/80000 ppm
        > ann pocket BTC-USD
          pocket 9: ann_pocket in BTC-USD
        > ann pocket BTC-USD
        > transfer ann 1000 USD trading trading to=ann_pocket
          transferred 1000 USD: ann trading has 99000, ann_pocket trading has 1000
        > ann_pocket sell 41 @ 100 id=a
          refused: borrow_limit_reached
        > ann_pocket sell 34 @ 100 id=a
          refused: collateral_insufficient
        > ann_pocket sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > collateral ann_pocket
          ann_pocket: equity 1000, orders cost 0, needed 0, borrowed 400, free 600
        > ann_pocket amend a 30
          amended a: 20 @ 100 becomes 30 @ 100 of 30, loses its place
          rests a: 30 @ 100
        > collateral ann_pocket
          ann_pocket: equity 1000, orders cost 0, needed 0, borrowed 900, free 100
        > bob buy 30 @ 100
          placed #1: buy 30 @ 100
          trade 1: taker #1 buys 30 @ 100 = 3000, fee 0 BTC, filled
          trade 1: maker a sells 30 @ 100 = 3000, fee 0 USD, filled
        > balances ann ann_pocket
          ann: 99000 USD
          ann_pocket: -30 BTC, 4000 USD
        > transfer ann_pocket 101 USD trading trading to=ann
          refused: insufficient_funds
        > transfer ann_pocket 100 USD trading trading to=ann
          transferred 100 USD: ann_pocket trading has 3900, ann trading has 99100
        > withdraw ann_pocket 1 USD
          refused: account_mode_forbids
        > ann_pocket buy 30 @ 100 id=b
          placed b: buy 30 @ 100
          rests b: 30 @ 100
        > bob sell 30 @ 100
          placed #2: sell 30 @ 100
          trade 2: taker #2 sells 30 @ 100 = 3000, fee 0 USD, filled
          trade 2: maker b buys 30 @ 100 = 3000, fee 0 BTC, filled
        > transfer ann_pocket 900 USD trading trading to=ann
          transferred 900 USD: ann_pocket trading has 0, ann trading has 100000
        """,
        Floor(POOLED),
    )


def test_a_pocket_does_nothing_else() -> None:
    play(
        """
        > instrument BTC-USD2 base=BTC quote=USD
          instrument 3: BTC-USD2
        > margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
          BTC-USD lends, tier 1, up to 20 and 3000: 200000/50000 ppm
        > ann pocket BTC-USD
          pocket 9: ann_pocket in BTC-USD
        > transfer ann 1000 USD trading trading to=ann_pocket
          transferred 1000 USD: ann trading has 99000, ann_pocket trading has 1000
        > ann_pocket buy 1 @ 100 on=BTC-USD2
          refused: account_mode_forbids
        > ann_pocket buy 1 @ 100 on=LIN
          refused: account_mode_forbids
        > ann_pocket lever 10 on=LIN
          refused: account_mode_forbids
        > ann_pocket position_mode long_short
          refused: account_mode_forbids
        > ann_pocket pocket BTC-USD
          refused: account_mode_forbids
        > ann_pocket algo trigger sell 1 trigger_price=50 on=LIN
          refused: account_mode_forbids
        > configure ann_pocket mode=2
          refused: account_mode_forbids
        > configure ann mode=1
          refused: positions_or_orders_open
        > configure ann mode=3
          refused: positions_or_orders_open
        > transfer ann_pocket 1000 USD trading trading to=ann
          transferred 1000 USD: ann_pocket trading has 0, ann trading has 100000
        > configure ann mode=3
          configured ann: cancel_maker, tier 0, multi_currency mode
          configured ann_pocket: cancel_maker, tier 0, multi_currency mode
        > ann pocket BTC-USD2
          refused: margin_not_offered
        > ann pocket LIN
          refused: margin_not_offered
        > currency EUR scale=0
          currency 2: EUR, scale 0
        > worth EUR 1
          EUR is worth 1
        > deposit ann_pocket 500 EUR
          deposited 500 EUR: ann_pocket trading has 500
        > instrument BTC-EUR base=BTC quote=EUR
          instrument 4: BTC-EUR
        > collateral ann_pocket
          ann_pocket: equity 0, orders cost 0, needed 0, borrowed 0, free 0
        > ann_pocket borrow 1 EUR
          refused: borrow_limit_reached
        > ann_pocket borrow 1 BTC
          refused: collateral_insufficient
        """,
        Floor(POOLED),
    )


def test_a_pocket_ends_without_its_owner() -> None:
    """At 142 the debt requires 6 % of 2840, with the fee, and 160 are left; 20 BTC and 2 % cost 2897."""
    play(
        """
        > margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
          BTC-USD lends, tier 1, up to 20 and 3000: 200000/50000 ppm
        > fees tier=0 maker=0 taker=10000
          fee tier 0, group 0: maker 0, taker 10000
        > ann pocket BTC-USD
          pocket 9: ann_pocket in BTC-USD
        > transfer ann 1000 USD trading trading to=ann_pocket
          transferred 1000 USD: ann trading has 99000, ann_pocket trading has 1000
        > ann_pocket sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > bob buy 20 @ 100
          placed #1: buy 20 @ 100
          trade 1: taker #1 buys 20 @ 100 = 2000, fee 1 BTC, filled
          trade 1: maker a sells 20 @ 100 = 2000, fee 0 USD, filled
        > worth BTC 141
          BTC is worth 141
          warned ann_pocket: ratio 1063829 ppm
        > worth BTC 142
          BTC is worth 142
          collateral of ann_pocket: 2897 USD pay 20 BTC, cash 103 and 0, desk 2897 and -20
        > balances ann ann_pocket desk
          ann: 99000 USD
          ann_pocket: 0 BTC, 103 USD
          desk: -20 BTC, 2897 USD
        """,
        Floor(POOLED),
    )


def test_settings_of_an_owner_are_those_of_the_pocket() -> None:
    play(
        """
        > margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
          BTC-USD lends, tier 1, up to 20 and 3000: 200000/50000 ppm
        > ann pocket BTC-USD
          pocket 9: ann_pocket in BTC-USD
        > transfer ann 1000 USD trading trading to=ann_pocket
          transferred 1000 USD: ann trading has 99000, ann_pocket trading has 1000
        > ann_pocket sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > configure ann tier=1 stp=cancel_both
          configured ann: cancel_both, tier 1, futures mode
          configured ann_pocket: cancel_both, tier 1, multi_currency mode
        > freeze ann
          configured ann: cancel_both, tier 1, futures mode, frozen
          configured ann_pocket: cancel_both, tier 1, multi_currency mode, frozen
          canceled a: account_frozen, 20 off the book @ 100
        > ann_pocket buy 1 @ 100
          refused: account_frozen
        > ann pocket BTC-USD
          refused: account_frozen
        > unfreeze ann
          configured ann: cancel_both, tier 1, futures mode
          configured ann_pocket: cancel_both, tier 1, multi_currency mode
        """,
        Floor(POOLED),
    )


def test_pockets_owe_interest_on_everything() -> None:
    """What is free of it is so for accounts, not for each of their pockets."""
    play(
        """
        > margin_tier BTC-USD 1 base=20 quote=3000 imr=200000 mmr=50000
          BTC-USD lends, tier 1, up to 20 and 3000: 200000/50000 ppm
        > lend BTC limit=50 imr=200000 mmr=50000 free=100
          BTC is lent up to 50: 200000/50000/0 ppm
        > ann pocket BTC-USD
          pocket 9: ann_pocket in BTC-USD
        > transfer ann 1000 USD trading trading to=ann_pocket
          transferred 1000 USD: ann trading has 99000, ann_pocket trading has 1000
        > ann_pocket sell 20 @ 100 id=a
          placed a: sell 20 @ 100
          rests a: 20 @ 100
        > bob buy 20 @ 100
          placed #1: buy 20 @ 100
          trade 1: taker #1 buys 20 @ 100 = 2000, fee 0 BTC, filled
          trade 1: maker a sells 20 @ 100 = 2000, fee 0 USD, filled
        > interest BTC 1000000000
          interest of ann_pocket: 1 BTC on 20, cash -21, desk 1
        """,
        Floor(POOLED),
    )


def test_no_pocket_is_opened_beyond_the_last_account() -> None:
    floor = Floor(POOLED + "\n".join(f"    {line}" for line in TIERS.split("\n")) + "\n    > configure cat mode=2\n")
    floor.state.accounts.count = ACCOUNT_MAX
    for command in (
        OpenPocket(account=ANN, instrument=PAIR),
        OpenCrossPocket(account=CAT, instrument=PAIR, currency=USD),
    ):
        assert floor.apply_unchecked(command)[0] == Rejection.CAPACITY_REACHED


def test_pockets_that_are_empty_cost_nobody() -> None:
    """Prices and interest look at those that have or owe something: not before the first order, not after the last."""
    floor = Floor(POOLED + "\n".join(f"    {line}" for line in TIERS.split("\n")) + "\n")
    floor.run("> ann pocket BTC-USD")
    assert (POCKET in floor.state.pools, POCKET in floor.state.watched_pools) == (True, False)
    floor.run("> ann_pocket buy 2 @ 90 funds=USD id=a")
    assert POCKET in load_state(dump_state(floor.state)).watched_pools
    floor.run("> ann_pocket cancel a")
    assert POCKET not in floor.state.watched_pools
    assert POCKET not in load_state(dump_state(floor.state)).watched_pools
    floor.run("> ann_pocket buy 2 @ 90 funds=USD id=b\n> bob sell 2 @ 90")
    told = floor.run("> worth BTC 72")
    assert "warned" in told
    floor.run("> bob buy 2 @ 91\n> ann_pocket sell 2 @ 91")
    assert floor.state.pools[POCKET].warned == 0, "what is over was not warned"
