"""The dead man's switch, and time in general."""

from lonja.core import commands as c
from lonja.core.rejections import Rejection
from lonja.core.texts import Text16
from tests.core.precedence import Reason, expect_each, expect_precedence
from tests.core.scenario import START_MS, Floor, play


def test_a_switch_cancels_all_orders_of_its_account_when_nobody_speaks() -> None:
    play("""
        > ann sell 1 @ 110 id=a1
          placed a1: sell 1 @ 110
          rests a1: 1 @ 110
        > bob buy 1 @ 100 id=b1
          placed b1: buy 1 @ 100
          rests b1: 1 @ 100
        > ann buy 2 @ 100 id=a2
          placed a2: buy 2 @ 100
          rests a2: 2 @ 100
        > ann cancel_all_after 10000
          cancel all of ann at +10000
        > wait 9999
        > wait 1
          canceled a1: cancel_all_after, 1 off the book @ 110
          canceled a2: cancel_all_after, 2 off the book @ 100
        > book
          bid 100: b1 1
        > wait 10000
    """)


def test_speaking_again_moves_the_switch_and_zero_turns_it_off() -> None:
    play("""
        > ann sell 1 @ 110 id=a1
          placed a1: sell 1 @ 110
          rests a1: 1 @ 110
        > ann cancel_all_after 10000
          cancel all of ann at +10000
        > wait 9000
        > ann cancel_all_after 10000
          cancel all of ann at +19000
        > wait 9000
        > ann cancel_all_after 0
          cancel all of ann never
        > wait 20000
        > ann cancel_all_after 0
          cancel all of ann never
        > book
          ask 110: a1 1
    """)


def test_a_switch_with_a_tag_cancels_orders_of_that_tag_only() -> None:
    play("""
        > ann sell 1 @ 110 id=a1 tag=grid
          placed a1: sell 1 @ 110 tag=grid
          rests a1: 1 @ 110
        > ann sell 1 @ 111 id=a2
          placed a2: sell 1 @ 111
          rests a2: 1 @ 111
        > ann sell 1 @ 112 id=a3 tag=grids
          placed a3: sell 1 @ 112 tag=grids
          rests a3: 1 @ 112
        > ann sell 1 @ 113 id=a4 tag=grid
          placed a4: sell 1 @ 113 tag=grid
          rests a4: 1 @ 113
        > ann cancel_all_after 10000 tag=grid
          cancel all of ann tagged grid at +10000
        > wait 10000
          canceled a1: cancel_all_after, 1 off the book @ 110
          canceled a4: cancel_all_after, 1 off the book @ 113
        > book
          ask 112: a3 1
          ask 111: a2 1
    """)


def test_tags_use_all_their_16_characters() -> None:
    play("""
        > ann sell 1 @ 110 id=a1 tag=abcdefgh12345678
          placed a1: sell 1 @ 110 tag=abcdefgh12345678
          rests a1: 1 @ 110
        > ann sell 1 @ 111 id=a2 tag=abcdefgh12345679
          placed a2: sell 1 @ 111 tag=abcdefgh12345679
          rests a2: 1 @ 111
        > ann cancel_all_after 10000 tag=abcdefgh12345679
          cancel all of ann tagged abcdefgh12345679 at +10000
        > wait 10000
          canceled a2: cancel_all_after, 1 off the book @ 111
        > book
          ask 110: a1 1
    """)


def test_switches_fire_before_the_command_that_brings_the_time() -> None:
    play("""
        > ann sell 1 @ 100 id=a1
          placed a1: sell 1 @ 100
          rests a1: 1 @ 100
        > ann cancel_all_after 10000
          cancel all of ann at +10000
        > bob buy 1 @ 90 id=b
          placed b: buy 1 @ 90
          rests b: 1 @ 90
    """)
    floor = Floor()
    floor.run("> ann sell 1 @ 100 id=a1\n> ann cancel_all_after 10000")
    floor.time_ms += 10_000
    play(
        """
        > bob buy 1 @ 100 id=b
          canceled a1: cancel_all_after, 1 off the book @ 100
          placed b: buy 1 @ 100
          rests b: 1 @ 100
        > book
          bid 100: b 1
    """,
        floor,
    )


def test_switches_fire_before_a_refused_command_too() -> None:
    floor = Floor()
    floor.run("> ann sell 1 @ 100 id=a1\n> ann cancel_all_after 10000")
    floor.time_ms += 12_000
    play(
        """
        > bob buy 0 @ 100 id=b
          canceled a1: cancel_all_after, 1 off the book @ 100
          refused: size_not_positive
        > book
          empty
    """,
        floor,
    )


