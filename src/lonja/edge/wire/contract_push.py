"""Pushes about contracts: open interest, funding, deliveries to come, liquidations and Security Funds.

Why here: their keys are the wire's. Each function returns one whole message, which is built once for all subscribers.
Invariant: a push repeats the argument that its subscribers gave.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from lonja.core.events import PositionTakenOver
from lonja.core.views import ContractView
from lonja.edge.wire.channels import FUNDING_RATE, OPEN_INTEREST
from lonja.edge.wire.contract_rows import (
    LIQUIDATION_ROW,
    estimated_price_row,
    funding_rate_row,
    liquidation_row,
    open_interest_row,
    pair_liquidation_detail,
)
from lonja.edge.wire.instruments import MARGIN, Catalogue, InstrumentForm
from lonja.modules.history.api import OrderRecord
from lonja.modules.pricing.api import DeliveryEstimate, FundingView


def open_interest_push(form: InstrumentForm, contract: ContractView, now_ms: int) -> bytes:
    """What is held of a contract."""
    return _push(_named(OPEN_INTEREST, form), [open_interest_row(form, contract, now_ms)])


def funding_rate_push(form: InstrumentForm, funding: FundingView) -> bytes:
    """Funding of a perpetual contract."""
    return _push(_named(FUNDING_RATE, form), [funding_rate_row(form, funding)])


def estimated_price_push(arg: Mapping[str, object], form: InstrumentForm, estimate: DeliveryEstimate) -> bytes:
    """The delivery price to come of a dated contract."""
    return _push(arg, [{**estimated_price_row(form, estimate), "settleType": "delivery"}])


def liquidations_push(arg: Mapping[str, object], catalogue: Catalogue, taken: Iterable[PositionTakenOver]) -> bytes:
    """Liquidated positions, each in a row of its own: clients read the first detail of each row."""
    return _push(arg, [liquidation_row(catalogue.at(one.instrument), one) for one in taken])


def pair_liquidation_push(arg: Mapping[str, object], catalogue: Catalogue, order: OrderRecord) -> bytes:
    """A liquidated position in a pair."""
    form = catalogue.at(order.instrument)
    details = [pair_liquidation_detail(form, order)]
    row = {**LIQUIDATION_ROW, "instType": MARGIN, "instId": form.instrument_id, "details": details}
    return _push(arg, [row])


def adl_warning_push(arg: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> bytes:
    """How Security Funds stand."""
    return _push(arg, rows)


def _named(channel: str, form: InstrumentForm) -> dict[str, object]:
    return {"channel": channel, "instId": form.instrument_id}


def _push(arg: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> bytes:
    return msgspec.json.encode({"arg": arg, "data": rows})
