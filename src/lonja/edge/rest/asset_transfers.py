"""Moving money between the ledgers of an account and between accounts of one master, and looking transfers up."""

from typing import Final, NamedTuple

from lonja.core.commands import Transfer
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.core.views import AccountView
from lonja.edge.errors import engine_error, refusal, rejection_error
from lonja.edge.gate import require_right
from lonja.edge.rest.calls import PrivateCall, catch_up, optional_id
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.kinship import is_sub, master_only, name_of, own_view, sibling, sub_account
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account as wire
from lonja.edge.wire import requests_asset as asked
from lonja.edge.wire import requests_subaccount as asked_of_subs
from lonja.edge.wire.asset import TRANSFER_STATE_ROW
from lonja.edge.wire.instruments import CurrencyForm
from lonja.edge.wire.numbers import scaled_floor, token
from lonja.modules.governance.api import Capability
from lonja.modules.history.api import TransferRecord
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError
from lonja.primitives.money import INT_MAX

CLIENT_TRANSFER_ID_MAX: Final = 32
WITHIN, TO_SUB, FROM_SUB, TO_MASTER, TO_SIBLING = TRANSFER_TYPES = ("0", "1", "2", "3", "4")
BY_MASTER: Final = (TO_SUB, FROM_SUB)


class _Parties(NamedTuple):
    """Who sends and who receives; ``sender`` is the name of a sub-account whose money another moves."""

    account: int
    to_account: int
    sender: str = ""


async def transfer(call: PrivateCall, request: asked.MoveFunds) -> Rows:
    """Move an amount between ledgers of an account, or between accounts of one master."""
    kind = one_of(request.transfer_type or WITHIN, "type", TRANSFER_TYPES)
    currency = _currency(call, request.currency)
    ledgers = _ledgers(request.from_ledger, request.to_ledger)
    parties = _parties(call, kind, request.sub_account)
    amount = _amount(currency, request.amount)
    name = token(request.client_transfer_id, "clientId", CLIENT_TRANSFER_ID_MAX)
    transfer_id = await _move(call, parties, currency, amount, ledgers, name)
    row = {"transId": str(transfer_id), "clientId": name, "ccy": currency.name, "from": request.from_ledger}
    return [{**row, "amt": currency.text(amount), "to": request.to_ledger}]


async def transfer_between_subs(call: PrivateCall, request: asked_of_subs.TransferBetween) -> Rows:
    """Move an amount between two sub-accounts, asked by their master."""
    master_only(call)
    currency = _currency(call, request.currency)
    ledgers = _ledgers(request.from_ledger, request.to_ledger)
    sender = sub_account(call, request.from_sub_account, "58115")
    receiver = sub_account(call, request.to_sub_account, "58115")
    if sender == receiver:
        raise refusal("59507")
    parties = _Parties(sender.account, receiver.account, sender.name)
    amount = _amount(currency, request.amount)
    return [{"transId": str(await _move(call, parties, currency, amount, ledgers, ""))}]


async def transfer_state(call: PrivateCall, request: asked.TransferState) -> Rows:
    """What became of a transfer: it happened, or there is none."""
    kind = one_of(request.transfer_type, "type", ("", *TRANSFER_TYPES))
    if not (request.transfer_id or request.client_transfer_id):
        raise refusal("50015", "transId", "clientId")
    transfer_id = optional_id(request.transfer_id, "transId")
    client_id = token(request.client_transfer_id, "clientId", CLIENT_TRANSFER_ID_MAX)
    view = own_view(call)
    await catch_up(call.services)
    found = await call.services.history.transfer(
        _visible(call, view), transfer_id=transfer_id, client_transfer_id=client_id
    )
    if found is None or (kind and kind != _kind_of(view, found)):
        raise refusal("58129", "transId" if request.transfer_id else "clientId")
    return [_state_row(call, view, found)]


def _currency(call: PrivateCall, name: str) -> CurrencyForm:
    found = call.services.catalogue.find_currency(name)
    if found is None:
        raise refusal("51012")
    return found


def _ledgers(from_ledger: str, to_ledger: str) -> tuple[int, int]:
    one_of(from_ledger, "from", tuple(wire.LEDGERS))
    one_of(to_ledger, "to", tuple(wire.LEDGERS))
    return wire.LEDGERS[from_ledger], wire.LEDGERS[to_ledger]


