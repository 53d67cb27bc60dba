"""What governance refuses, in the language of the wire.

Why here: REST and WebSocket must give the same answer, and only the edge knows codes. Invariant: each ``Reason`` with
which something may be denied has a code; ``tests/edge/test_gate.py`` walks the enumeration.
"""

from typing import Final

from lonja.core.algo_commands import PlaceAlgo
from lonja.core.commands import AmendOrder, CancelOrder, PlaceContractOrder, PlaceOrder
from lonja.core.kinds import AlgoKind, InstrumentType, Ledger, Side, SizeUnit
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.views import OrderView
from lonja.edge.errors import EdgeError, refusal
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.contract_requests import CLOSING, only_closes
from lonja.edge.wire.instruments import LEVERAGE_SCALE, InstrumentForm
from lonja.modules.governance.api import Capability, Decision, Reason
from lonja.primitives.money import format_scaled

BLOCKED: Final = "51024"
RESTRICTED: Final = "50027"
LOCAL_RULES: Final = "51155"

CODES: Final[dict[Reason, str]] = {
    Reason.ACCOUNT_CLOSED: BLOCKED,
    Reason.ACCOUNT_CLOSING: BLOCKED,
    Reason.ACCOUNT_FROZEN: BLOCKED,
    Reason.PLACE_SANCTIONED: LOCAL_RULES,
    Reason.SESSION_PLACE_SANCTIONED: LOCAL_RULES,
    Reason.RESIDENCE_MISSING: LOCAL_RULES,
    Reason.PLACE_CLOSED: LOCAL_RULES,
    Reason.PRODUCT_CLOSED: LOCAL_RULES,
    Reason.RESTRICTED: RESTRICTED,
    Reason.FACTORS_MISSING: RESTRICTED,
    Reason.KYC_LEVEL_TOO_LOW: RESTRICTED,
    Reason.SCOPE_MISSING: "50120",
    Reason.QUESTIONNAIRE_OVERDUE: RESTRICTED,
    Reason.KNOWLEDGE_TEST_MISSING: RESTRICTED,
    Reason.ON_HOLD: "58204",
    Reason.CEILING_REACHED: "58201",
}
"""The code of each reason to deny."""

_MONEY_CODES: Final = {BLOCKED: "58004"}
"""Codes that are others where money is moved."""
_ORDERS: Final = (Capability.API_TRADE, Capability.TRADE_SPOT)
_LOANS: Final = (Capability.API_TRADE, Capability.TRADE_MARGIN, Capability.LEVERAGE_MARGIN)
_ORDERS_OF_CONTRACTS: Final[dict[str, tuple[Capability, ...]]] = {
    InstrumentType.SWAP.name: (Capability.API_TRADE, Capability.TRADE_PERPETUAL, Capability.LEVERAGE_DERIVATIVES),
    InstrumentType.FUTURES.name: (Capability.API_TRADE, Capability.TRADE_FUTURES, Capability.LEVERAGE_DERIVATIVES),
}
_CLOSING: Final = (Capability.API_TRADE,)
_PROTECTING: Final = (AlgoKind.CONDITIONAL, AlgoKind.OCO, AlgoKind.MOVE_ORDER_STOP)
"""Whom contracts are closed to may still leave them."""


def require_right(services: Services, session: Session, *capabilities: Capability) -> None:
    """Raise ``EdgeError`` when ``session`` may not do one of ``capabilities`` that move money or open accounts."""
    decision = services.gate.refusal(session.account, capabilities, services.engine.now_ms(), place=session.place)
    if decision is not None:
        raise _error(decision, money=True)


def require_key_right(services: Services, session: Session, capability: Capability) -> None:
    """Raise ``EdgeError`` when no key of the account of ``session`` may do ``capability``, such as reading."""
    decision = services.gate.refusal(session.account, (capability,), services.engine.now_ms(), place=session.place)
    if decision is not None:
        raise _error(decision)


def require_margin_right(services: Services, session: Session) -> None:
    """Raise ``EdgeError`` when ``session`` may not borrow what it trades with."""
    decision = services.gate.refusal(session.account, _LOANS, services.engine.now_ms(), place=session.place)
    if decision is not None:
        raise _error(decision)


def require_contract_right(services: Services, session: Session, form: InstrumentForm, leverage: int = 0) -> None:
    """Raise ``EdgeError`` when ``session`` may not raise what it has at risk in the contract ``form``.

    So does a ``leverage`` (hundredths) that is more than the account may have, with 59102.
    """
    wanted = _ORDERS_OF_CONTRACTS[form.instrument_type]
    decision = services.gate.refusal(session.account, wanted, services.engine.now_ms(), place=session.place)
    if decision is not None:
        raise _error(decision)
    if _is_too_much(services, session, leverage):
        raise refusal("59102")


def algo_gate_refusal(services: Services, session: Session, terms: PlaceAlgo) -> EdgeError | None:
    """Why ``session`` may not have an algo order with ``terms``; what can only close is judged as such."""
    account, place, now_ms = session.account, session.place, services.engine.now_ms()
    if terms.account != account:
        reduces = terms.reduce_only != 0 or terms.kind in _PROTECTING
        return _borrowing_refusal(services, session, now_ms, reduces=reduces)
    of_contracts = _ORDERS_OF_CONTRACTS.get(services.catalogue.at(terms.instrument).instrument_type)
    decision = services.gate.refusal(account, of_contracts or _ORDERS, now_ms, place=place)
    if of_contracts is None:
        closes = terms.side == Side.SELL
    else:
        closes = bool(terms.reduce_only or terms.close_fraction) or (terms.position_side, terms.side) in CLOSING
    if decision is not None and closes:
        wanted = _ORDERS if of_contracts is None else _CLOSING
        decision = services.gate.refusal(account, wanted, now_ms, reduces=True, place=place)
    if decision is not None:
        return _error(decision)
    return None if of_contracts is None or closes else _leverage_refusal(services, session, terms)


