"""Reading ahead what a batch will need changes nothing but the time it takes."""

import random
import struct

import pytest

from lonja.core import commands as c
from lonja.core.ahead import GROUP
from lonja.core.apply import apply_batch
from lonja.core.kinds import Side, TimeInForce
from lonja.core.layout import encode_command
from lonja.core.orders import next_order_id
from lonja.core.rejections import Rejection
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


def _named_again(seed: int, ann: int, bob: int) -> list[c.Command]:
    """Two accounts use few names and ids again and again, so that what was read ahead is often over, or another's."""
    rng = random.Random(seed)
    commands: list[c.Command] = []
    for _ in range(40 * GROUP):
        account, name = rng.choice((ann, bob)), Text32(rng.choice(("", "a", "b")))
        order_id = next_order_id(0, START_MS) + 64 * rng.randrange(GROUP) if rng.random() < 0.5 else 0
        side = Side.BUY if account == ann else Side.SELL
        immediate = TimeInForce(rng.choice((TimeInForce.GTC, TimeInForce.IOC)))
        price = rng.randrange(99, 102)
        kind = rng.randrange(4)
        if kind == 0:
            commands.append(c.CancelOrder(START_MS, account, order_id=order_id, client_order_id=name))
        elif kind == 1:
            commands.append(
                c.AmendOrder(START_MS, account, order_id=order_id, new_size=rng.randrange(1, 9), client_order_id=name)
            )
        else:
            commands.append(
                SPOT._replace(account=account, side=side, time_in_force=immediate, price=price, client_order_id=name)
            )
    return commands


@pytest.mark.parametrize("seed", range(5))
def test_what_was_read_ahead_is_used_only_while_it_is_so(seed: int) -> None:
    whole, single = Floor(), Floor()
    commands = _named_again(seed, whole.names.account("ann"), whole.names.account("bob"))
    outcomes = apply_both_ways(whole, single, commands)
    kinds = {
        (type(command), refusal == 0)
        for command, (refusal, _) in zip(commands, struct.iter_unpack("<qq", outcomes), strict=True)
    }
    assert len(kinds) == 6


def test_who_names_no_order_cancels_none_although_one_without_a_name_was_read_ahead() -> None:
    floor = Floor()
    rests = c.PlaceOrder(START_MS, 2, side=Side.BUY, price=100, size=5)
    placed = apply_batch(floor.state, encode_command(rests), floor.state.next_command).outcomes
    (order_id,) = struct.unpack("<8xq", placed)
    found: list[c.Command] = [c.Tick(START_MS), c.AmendOrder(START_MS, 2, order_id=order_id, new_size=4)]
    apply_batch(floor.state, b"".join(map(encode_command, found)), floor.state.next_command)
    nobody = apply_batch(floor.state, encode_command(c.CancelOrder(START_MS, 2)), floor.state.next_command)
    assert struct.unpack("<2q", nobody.outcomes) == (Rejection.ORDER_NOT_FOUND, 0)


@pytest.mark.parametrize("name", ["", "a"])
def test_an_order_is_found_ahead_by_its_ids_until_it_is_canceled(name: str) -> None:
    floor = Floor()
    rests = c.PlaceOrder(START_MS, 2, side=Side.BUY, price=100, size=5, client_order_id=Text32(name))
    placed = apply_batch(floor.state, encode_command(rests), floor.state.next_command).outcomes
    (order_id,) = struct.unpack("<8xq", placed)
    cancel = c.CancelOrder(START_MS, 2, order_id=0 if name else order_id, client_order_id=Text32(name))
    commands: list[c.Command] = [c.Tick(START_MS), cancel, cancel, c.Tick(START_MS)]
    applied = apply_batch(floor.state, b"".join(map(encode_command, commands)), floor.state.next_command)
    assert struct.unpack("<8q", applied.outcomes)[2:6] == (0, order_id, Rejection.ORDER_NOT_FOUND, 0)