def _parties(call: PrivateCall, kind: str, name: str) -> _Parties:
    """Who sends and receives in a transfer of the type ``kind``. Raises ``EdgeError`` for what the key may not ask."""
    if kind == WITHIN:
        return _Parties(call.account, -1)
    view = own_view(call)
    if is_sub(view) and kind in BY_MASTER:
        raise refusal("58128")
    if not is_sub(view) and kind not in BY_MASTER:
        raise refusal("58127")
    if kind == TO_MASTER:
        return _Parties(call.account, view.master)
    if not name:
        raise refusal("50014", "subAcct")
    if kind == TO_SUB:
        return _Parties(call.account, sub_account(call, name, "58115").account)
    if kind == FROM_SUB:
        sender = sub_account(call, name, "58115")
        return _Parties(sender.account, call.account, sender.name)
    return _Parties(call.account, _sibling_to_pay(call, view, name))


def _sibling_to_pay(call: PrivateCall, view: AccountView, name: str) -> int:
    other = sibling(call, view, name)
    if other.account == call.account:
        raise refusal("59507")
    own = call.services.identity.sub_accounts.find(call.account)
    if own is None or not own.can_transfer_out:
        raise refusal("58119", "" if own is None else own.name)
    return other.account


def _amount(currency: CurrencyForm, text: str) -> int:
    plain = text.removeprefix("-")
    if plain != text or not plain.strip("0."):
        raise refusal("58114")
    found = scaled_floor(text, currency.scale)
    if found is not None and found[0] > INT_MAX:
        # A number like any other to its sender, and more than anybody can have.
        raise refusal("58350")
    return currency.parse(text, "amt")


async def _move(
    call: PrivateCall, parties: _Parties, currency: CurrencyForm, amount: int, ledgers: tuple[int, int], name: str
) -> int:
    """Let the engine move the money; the id of the transfer."""
    require_right(call.services, call.session, Capability.MONEY_TRANSFER)
    command = Transfer(
        account=parties.account,
        currency=currency.currency,
        amount=amount,
        from_ledger=ledgers[0],
        to_ledger=ledgers[1],
        to_account=parties.to_account,
        client_transfer_id=Text32(name),
    )
    try:
        outcome = await call.services.engine.submit(command)
    except (EngineUnavailableError, EngineOutcomeUnknownError) as error:
        raise engine_error(error) from error
    if outcome.rejection == Rejection.ACCOUNT_FROZEN:
        if parties.sender:
            raise refusal("59508", parties.sender)
        raise refusal("58004")
    if outcome.rejection != Rejection.NONE:
        raise rejection_error(outcome.rejection)
    return outcome.id


def _visible(call: PrivateCall, view: AccountView) -> list[int]:
    """The accounts whose transfers the one that asks may look up."""
    if is_sub(view):
        return [view.account]
    return [view.account, *(sub.account for sub in call.services.identity.sub_accounts.of(view.account))]


def _kind_of(view: AccountView, found: TransferRecord) -> str:
    """The type of a transfer, told by how its parties stand to the account that asks."""
    if found.account == found.to_account:
        return WITHIN
    master = view.master if is_sub(view) else view.account
    if found.account == master:
        return TO_SUB
    if found.to_account == master:
        return TO_MASTER if is_sub(view) else FROM_SUB
    return TO_SIBLING


def _state_row(call: PrivateCall, view: AccountView, found: TransferRecord) -> dict[str, object]:
    kind = _kind_of(view, found)
    currency = call.services.catalogue.currency(found.currency)
    row: dict[str, object] = {
        "transId": str(found.transfer_id),
        "clientId": found.client_transfer_id,
        "ccy": currency.name,
        "amt": currency.text(found.amount),
        "type": kind,
        "from": wire.LEDGER_NAMES[found.from_ledger],
        "to": wire.LEDGER_NAMES[found.to_ledger],
        "subAcct": _named(call, kind, found),
        "state": "success",
    }
    return TRANSFER_STATE_ROW | row


def _named(call: PrivateCall, kind: str, found: TransferRecord) -> str:
    """The sub-account that a request for this transfer would name."""
    if kind in (WITHIN, TO_MASTER):
        return ""
    is_sender_meant = kind == FROM_SUB or (kind == TO_SIBLING and found.to_account == call.account)
    return name_of(call, found.account if is_sender_meant else found.to_account)
