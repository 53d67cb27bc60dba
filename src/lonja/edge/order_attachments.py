"""Take profits and stop losses of an open order, amended through the order that they are attached to.

Why here: which of them is meant is known by what waits for the order, which only the edge looks up.
Invariant: everything that can be refused here is refused before anything is sent.
"""

from collections.abc import Mapping

from lonja.edge.errors import refusal
from lonja.edge.services import Services
from lonja.edge.wire.algo_amending import AlgoAmendment, amend_algo_command, attached_amendments, attached_meant
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.order_requests import order_reference


def attached_changes(
    services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int, not_found: str
) -> list[AlgoAmendment]:
    """What ``arg`` changes of what is attached to an open order.

    Raises ``EdgeError``: ``not_found`` without the order, 51527 or 51538 for one that is not attached to it, 51539 for one twice.
    """
    rows = attached_amendments(arg)
    order_id, client_order_id = order_reference(arg)
    views = services.engine.views
    order = views.order(order_id) if order_id else views.find_client_order(account, client_order_id)
    if order is None or (order.account, order.instrument) != (account, form.code):
        raise refusal(not_found)
    waiting = services.orders.algos.attached_to(order.order_id)
    meant = [attached_meant(waiting, row) for row in rows]
    if len({algo.algo_id for algo in meant}) < len(meant):
        raise refusal("51539")
    # What is attached to an order of a pocket is shown as its owner's, but is of the pocket.
    theirs = [algo._replace(account=order.account) for algo in meant]
    return [amend_algo_command(row, form, algo, waiting) for row, algo in zip(rows, theirs, strict=True)]


def parent_of(services: Services, algo_id: int) -> int:
    """The order to which the algo order ``algo_id`` is attached; 0 for none."""
    found = services.orders.algos.algo(algo_id)
    return 0 if found is None else found.parent_order_id
