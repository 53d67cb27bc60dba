"""Questions about positions: what is held, what has ended, what is at risk."""

from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.core.views import PositionView
from lonja.edge.errors import refusal
from lonja.edge.position_rows import pair_positions, position_rows
from lonja.edge.rest.calls import PrivateCall, catch_up, instrument_type, names_of, optional_id, page_limit
from lonja.edge.rest.closed import MARGIN_MODES, check, one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account as account_wire
from lonja.edge.wire import collateral, requests, requests_account
from lonja.edge.wire import pair_positions as wire_pairs
from lonja.edge.wire import positions as wire
from lonja.edge.wire.instruments import MARGIN
from lonja.modules.history.api import PositionEnd, PositionFilter, PositionRecord
from lonja.primitives.instant import DAY_MS

INSTRUMENTS_MAX: Final = 10
HISTORY_MS: Final = 90 * DAY_MS
KEPT_MS: Final = 30 * DAY_MS
"""How long a position that has ended is still told, to who asks for it by its id."""
ENDS: Final = {str(end.value): end for end in PositionEnd if end is not PositionEnd.NONE}


async def positions(call: PrivateCall, request: requests.Positions) -> Rows:
    """Positions that are held; by their ids also those that ended in the last 30 days."""
    kind = instrument_type(request.instrument_type)
    names, ids = names_of(request.instrument_id, "instId"), names_of(request.position_id, "posId")
    if len(names) > INSTRUMENTS_MAX:
        raise refusal("50025", "instId", INSTRUMENTS_MAX)
    now_ms = call.services.engine.now_ms()
    rows = position_rows(call.services)
    found: Rows = []
    for view in call.services.engine.views.positions(call.account):
        form = call.services.catalogue.at(view.instrument)
        position_id = wire.position_id(*view[:4])
        wanted = not ids or position_id in ids
        is_kind = kind is None or form.instrument_type == kind.name
        if wanted and is_kind and (not names or form.instrument_id in names):
            trace = call.services.orders.positions.trace(*view[:4])
            if view.lots or (position_id in ids and view.life and trace.time_ms > now_ms - KEPT_MS):
                found.append(rows.row(view))
    return found + _pairs(call, kind, names, ids)


def _pairs(call: PrivateCall, kind: InstrumentType | None, names: frozenset[str], ids: frozenset[str]) -> Rows:
    """Positions in pairs that are held; by their ids also those that ended."""
    if kind not in (None, InstrumentType.MARGIN):
        return []
    rows, found = pair_positions(call.services), Rows()
    for position in rows.every(call.account):
        name = position.name
        position_id = wire_pairs.pair_position_id(position.pocket, name.instrument, name.margin_mode)
        is_wanted = (not names or position.form.instrument_id in names) and (not ids or position_id in ids)
        if is_wanted and (position.is_held or (position_id in ids and position.life is not None)):
            found.append(rows.row(position))
    return found


async def positions_history(call: PrivateCall, request: requests_account.PositionHistory) -> Rows:
    """Positions of which something was closed in the last 3 months, those changed last first."""
    services = call.services
    kind = instrument_type(request.instrument_type)
    mode = one_of(request.margin_mode, "mgnMode", ("", *MARGIN_MODES))
    end = ENDS.get(one_of(request.kind, "type", ("", *ENDS)))
    limit = page_limit(request.limit)
    before_ms, after_ms = optional_id(request.after, "after"), optional_id(request.before, "before")
    wanted = PositionFilter(
        instrument_type=None if kind is None else int(kind),
        margin_mode=MARGIN_MODES.index(mode) if mode else None,
        ended=None if end is None else int(end),
    )
    if request.instrument_id:
        form = services.catalogue.find(request.instrument_id)
        if form is None:
            return []
        wanted = wanted._replace(instrument=form.code)
    if request.position_id:
        key = wire.position_key(request.position_id)
        if key is None or services.orders.owner_of(key[0]) != call.account or _contradicts(wanted, key):
            return []
        pocket = -1 if key[0] == call.account else key[0]
        wanted = wanted._replace(instrument=key[1], margin_mode=key[2], position_side=key[3], pocket=pocket)
    await catch_up(services)
    oldest_ms = max(after_ms or 0, services.engine.now_ms() - HISTORY_MS)
    found = await services.history.positions(call.account, wanted, before_ms=before_ms, after_ms=oldest_ms, limit=limit)
    return [_closed_row(call, record) for record in found]


def _closed_row(call: PrivateCall, record: PositionRecord) -> dict[str, object]:
    form = call.services.catalogue.at(record.instrument)
    if record.pocket < 0:
        return wire.closed_row(form, record)
    margins = dict(call.services.orders.pockets(call.account))
    name = margins.get(record.pocket)
    is_base = name is not None and name.currency == form.base.currency
    return wire_pairs.closed_pair_row(form, record, form.base if is_base else form.quote)


def _contradicts(wanted: PositionFilter, key: wire.Key) -> bool:
    """Whether a position is none of those wanted."""
    return wanted.instrument not in (None, key[1]) or wanted.margin_mode not in (None, key[2])


async def position_risk(call: PrivateCall, request: requests_account.OfInstrumentType) -> Rows:
    """Balances and positions at one moment."""
    check(request)
    services = call.services
    views = services.engine.views
    is_pooled = collateral.is_pooled(views, call.account)
    balances = _pool_risk(call) if is_pooled else _balance_risk(call)
    adjusted = collateral.worth_text(views.collateral(call.account).adjusted_equity) if is_pooled else ""
    rows = position_rows(services)
    held = [rows.risk_row(view) for view in _held(call) if _is_of(call, view, request.instrument_type)]
    if request.instrument_type in ("", MARGIN):
        pairs = pair_positions(services)
        held += [pairs.risk_row(position) for position in pairs.held(call.account)]
    return [{"ts": str(services.engine.now_ms()), "adjEq": adjusted, "balData": balances, "posData": held}]


def _balance_risk(call: PrivateCall) -> Rows:
    """What there is of each currency, at its index."""
    services = call.services
    row = account_wire.balance_row(services.catalogue, services.engine.views, call.account, services.engine.now_ms())
    details = row["details"]
    assert isinstance(details, list)
    return [{name: detail[name] for name in ("ccy", "eq", "disEq")} for detail in details]


def _pool_risk(call: PrivateCall) -> Rows:
    """What there is of each currency, at its discount."""
    stocks = collateral.stocks_of(call.services.engine.views, call.account)
    forms = [call.services.catalogue.currency(stock.balance.currency) for stock in stocks]
    return [
        {"ccy": form.name, "eq": form.text(stock.equity), "disEq": collateral.worth_text(stock.owed.discounted)}
        for form, stock in zip(forms, stocks, strict=True)
    ]


def _held(call: PrivateCall) -> list[PositionView]:
    return [view for view in call.services.engine.views.positions(call.account) if view.lots]


def _is_of(call: PrivateCall, view: PositionView, kind: str) -> bool:
    return kind in ("", call.services.catalogue.at(view.instrument).instrument_type)


async def risk_state(call: PrivateCall, _: requests.Request) -> Rows:
    """Whether the account is at risk as a whole: never, that is for portfolio margin."""
    return [{"atRisk": False, "atRiskIdx": [], "atRiskMgn": [], "ts": str(call.services.engine.now_ms())}]
