"""Withdrawal addresses of the person signed in, and how binding their list is.

Invariant: every change needs a step-up; what makes the account less safe also needs codes from every contact.
"""

from typing import Literal

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.modules.identity.api import AddressRules, ListedAddress, NewAddress
from lonja.primitives.errors import RefusedError

_ID_DIGITS_MAX = 18


class AddressAnswer(msgspec.Struct, frozen=True):
    """A listed address. ``usable_from_ms`` is when withdrawals may go there; "" in ``currency`` stands for all."""

    address_id: str
    currency: str
    network: str
    address: str
    memo: str
    label: str
    created_ms: int
    usable_from_ms: int
    is_verified: bool


class AddressBookAnswer(msgspec.Struct, frozen=True):
    """The list. ``only_listed``: no withdrawal goes anywhere else; ``no_wait``: new addresses are usable at once."""

    only_listed: bool
    no_wait: bool
    addresses: list[AddressAnswer]


class BookRulesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the list is used; with ``codes`` by contact (email, phone) when that loosens it."""

    only_listed: bool
    no_wait: bool
    codes: dict[str, str] = {}


class CodesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What codes are wanted for."""

    act: Literal["address_list", "address_wait", "address_verify"]


class CodesSent(msgspec.Struct, frozen=True):
    """Where codes went, masked."""

    sent_to: tuple[str, ...]


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The codes by contact: email, phone."""

    codes: dict[str, str]


@get("/", sync_to_thread=True, summary="Withdrawal addresses")
def address_book(services: House, live: Live) -> AddressBookAnswer:
    """What is listed, oldest first, and how the list is used."""
    book = services.people.addresses
    only_listed, no_wait = book.rules(live.user_id)
    return AddressBookAnswer(only_listed, no_wait, [_answer(listed) for listed in book.all(live.user_id)])


@post("/", sync_to_thread=True, status_code=201, summary="List a withdrawal address")
def add_address(services: House, stepped_up: SteppedUp, data: JSONBody[NewAddress]) -> AddressAnswer:
    """List an address; it can be used after a day, unless you chose not to wait."""
    return _answer(services.people.addresses.add(stepped_up, data, services.clock()))


@delete("/{address_id:str}", sync_to_thread=True, status_code=204, summary="Remove a withdrawal address")
def remove_address(services: House, stepped_up: SteppedUp, address_id: FromPath[str]) -> None:
    """Take an address off the list."""
    services.people.addresses.remove(stepped_up, _number(address_id), services.clock())


@post("/codes", sync_to_thread=True, status_code=200, summary="Send codes to every contact")
def send_codes(services: House, stepped_up: SteppedUp, data: JSONBody[CodesForm]) -> CodesSent:
    """What loosens the list, or vouches for an address, takes a code from each of your contacts."""
    return CodesSent(services.people.addresses.codes.send(stepped_up, data.act, services.clock()))


@post("/{address_id:str}/verify", sync_to_thread=True, status_code=200, summary="Vouch for an address")
def verify_address(
    services: House, stepped_up: SteppedUp, address_id: FromPath[str], data: JSONBody[Codes]
) -> AddressAnswer:
    """Say with codes from every contact that the address is right; withdrawals there ask nothing more."""
    book = services.people.addresses
    return _answer(book.verify(stepped_up, _number(address_id), data.codes, services.clock()))


@put("/rules", sync_to_thread=True, status_code=204, summary="Change how the list is used")
def set_rules(services: House, stepped_up: SteppedUp, data: JSONBody[BookRulesForm]) -> None:
    """Make the list binding, or loosen it with codes from every contact; withdrawals are held for a day then."""
    rules = AddressRules(only_listed=data.only_listed, no_wait=data.no_wait)
    services.people.addresses.set_rules(stepped_up, rules, data.codes, services.clock())


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX):
        raise RefusedError("address_not_found", "There is no such address.", "Look at your list of addresses.")
    return int(text)


def _answer(listed: ListedAddress) -> AddressAnswer:
    entry = listed.entry
    return AddressAnswer(
        address_id=str(listed.address_id),
        currency=entry.currency,
        network=entry.network,
        address=entry.address,
        memo=entry.memo,
        label=entry.label,
        created_ms=listed.created_ms,
        usable_from_ms=listed.usable_from_ms,
        is_verified=listed.is_verified,
    )


ROUTER = Router(
    "/addresses",
    route_handlers=[address_book, add_address, remove_address, send_codes, verify_address, set_rules],
    tags=["Withdrawal addresses"],
)