def test_several_switches_fire_by_time_then_account_then_tag() -> None:
    floor = Floor()
    floor.run("""> bob sell 1 @ 110 id=b1
> ann sell 1 @ 110 id=a1 tag=zoo
> ann sell 1 @ 110 id=a2 tag=ant
> ann sell 1 @ 110 id=a3
> cat sell 1 @ 110 id=c1
> bob cancel_all_after 10000
> ann cancel_all_after 10000 tag=zoo
> ann cancel_all_after 10000 tag=ant
> cat cancel_all_after 10001
> wait 5
> cat cancel_all_after 20000""")
    play(
        """
        > wait 19995
          canceled a2: cancel_all_after, 1 off the book @ 110
          canceled a1: cancel_all_after, 1 off the book @ 110
          canceled b1: cancel_all_after, 1 off the book @ 110
        > cat cancel_all_after 20000
          cancel all of cat at +40000
        > wait 20000
          canceled c1: cancel_all_after, 1 off the book @ 110
        > book
          ask 110: a3 1
    """,
        floor,
    )


def test_at_most_twenty_switches_per_account() -> None:
    floor = Floor()
    for number in range(20):
        told = floor.run(f"> ann cancel_all_after 10000 tag=t{number}")
        assert told.endswith(f"tagged t{number} at +10000")
    play(
        """
        > ann cancel_all_after 10000 tag=one-more
          refused: timer_tags_max
        > ann cancel_all_after 10000
          refused: timer_tags_max
        > bob cancel_all_after 10000
          cancel all of bob at +10000
        > ann cancel_all_after 12000 tag=t7
          cancel all of ann tagged t7 at +12000
        > ann cancel_all_after 0 tag=never-set
          cancel all of ann tagged never-set never
        > ann cancel_all_after 0 tag=t8
          cancel all of ann tagged t8 never
        > ann cancel_all_after 120000 tag=one-more
          cancel all of ann tagged one-more at +120000
    """,
        floor,
    )


ANN = c.CancelAllAfter(account=2, timeout_ms=10_000, tag=Text16("new"))
REASONS = [
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": 5}),
    Reason(Rejection.ACCOUNT_NOT_FOUND, {"account": -1}),
    Reason(Rejection.TIMEOUT_OUT_OF_RANGE, {"timeout_ms": 9_999}),
    Reason(Rejection.TIMEOUT_OUT_OF_RANGE, {"timeout_ms": 120_001}),
    Reason(Rejection.TIMEOUT_OUT_OF_RANGE, {"timeout_ms": -1}),
    Reason(Rejection.TIMER_TAGS_MAX, {"tag": "newer"}),
]


def test_the_sequencer_can_ask_when_the_next_switch_fires() -> None:
    floor = Floor()
    assert floor.state.next_timer_ms() == 0
    floor.run("> ann cancel_all_after 30000\n> bob cancel_all_after 10000")
    assert floor.state.next_timer_ms() == START_MS + 10_000
    floor.run("> bob cancel_all_after 0")
    assert floor.state.next_timer_ms() == START_MS + 30_000
    floor.run("> wait 30000")
    assert floor.state.next_timer_ms() == 0


def test_refusals_of_a_switch() -> None:
    floor = Floor()
    floor.rush([ANN._replace(tag=Text16(f"t{number}")) for number in range(20)])
    expect_each(floor, ANN, REASONS)
    expect_precedence(floor, ANN, REASONS, pairs_min=8)


def test_time_never_runs_backwards() -> None:
    floor = Floor()
    floor.time_ms = START_MS - 5_000
    _, events = floor.apply_unchecked(c.Deposit(account=2, currency=0, ledger=1, amount=1))
    assert events[0].time_ms == floor.state.time_ms == START_MS


def test_order_ids_grow_with_time_and_within_a_millisecond() -> None:
    floor = Floor()
    ids = []
    for waited in (0, 0, 1, 1, 0, 60_000):
        floor.time_ms += waited
        floor.run(f"> ann buy 1 @ 100 id=at{floor.time_ms}-{len(ids)}")
        ids.append(floor.state.last_order_id)
    assert ids == sorted(set(ids))
    assert all(len(str(order_id)) == 19 for order_id in ids)
    assert [order_id % 64 for order_id in ids] == [0] * 6
    assert ids[5] >> 22 == floor.time_ms - 1_483_228_800_000


def test_order_ids_grow_even_when_more_come_than_a_millisecond_counts() -> None:
    floor = Floor()
    floor.state.last_order_id = (START_MS - 1_483_228_800_000 + 1) << 22
    floor.run("> ann buy 1 @ 100 id=a")
    assert floor.state.last_order_id == ((START_MS - 1_483_228_800_000 + 1) << 22) + 64
