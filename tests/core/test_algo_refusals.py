"""Every refusal of an algo order, in the order in which they are asked, the caps, and that a refusal changes nothing."""

import pytest

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.algo_placing import CAPS
from lonja.core.kinds import AlgoKind
from lonja.core.rejections import Rejection
from lonja.core.snapshot import dump_state, load_state
from lonja.core.state_views import StateViews
from lonja.core.texts import Text32
from lonja.primitives.money import INT_MAX
from tests.core.scenario import CONTRACTS, Floor

SPOT, LIN = 2, 0
ANN = 2


@pytest.fixture
def floor() -> Floor:
    """Contracts and a spot instrument, traded at 100; ann holds 4 lots of LIN; dan may trade spot alone."""
    made = Floor(CONTRACTS)
    made.run("""> instrument BTC-USD base=BTC quote=USD size_min=2
> account dan
> bob sell 4 @ 100 on=LIN
> ann buy 4 @ 100 on=LIN
> bob sell 2 @ 100
> ann buy 2 @ 100
> ann algo conditional sell 2 loss_trigger=90 id=taken
> ann algo conditional sell close loss_trigger=90 on=LIN""")
    return made


LEG = "loss_trigger=95"
REFUSALS = [
    (f"ann algo conditional sell 5 {LEG} margin_mode=2", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} reduce_only=3 on=LIN", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} loss_source=3", "field_invalid"),
    (f"ann algo conditional sell {INT_MAX + 1} {LEG}", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} kind=7", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} size=-1", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} self_trade_prevention=4", "field_invalid"),
    (f"99 algo conditional sell 5 {LEG}", "account_not_found"),
    (f"0 algo conditional sell 5 {LEG}", "account_not_found"),
    (f"ann algo conditional sell 5 {LEG} on=9", "instrument_not_found"),
    # Fields that do not go together.
    ("ann algo conditional sell 5", "algo_kind_invalid"),
    ("ann algo conditional sell 5 loss_price=95", "algo_kind_invalid"),
    ("ann algo conditional sell 5 profit_price=95", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 {LEG} trigger_price=3", "algo_kind_invalid"),
    (f"ann algo oco sell 5 {LEG}", "algo_kind_invalid"),
    (f"ann algo trigger sell 5 {LEG}", "algo_kind_invalid"),
    ("ann algo trigger sell 5 order_price=9", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=9 loss_price=9", "algo_kind_invalid"),
    ("ann algo move_order_stop sell 5", "algo_kind_invalid"),
    ("ann algo move_order_stop sell 5 activation_price=9", "algo_kind_invalid"),
    ("ann algo move_order_stop sell 5 callback_ppm=9 callback_ticks=9", "algo_kind_invalid"),
    ("ann algo move_order_stop sell 5 callback_ppm=1000000", "algo_kind_invalid"),
    ("ann algo chase buy 5 on=LIN activation_price=9 callback_ticks=1", "algo_kind_invalid"),
    ("ann algo chase buy 5 on=LIN callback_ppm=9 callback_ticks=1", "algo_kind_invalid"),
    ("ann algo chase sell 5 on=LIN reduce_only=2", "algo_kind_invalid"),
    ("ann algo twap buy 5 slice_size=2 price_limit=99", "algo_kind_invalid"),
    ("ann algo twap buy 5 slice_size=6 price_limit=99 interval_ms=1000", "algo_kind_invalid"),
    ("ann algo twap buy 5 slice_size=2 interval_ms=1000", "algo_kind_invalid"),
    ("ann algo twap buy 5 price_limit=9 interval_ms=1000", "algo_kind_invalid"),
    ("ann algo twap buy 5 slice_size=2 price_limit=99 interval_ms=999", "algo_kind_invalid"),
    ("ann algo twap buy 5 slice_size=2 price_limit=99 interval_ms=86400001", "algo_kind_invalid"),
    ("ann algo iceberg buy 5 slice_size=2 price_limit=99 interval_ms=1000", "algo_kind_invalid"),
    ("ann algo iceberg buy 5 slice_size=2 price_limit=99 distance_ppm=1 distance_ticks=1", "algo_kind_invalid"),
    ("ann algo iceberg buy 5 slice_size=2 price_limit=99 distance_ppm=1000000", "algo_kind_invalid"),
    ("ann algo chase buy 5 on=LIN slice_size=5", "algo_kind_invalid"),
    # What only one kind of instrument has.
    ("ann algo chase buy 5", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 isolated {LEG}", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 reduce {LEG}", "algo_kind_invalid"),
    (f"ann algo conditional sell close {LEG}", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 {LEG} loss_source=mark", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 quote {LEG} loss_price=9", "algo_kind_invalid"),
    ("ann algo iceberg buy 5 quote slice_size=2 price_limit=99", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 quote {LEG} on=LIN", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 close {LEG} on=LIN", "algo_kind_invalid"),
    (f"ann algo conditional sell close {LEG} loss_price=9 on=LIN", "algo_kind_invalid"),
    ("ann algo trigger sell close trigger_price=95 on=LIN", "algo_kind_invalid"),
    # What only detailed commands say.
    (f"ann algo conditional sell 5 {LEG} on=LIN profit_kind=2", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} on=LIN time_in_force=3", "field_invalid"),
    (f"ann algo conditional sell 5 {LEG} on=LIN profit_ppm=-1", "field_invalid"),
    (f"ann algo oco sell 5 {LEG} on=LIN profit_kind=1", "algo_kind_invalid"),
    (f"ann algo oco sell 5 {LEG} on=LIN profit_kind=1 profit_price=9 profit_trigger=110", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=90 on=LIN profit_kind=1 profit_price=110", "algo_kind_invalid"),
    ("ann algo conditional sell 5 on=LIN profit_kind=1 profit_price=110", "algo_kind_invalid"),
    (f"ann algo oco sell 5 {LEG} profit_kind=1 profit_price=110", "algo_kind_invalid"),
    (f"ann algo oco sell 5 {LEG} on=LIN profit_ppm=9", "algo_kind_invalid"),
    (f"ann algo oco sell 5 {LEG} on=LIN profit_trigger=110 loss_ppm=9", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 {LEG} on=LIN time_in_force=1", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=90 on=LIN time_in_force=1", "algo_kind_invalid"),
    (f"ann algo conditional sell 5 {LEG} on=LIN guard_callback_ppm=9", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=90 on=LIN guard_activation_price=9", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=90 on=LIN guard_callback_ppm=1000000", "algo_kind_invalid"),
    ("ann algo trigger sell 5 trigger_price=90 on=LIN guard_callback_ppm=9 loss_ppm=9", "algo_kind_invalid"),
    (f"ann attach 5 {LEG} together=1", "algo_kind_invalid"),
    ("ann attach 5 on=LIN callback_ppm=9 together=1", "algo_kind_invalid"),
    ("ann attach 5 on=LIN loss_ppm=9 loss_trigger=90", "algo_kind_invalid"),
    ("ann attach 5 on=LIN activation_price=9", "algo_kind_invalid"),
    (f"ann attach 5 {LEG} on=LIN cost_stop=2", "field_invalid"),
    ("ann amend_algo taken new_profit_kind=1", "algo_not_amendable"),
    ("ann amend_algo taken new_profit_source=3", "field_invalid"),
    (f"dan algo conditional sell 5 {LEG} on=LIN", "account_mode_forbids"),
    (f"ann algo conditional sell 5 long {LEG} on=LIN", "position_side_invalid"),
    (f"ann algo conditional sell 0 {LEG}", "size_not_positive"),
    (f"ann algo conditional sell 1 {LEG}", "size_below_min"),
    ("ann algo iceberg buy 5 slice_size=1 price_limit=99", "size_below_min"),
    # Prices.
    (f"ann algo conditional sell 5 {LEG} loss_source=index", "trigger_price_missing"),
    ("ann algo move_order_stop sell 5 callback_ticks=1 source=index", "trigger_price_missing"),
    ("ann algo conditional sell 5 loss_trigger=100", "trigger_already_met"),
    ("ann algo conditional buy 5 loss_trigger=100", "trigger_already_met"),
    ("ann algo conditional sell 5 profit_trigger=100", "trigger_already_met"),
    ("ann algo oco buy 5 profit_trigger=101 loss_trigger=110", "trigger_already_met"),
    ("ann algo trigger buy 5 trigger_price=100", "trigger_already_met"),
    # Positions, names.
    (f"bob algo conditional sell close {LEG} on=LIN", "position_not_found"),
    ("ann algo conditional buy close loss_trigger=105 on=LIN", "position_not_found"),
    (f"ann algo conditional sell close isolated {LEG} on=LIN", "position_not_found"),
    (f"ann algo conditional sell close {LEG} on=LIN id=taken", "closing_algo_exists"),
    (f"ann algo conditional sell 5 {LEG} id=taken", "client_algo_id_duplicate"),
    # Attaching.
    (f"ann attach 5 {LEG} loss_source=4", "field_invalid"),
    (f"ann attach 5 {LEG} on=9", "instrument_not_found"),
    ("ann attach 5", "algo_kind_invalid"),
    ("ann attach 5 loss_price=3 profit_trigger=8", "algo_kind_invalid"),
    (f"ann attach 5 {LEG} reduce", "algo_kind_invalid"),
    (f"ann attach 1 {LEG}", "size_below_min"),
    # Amending and canceling.
    ("ann amend_algo taken new_size=-2", "field_invalid"),
    (f"ann amend_algo taken new_size={INT_MAX + 1}", "field_invalid"),
    ("99 amend_algo taken new_size=5", "account_not_found"),
    ("ann amend_algo taken new_size=5 on=9", "instrument_not_found"),
    ("bob amend_algo taken new_size=5", "algo_not_found"),
    ("ann amend_algo taken new_size=5 on=LIN", "algo_not_found"),
    ("ann amend_algo 5 new_size=5", "algo_not_found"),
    ("ann amend_algo taken", "nothing_to_amend"),
    ("ann amend_algo taken new_size=2", "nothing_to_amend"),
    ("ann amend_algo taken new_loss_trigger=0", "algo_kind_invalid"),
    ("ann amend_algo taken new_size=1", "size_below_min"),
    ("ann amend_algo taken new_loss_trigger=100", "trigger_already_met"),
    ("99 cancel_algo taken", "account_not_found"),
    ("ann cancel_algo taken on=9", "instrument_not_found"),
    ("bob cancel_algo id=taken", "algo_not_found"),
    # The index of a contract.
    ("contract_index LIN 0", "field_invalid"),
    (f"contract_index LIN {INT_MAX + 1}", "field_invalid"),
    ("contract_index 9 100", "instrument_not_found"),
    ("contract_index BTC-USD 100", "field_invalid"),
]


@pytest.mark.parametrize(("line", "refusal"), REFUSALS)
def test_it_is_refused_and_nothing_changes(floor: Floor, line: str, refusal: str) -> None:
    before = dump_state(floor.state)
    assert floor.run(f"> {line}") == f"> {line}\n  refused: {refusal}"
    after = dump_state(floor.state)
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) <= 8, "more than the time has changed"


@pytest.mark.parametrize("line", [f"ann algo conditional sell 5 {LEG}", f"ann attach 5 {LEG}"])
def test_a_frozen_account_and_a_closed_instrument_take_none(floor: Floor, line: str) -> None:
    floor.run("> state BTC-USD suspended")
    assert floor.run(f"> {line}").endswith("refused: instrument_not_live")
    assert floor.run("> ann amend_algo taken new_size=5").endswith("refused: instrument_not_live")
    floor.run("> freeze ann")
    assert floor.run(f"> {line}").endswith("refused: account_frozen")
    assert floor.run("> ann amend_algo id=taken new_size=5").endswith("refused: account_frozen")


def test_what_waits_for_an_order_to_come_or_is_worked_off_is_not_amended(floor: Floor) -> None:
    floor.run(f"> ann attach {LEG} id=g\n> ann algo iceberg buy 5 slice_size=2 price_limit=99 id=i")
    floor.run("> ann algo move_order_stop sell 5 callback_ticks=1 id=m")
    assert floor.run("> ann amend_algo id=g new_size=3").endswith("refused: algo_not_found")
    assert floor.run("> ann amend_algo id=i new_size=3").endswith("refused: algo_not_amendable")
    assert floor.run("> ann amend_algo id=m new_activation_price=120").endswith("refused: algo_not_amendable")
    floor.run("> ann buy 3 @ 90")
    for change in ("new_size=1", "new_profit_ppm=5", "new_profit_kind=1 new_profit_price=99"):
        assert floor.run(f"> ann amend_algo id=g {change}").endswith("refused: algo_kind_invalid")


def test_an_order_is_refused_when_what_was_to_protect_it_can_not_be_attached(floor: Floor) -> None:
    floor.run(
        f"> ann attach {LEG} id=g\n> ann attach {LEG} id=taken\n> ann attach {LEG} id=taken\n> ann attach {LEG} id=h"
    )
    views = StateViews(floor.state)
    before = views.algos(ANN)
    assert load_state(dump_state(floor.state)).algos.unplaced.keys() == {ANN}
    assert floor.run("> ann buy 3 @ 90 on=LIN").count("placed") == 1, "another instrument"
    assert floor.run("> ann buy 3 @ 90").endswith("refused: client_algo_id_duplicate")
    assert (views.algos(ANN), floor.state.algos.unplaced) == (before, {})
    assert floor.run("> ann buy 3 @ 90").count("placed") == 1


KINDS = {
    AlgoKind.CONDITIONAL: {"loss_trigger": 95},
    AlgoKind.TRIGGER: {"trigger_price": 95},
    AlgoKind.MOVE_ORDER_STOP: {"callback_ticks": 5},
    AlgoKind.TWAP: {"slice_size": 2, "price_limit": 1, "interval_ms": 1_000},
    AlgoKind.ICEBERG: {"slice_size": 2, "price_limit": 150},
    AlgoKind.CHASE: {},
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_has_so_many_of_a_kind_in_an_instrument(floor: Floor, kind: AlgoKind) -> None:
    instrument = LIN if kind == AlgoKind.CHASE else SPOT
    floor.run("> ann cancel_algo taken")
    side = 0 if kind == AlgoKind.TWAP else 1
    fields = KINDS[kind]
    command = ac.PlaceAlgo(account=ANN, instrument=instrument, kind=kind, side=side, size=2, **fields)  # type: ignore[arg-type]
    most = CAPS[kind]
    assert most == {0: 100, 2: 500, 3: 50, 4: 20, 5: 100, 6: 20}[kind]
    commands: list[c.Command] = [command] * (most + 1)
    assert floor.rush(commands) == [Rejection.NONE] * most + [Rejection.OPEN_ALGOS_MAX]
    others: list[c.Command] = [command._replace(account=ANN + 1)]
    if kind == AlgoKind.CONDITIONAL:
        both = command._replace(kind=int(AlgoKind.OCO), profit_trigger=105)
        attached = ac.AttachAlgo(account=ANN, instrument=SPOT, loss_trigger=95, client_algo_id=Text32("x"))
        order = c.PlaceOrder(account=ANN, instrument=SPOT, price=90, size=2)
        expected = [Rejection.OPEN_ALGOS_MAX, Rejection.NONE, Rejection.NONE, Rejection.OPEN_ALGOS_MAX, Rejection.NONE]
        assert floor.rush([both, attached, attached, order, order]) == expected
    assert floor.rush(others) == [Rejection.NONE]
