"""Algo orders survive: snapshots in the middle, replay, and what may be read of them."""

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.apply import apply_batch
from lonja.core.kinds import AlgoKind, Side
from lonja.core.layout import encode_command
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from tests.core.scenario import CONTRACTS, Floor

LIVELY = """> bob sell 1 @ 100 on=LIN
> cat buy 1 @ 100 on=LIN
> contract_index LIN 100
> bob buy 9 @ 96 on=LIN
> ann attach profit_trigger=105 loss_trigger=98 id=g tag=grid on=LIN
> ann buy 10 @ 97 on=LIN id=p
> ann algo oco sell 2 profit_trigger=110 loss_trigger=97 on=LIN
> ann algo trigger sell 2 trigger_price=97 loss_trigger=120 on=LIN
> ann algo move_order_stop sell 2 callback_ticks=2 on=LIN
> ann algo move_order_stop sell 2 callback_ppm=9000 activation_price=101 on=LIN
> bob algo twap sell 6 slice_size=2 price_limit=99 interval_ms=1000 on=LIN
> cat algo iceberg buy 6 slice_size=2 price_limit=96 on=LIN
> cat algo chase buy 6 on=LIN
> cat attach loss_trigger=90 on=LIN
> ann algo conditional buy 3 loss_trigger=103 loss_source=mark on=LIN
> ann algo trigger buy 3 trigger_price=103 source=index order_price=90 on=LIN"""
AFTER: list[c.Command] = [
    c.PlaceContractOrder(account=4, side=Side.BUY, price=99, size=1),
    ac.SetContractIndex(price=104),
    c.SetMarkPrice(price=103),
    c.PlaceContractOrder(account=3, side=Side.SELL, price=96, size=12),
    c.Tick(),
    ac.CancelAlgo(account=2, client_algo_id="g"),  # type: ignore[arg-type]
    c.CancelOrder(account=2, client_order_id="p"),  # type: ignore[arg-type]
    c.PlaceContractOrder(account=3, side=Side.SELL, price=94, size=20),
    c.Tick(),
]


def test_a_snapshot_in_the_middle_goes_on_as_the_original_would() -> None:
    floor = Floor(CONTRACTS)
    floor.run(LIVELY)
    state = floor.state
    data = dump_state(state)
    loaded = load_state(data)
    assert dump_state(loaded) == data
    assert loaded.next_timer == state.next_timer
    for step, command in enumerate(AFTER):
        packed = encode_command(command._replace(time_ms=floor.time_ms + 400 * step))
        assert apply_batch(state, packed, int(state.next_command)) == apply_batch(
            loaded, packed, int(loaded.next_command)
        )
        assert dump_state(state) == dump_state(loaded)
        loaded = load_state(dump_state(loaded))


def test_nothing_is_written_where_nothing_was_traded_and_nothing_is_open() -> None:
    floor = Floor()
    before = dump_state(floor.state)
    floor.run("> ann attach loss_trigger=95 id=g")
    with_one = dump_state(floor.state)
    assert len(with_one) > len(before)
    floor.run("> ann buy 4 @ 99 fok stp=cancel_both")
    assert len(dump_state(floor.state)) == len(before)
    floor.run("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    told = dump_state(floor.state)
    assert load_state(told).instruments[0].last_price == 100


def test_a_timer_of_a_snapshot_is_the_next_of_both_kinds() -> None:
    floor = Floor()
    floor.run("> ann algo twap buy 4 slice_size=2 price_limit=9 interval_ms=15000\n> bob cancel_all_after 10000")
    assert load_state(dump_state(floor.state)).next_timer == floor.time_ms + 10_000
    floor.run("> bob cancel_all_after 20000")
    assert load_state(dump_state(floor.state)).next_timer == floor.state.next_timer == floor.time_ms + 15_000


def test_what_is_open_may_be_read() -> None:
    floor = Floor(CONTRACTS)
    floor.run(LIVELY)
    views = StateViews(floor.state)
    mine = views.algos(2)
    assert [view.terms.kind for view in mine] == [1, 1, 2, 3, 3, 0, 2]
    attached = mine[0]
    assert (attached.waiting, attached.terms.client_algo_id, attached.terms.tag) == (1, "g", "grid")
    assert attached.parent_order_id == views.open_orders(2)[0].order_id
    assert [(view.following, view.extreme) for view in mine if view.terms.kind == AlgoKind.MOVE_ORDER_STOP] == [
        (1, 100),
        (0, 0),
    ]
    assert views.algo(attached.algo_id) == attached
    assert views.algo(5) is None
    chase = views.algos(4)[1]
    assert chase.child_order_id in [order.order_id for order in views.open_orders(4)]
    assert len(views.algos(4)) == 2, "what waits for an order to come is not told"
    (unplaced,) = floor.state.algos.unplaced[4]
    assert views.algo(unplaced.algo_id) is None
    contract = views.contract(0)
    assert contract is not None
    assert (contract.index_price, views.last_price(0)) == (100, 100)


def test_a_repeated_command_places_nothing_twice() -> None:
    floor = Floor()
    floor.run("> bob sell 1 @ 100\n> cat buy 1 @ 100")
    command = ac.PlaceAlgo(account=2, session=7, session_sequence=1, side=1, size=2, loss_trigger=95)
    floor.apply(command)
    packed = encode_command(command._replace(time_ms=floor.time_ms))
    applied = apply_batch(floor.state, packed, int(floor.state.next_command))
    assert applied.events == b""
    assert len(floor.state.algos.by_id) == 1


def test_the_same_commands_give_the_same_state() -> None:
    hashes = []
    for _ in range(2):
        floor = Floor(CONTRACTS)
        floor.run(LIVELY)
        hashes.append(StateViews(floor.state).state_hash())
    assert hashes[0] == hashes[1]
