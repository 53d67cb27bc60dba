"""Ways to pay of the person signed in: in the verified name alone, shown masked, changed with a step-up."""

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import House, Live, SteppedUp
from lonja.modules.identity.api import NewPaymentMethod, PaymentMethod
from lonja.primitives.errors import RefusedError

_ID_DIGITS_MAX = 18


class PaymentMethodAnswer(msgspec.Struct, frozen=True):
    """A way to pay; ``number`` shows its last four characters."""

    payment_method: str
    kind: Annotated[str, one_of("bank_account", "card", "mobile_wallet")]
    holder: str
    number: str
    provider: str
    created_ms: int


@get("/", sync_to_thread=True, summary="Ways to pay")
def payment_methods(services: House, live: Live) -> list[PaymentMethodAnswer]:
    """What is kept, oldest first."""
    return [_answer(method) for method in services.people.payment_methods.all(live.user_id)]


@post("/", sync_to_thread=True, status_code=201, summary="Keep a way to pay")
def add(services: House, stepped_up: SteppedUp, data: JSONBody[NewPaymentMethod]) -> PaymentMethodAnswer:
    """Keep a bank account, card or wallet in the name under which you are verified."""
    return _answer(services.people.payment_methods.add(stepped_up, data, services.clock()))


@delete("/{payment_method:str}", sync_to_thread=True, status_code=204, summary="Remove a way to pay")
def remove(services: House, stepped_up: SteppedUp, payment_method: FromPath[str]) -> None:
    """Keep it no longer."""
    if not (payment_method.isascii() and payment_method.isdigit() and len(payment_method) <= _ID_DIGITS_MAX):
        raise RefusedError(
            "payment_method_not_found", "There is no such way to pay.", "Look at the list of your ways to pay."
        )
    services.people.payment_methods.remove(stepped_up, int(payment_method))


def _answer(method: PaymentMethod) -> PaymentMethodAnswer:
    return PaymentMethodAnswer(
        str(method.method_id), method.kind, method.holder, method.number, method.provider, method.created_ms
    )


ROUTER = Router("/payment-methods", route_handlers=[payment_methods, add, remove], tags=["Ways to pay"])