def order_refusal(
    services: Services,
    session: Session,
    command: PlaceOrder | PlaceContractOrder | PlaceMarginOrder | AmendOrder | CancelOrder,
    now_ms: int,
) -> EdgeError | None:
    """Why ``session`` may not send ``command``; it may always cancel, and close a position as long as it may trade."""
    if isinstance(command, CancelOrder):
        return None
    account, place = session.account, session.place
    if isinstance(command, PlaceContractOrder) or (
        isinstance(command, AmendOrder) and services.catalogue.at(command.instrument).is_contract
    ):
        return _contract_refusal(services, session, command, now_ms)
    if isinstance(command, PlaceMarginOrder) or command.account != account:
        return _margin_refusal(services, session, command, now_ms)
    decision = services.gate.refusal(account, _ORDERS, now_ms, place=place)
    if decision is None:
        return None
    # What an order does to the account matters only here, where something is closed or half closed.
    if _sells(services, command) and not _may_borrow(services, account, command):
        decision = services.gate.refusal(account, _ORDERS, now_ms, reduces=True, place=place)
    return None if decision is None else _error(decision)


def _margin_refusal(
    services: Services, session: Session, command: PlaceOrder | PlaceMarginOrder | AmendOrder, now_ms: int
) -> EdgeError | None:
    """Why ``session`` may not have an order of a position in a pair, which borrows unless it reduces only."""
    reduces = isinstance(command, PlaceMarginOrder) and command.reduce_only == 1
    return _borrowing_refusal(services, session, now_ms, reduces=reduces)


def _borrowing_refusal(services: Services, session: Session, now_ms: int, *, reduces: bool) -> EdgeError | None:
    """The same of anything that borrows, unless it only ``reduces``."""
    decision = services.gate.refusal(session.account, _LOANS, now_ms, place=session.place)
    if decision is not None and reduces:
        decision = services.gate.refusal(session.account, _CLOSING, now_ms, reduces=True, place=session.place)
    return None if decision is None else _error(decision)


def _contract_refusal(
    services: Services, session: Session, command: PlaceContractOrder | AmendOrder, now_ms: int
) -> EdgeError | None:
    wanted = _ORDERS_OF_CONTRACTS[services.catalogue.at(command.instrument).instrument_type]
    account, place = session.account, session.place
    decision = services.gate.refusal(account, wanted, now_ms, place=place)
    if decision is not None and _closes(services, command):
        decision = services.gate.refusal(account, _CLOSING, now_ms, reduces=True, place=place)
    if decision is not None:
        return _error(decision)
    return None if _closes(services, command) else _leverage_refusal(services, session, command)


def _leverage_refusal(
    services: Services, session: Session, command: PlaceContractOrder | AmendOrder | PlaceAlgo
) -> EdgeError | None:
    """Why ``command`` may not open anything with the leverage of its position."""
    meant = _amended(services, command) if isinstance(command, AmendOrder) else command
    if meant is None:
        return None
    leverage = services.engine.views.leverage(
        session.account, command.instrument, meant.margin_mode, meant.position_side
    )
    if not _is_too_much(services, session, leverage):
        return None
    most = services.gate.leverage_max(session.account, Capability.LEVERAGE_DERIVATIVES, services.engine.now_ms())
    name = services.catalogue.at(command.instrument).instrument_id
    return refusal("51186", name, format_scaled(leverage, LEVERAGE_SCALE), most)


def _is_too_much(services: Services, session: Session, leverage: int) -> bool:
    most = services.gate.leverage_max(session.account, Capability.LEVERAGE_DERIVATIVES, services.engine.now_ms())
    return most is not None and leverage > most * 10**LEVERAGE_SCALE


def _closes(services: Services, command: PlaceContractOrder | AmendOrder) -> bool:
    """Whether the order can do nothing but make a position smaller."""
    if isinstance(command, PlaceContractOrder):
        return only_closes(command)
    order = _amended(services, command)
    return order is not None and order.reduce_only == 1


def _sells(services: Services, command: PlaceOrder | AmendOrder) -> bool:
    if isinstance(command, PlaceOrder):
        return command.side == Side.SELL
    order = _amended(services, command)
    return order is not None and order.side == Side.SELL


def _may_borrow(services: Services, account: int, command: PlaceOrder | AmendOrder) -> bool:
    """Whether a sale may sell more than there is: then it opens something, like a short position."""
    views = services.engine.views
    if not views.collateral(account).auto_borrow:
        return False
    if not isinstance(command, PlaceOrder) or command.size_unit != SizeUnit.BASE:
        return True
    form = services.catalogue.at(command.instrument)
    balance = views.balance(account, form.base.currency, Ledger.TRADING)
    amount: int = command.size * form.lot_step * 10 ** (form.base.scale - form.size_scale)
    return amount > balance.cash - balance.held


def _amended(services: Services, command: AmendOrder) -> OrderView | None:
    views = services.engine.views
    return views.order(command.order_id) or views.find_client_order(command.account, command.client_order_id)


def _error(decision: Decision, *, money: bool = False) -> EdgeError:
    code = CODES[decision.reason]
    return refusal(_MONEY_CODES.get(code, code) if money else code, decision.sentence)
