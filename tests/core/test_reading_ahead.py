"""Reading ahead what a batch will need changes nothing but the time it takes."""

import struct

import pytest

from lonja.core import commands as c
from lonja.core.ahead import GROUP
from lonja.core.apply import apply_batch
from lonja.core.kinds import Side, TimeInForce
from lonja.core.layout import encode_command
from lonja.core.texts import Text32
from tests.core.batches import apply_both_ways
from tests.core.scenario import CONTRACTS, OPENING, START_MS, Floor

SPOT = c.PlaceOrder(START_MS, side=Side.BUY, price=100, size=5)
LINEAR = c.PlaceContractOrder(*SPOT, margin_mode=1)


def _trading(order: c.PlaceOrder | c.PlaceContractOrder, ann: int, bob: int) -> list[c.Command]:
    """Orders that rest beside each other and trade, changed and canceled by both kinds of ids, some of nobody and nothing."""
    named = order._replace(account=ann, client_order_id=Text32("first"))
    takes = order._replace(account=bob, side=Side.SELL, size=7, time_in_force=TimeInForce.IOC)
    aside = order._replace(account=ann, price=98)
    rounds: list[c.Command] = [
        takes,
        c.CancelOrder(START_MS, ann, client_order_id=Text32("middle")),
        aside,
        aside._replace(client_order_id=Text32("middle")),
        aside,
        named,
        order._replace(account=ann),
        order._replace(account=ann, price=99),
        order._replace(account=bob, side=Side.SELL, price=101),
        c.CancelOrder(START_MS, ann, client_order_id=Text32("first")),
        named,
        c.AmendOrder(START_MS, ann, new_size=4, client_order_id=Text32("first")),
        c.AmendOrder(START_MS, ann, order_id=1, new_size=4),
        c.CancelOrder(START_MS, ann, order_id=7 << 60),
        takes,
        takes._replace(account=ann, side=Side.BUY, price=101),
        named._replace(account=1 << 62),
        named._replace(instrument=-1),
        named._replace(instrument=2),
        c.Transfer(START_MS, ann, currency=1, amount=1, from_ledger=1),
        c.Tick(START_MS + 1),
    ]
    return rounds * 3


@pytest.mark.parametrize(("opening", "order"), [(OPENING, SPOT), (CONTRACTS, LINEAR)], ids=["spot", "contracts"])
def test_a_batch_does_what_its_commands_do_one_by_one(opening: str, order: c.PlaceOrder | c.PlaceContractOrder) -> None:
    whole, single = Floor(opening), Floor(opening)
    ann, bob = whole.names.account("ann"), whole.names.account("bob")
    commands = _trading(order, ann, bob)
    outcomes = apply_both_ways(whole, single, commands)
    accepted = sum(refusal == 0 for refusal, _ in struct.iter_unpack("<qq", outcomes))
    assert accepted > len(commands) // 2 > GROUP


def test_an_order_is_found_ahead_by_its_id() -> None:
    floor = Floor()
    rests = c.PlaceOrder(START_MS, 2, side=Side.BUY, price=100, size=5)
    placed = apply_batch(floor.state, encode_command(rests), floor.state.next_command).outcomes
    (order_id,) = struct.unpack("<8xq", placed)
    ends: list[c.Command] = [c.Tick(START_MS), c.CancelOrder(START_MS, 2, order_id=order_id), c.Tick(START_MS)]
    applied = apply_batch(floor.state, b"".join(map(encode_command, ends)), floor.state.next_command)
    assert struct.unpack("<6q", applied.outcomes)[2:4] == (0, order_id)
