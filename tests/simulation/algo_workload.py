"""Random algo orders, as ``workload`` and ``contract_workload`` send them among everything else.

Why here: the draws of one kind of command together. Prices are near the middle of the market, so that many fire.
"""

import random
from typing import Any

from lonja.core import algo_commands as ac
from lonja.core import commands as c
from lonja.core.kinds import AlgoKind
from lonja.core.texts import Text32

KINDS = (*AlgoKind, AlgoKind.CONDITIONAL, AlgoKind.OCO, AlgoKind.TRIGGER)


def draw_algo(
    rng: random.Random,
    head: tuple[int, int],
    instrument: int,
    middle: int,
    name: Text32,
    position: dict[str, int] | None = None,
) -> c.Command:
    """Place, attach, amend or cancel one; ``position`` has the fields that name one, for contracts."""
    near: dict[str, Any] = {name: max(1, middle + rng.randrange(-6, 7)) for name in ("loss_trigger", "profit_trigger")}
    who: dict[str, Any] = {"time_ms": head[0], "account": head[1], "instrument": instrument, "client_algo_id": name}
    choice = rng.random()
    if choice < 0.1:
        return _attach_more(rng, who, near, middle)
    if choice < 0.2:
        return ac.AttachAlgo(**who, **near, size=rng.choice((0, 0, 3)), profit_price=rng.choice((0, middle)))
    if choice < 0.3:
        return ac.AmendAlgo(**who, new_size=rng.randrange(1, 9), new_loss_trigger=near["loss_trigger"])
    if choice < 0.4:
        return ac.CancelAlgo(**who)
    kind = rng.choice(KINDS)
    size = rng.randrange(1, 30)
    parts = {"slice_size": rng.randrange(1, size + 1), "price_limit": rng.choice((near["loss_trigger"], 2 * middle))}
    fields: dict[AlgoKind, dict[str, Any]] = {
        AlgoKind.CONDITIONAL: {"loss_trigger": near["loss_trigger"], "loss_price": rng.choice((0, middle))},
        AlgoKind.OCO: near,
        AlgoKind.TRIGGER: {"trigger_price": near["loss_trigger"], "order_price": rng.choice((0, middle))},
        AlgoKind.MOVE_ORDER_STOP: {"callback_ticks": rng.randrange(1, 5), "activation_price": rng.choice((0, middle))},
        AlgoKind.TWAP: parts | {"interval_ms": rng.choice((1_000, 5_000))},
        AlgoKind.ICEBERG: parts | {"distance_ticks": rng.randrange(3)},
        AlgoKind.CHASE: {},
    }
    order = {"kind": int(kind), "side": rng.randrange(2), "size": size} | fields[kind]
    order = order if position is None else order | _of_contract(rng, kind, position)
    if position is not None and kind == AlgoKind.OCO and not order.get("close_fraction") and rng.random() < 0.7:
        rests = {
            "profit_trigger": 0,
            "profit_price": max(1, middle + rng.randrange(-6, 7)),
            "reduce_only": rng.randrange(3),
        }
        return ac.PlaceDetailedAlgo(**who, **order | rests, profit_kind=1)
    if position is not None and kind == AlgoKind.TRIGGER and rng.random() < 0.5:
        return ac.PlaceDetailedAlgo(**who, **order, loss_ppm=20_000, profit_ppm=rng.choice((0, 10_000)))
    return ac.PlaceAlgo(**who, **order)


def _attach_more(rng: random.Random, who: dict[str, Any], near: dict[str, Any], middle: int) -> c.Command:
    """A part of a split take profit, its stop loss, or a trailing stop; what only suits contracts is refused of others."""
    group: dict[str, Any] = {"together": 1, "cost_stop": rng.randrange(2), "reduce_only": rng.randrange(2)}
    choice = rng.random()
    if choice < 0.4:
        return ac.AttachDetailedAlgo(**who, **group, loss_trigger=near["loss_trigger"])
    if choice < 0.6:
        return ac.AttachDetailedAlgo(**who, callback_ticks=rng.randrange(1, 4))
    price = max(1, middle + rng.randrange(-6, 7))
    return ac.AttachDetailedAlgo(**who, **group, profit_kind=1, profit_price=price, size=rng.choice((0, 2, 3)))


def _of_contract(rng: random.Random, kind: AlgoKind, position: dict[str, int]) -> dict[str, int]:
    """What only contracts have: a position, other prices that trigger, and closing all that there is."""
    more = {name: rng.randrange(3) for name in ("source", "profit_source", "loss_source")}
    if kind in (AlgoKind.CONDITIONAL, AlgoKind.OCO) and rng.random() < 0.3:
        more |= {"size": 0, "close_fraction": 1}
    return more | position
