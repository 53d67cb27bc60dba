"""Self-service over HTTP: contacts, authenticator, backup codes, password, anti-phishing code, freezing.

Invariant: every change needs a session whose holder gave a second factor a moment ago.
"""

from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put
from litestar.params import JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import House, HttpRequest, Live, SteppedUp, client_of
from lonja.modules.identity.api import OBLIGATIONS, EmergencyContact
from lonja.primitives.errors import RefusedError


class ContactForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new e-mail address or phone number."""

    contact: str


class ContactCodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The codes that came to the new contact and, when it replaces one, to the old."""

    contact: str
    code: str
    old_code: str = ""


class ContactAnswer(msgspec.Struct, frozen=True):
    """The contact meant, in the form in which it is kept, and whether a code went to an old one too."""

    contact: str
    needs_old_code: bool


class AuthenticatorAnswer(msgspec.Struct, frozen=True):
    """Shown once: the secret to type in, and the address for a QR code."""

    secret: str
    address: str


class AuthenticatorCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code that the new authenticator gives."""

    code: str


class BackupCodes(msgspec.Struct, frozen=True):
    """Shown once: keep them on paper."""

    codes: list[str]


class PasswordChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: str
    new: str


class AntiPhishingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code that genuine mail shows; "" for none."""

    code: str


class FreezeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the account is frozen, in the person's own words."""

    reason: str = ""


class FreezeLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token in the emergency link of a security mail."""

    token: str


class ClosingForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the account is closed, in the person's own words."""

    reason: str = ""


class ClosingAnswer(msgspec.Struct, frozen=True):
    """Until when it can be taken back."""

    ends_ms: int


class HindranceAnswer(msgspec.Struct, frozen=True):
    """What keeps an account from being closed, and how many of it there are."""

    kind: Annotated[str, one_of(*OBLIGATIONS)]
    count: int


class ClosingStateAnswer(msgspec.Struct, frozen=True):
    """``hindrances`` have to be settled before an account can be closed.

    ``ends_ms`` is until when a closing under way can be taken back, 0 while there is none; ``by_house``: the house closes
    the account. ``period_ms`` is how long there is to think it over.
    """

    hindrances: list[HindranceAnswer]
    ends_ms: int
    by_house: bool
    period_ms: int


class EmergencyChoices(msgspec.Struct, frozen=True):
    """What can be chosen for an emergency contact: months without a sign, days to answer, and how often one is asked."""

    inactivity_months: tuple[int, ...]
    response_days: tuple[int, ...]
    reminder_count: int


_REASON_LENGTH_MAX = 200


@post("/contacts", sync_to_thread=True, status_code=202, summary="Change a contact")
def begin_contact(services: House, stepped_up: SteppedUp, data: JSONBody[ContactForm]) -> ContactAnswer:
    """Send a code to the new contact, and to the one it replaces."""
    contact = services.people.self_service.begin_contact(stepped_up.user_id, data.contact, services.clock())
    needs_old_code = services.people.user(stepped_up.user_id).contact(contact.kind) is not None
    return ContactAnswer(contact.value, needs_old_code)


@post("/contacts/confirm", sync_to_thread=True, status_code=204, summary="Confirm a contact")
def confirm_contact(services: House, stepped_up: SteppedUp, data: JSONBody[ContactCodes]) -> None:
    """Bind the contact. Replacing one ends other sessions and holds withdrawals for a while."""
    change = services.people.self_service.confirm_contact
    change(stepped_up, data.contact, data.code, data.old_code, services.clock())


@post("/authenticator", sync_to_thread=True, status_code=201, summary="Begin to bind an authenticator")
def begin_authenticator(services: House, stepped_up: SteppedUp) -> AuthenticatorAnswer:
    """A new secret; the authenticator bound before works until the new one is confirmed."""
    draft = services.people.self_service.begin_authenticator(stepped_up.user_id)
    return AuthenticatorAnswer(draft.secret, draft.address)


@post("/authenticator/confirm", sync_to_thread=True, status_code=204, summary="Confirm an authenticator")
def confirm_authenticator(services: House, stepped_up: SteppedUp, data: JSONBody[AuthenticatorCode]) -> None:
    """Bind the authenticator that gives this code."""
    services.people.self_service.confirm_authenticator(stepped_up, data.code, services.clock())


@post("/backup-codes", sync_to_thread=True, status_code=201, summary="New backup codes")
def new_backup_codes(services: House, stepped_up: SteppedUp) -> BackupCodes:
    """Single-use codes to keep on paper; those before become void."""
    return BackupCodes(services.people.self_service.new_backup_codes(stepped_up, services.clock()))


@post("/password", sync_to_thread=True, status_code=204, summary="Change the password")
def change_password(services: House, stepped_up: SteppedUp, data: JSONBody[PasswordChange]) -> None:
    """Change the password; all other sessions end."""
    services.people.self_service.change_password(stepped_up, data.old, data.new, services.clock())


@put("/anti-phishing-code", sync_to_thread=True, status_code=204, summary="Set the anti-phishing code")
def set_anti_phishing_code(services: House, stepped_up: SteppedUp, data: JSONBody[AntiPhishingForm]) -> None:
    """Show a code of your own in every genuine mail."""
    services.people.self_service.set_anti_phishing_code(stepped_up, data.code)


@post("/freeze", sync_to_thread=True, status_code=204, summary="Freeze the account")
def freeze(services: House, stepped_up: SteppedUp, data: JSONBody[FreezeForm]) -> None:
    """Cancel orders, suspend keys, stop withdrawals, end sessions, until the person is back with all factors."""
    services.people.recoveries.freeze(stepped_up.user_id, _checked(data.reason), services.clock(), stepped_up)


@post("/freeze-by-link", sync_to_thread=True, status_code=204, summary="Freeze by the link in a mail")
def freeze_by_link(request: HttpRequest, services: House, data: JSONBody[FreezeLink]) -> None:
    """What the page behind the emergency link sends. Needs no session: it can only close."""
    services.people.recoveries.freeze_by_link(data.token, services.clock(), client_of(request))


@get("/close", sync_to_thread=True, summary="What closing takes")
def show_closing(services: House, live: Live) -> ClosingStateAnswer:
    """What has to be settled before the account can be closed, or until when its closing can be taken back."""
    found = services.people.closing.view(live.user_id, services.clock())
    hindrances = [HindranceAnswer(one.kind, one.count) for one in found.hindrances]
    return ClosingStateAnswer(hindrances, found.ends_ms, found.by_house, found.period_ms)


@post("/close", sync_to_thread=True, status_code=202, summary="Close the account")
def close(services: House, stepped_up: SteppedUp, data: JSONBody[ClosingForm]) -> ClosingAnswer:
    """Begin to close an account in which nothing is left; it can be taken back until the time told, then all is forgotten."""
    return ClosingAnswer(services.people.closing.begin(stepped_up, _checked(data.reason), services.clock()))


@delete("/close", sync_to_thread=True, status_code=204, summary="Keep the account after all")
def take_back(services: House, stepped_up: SteppedUp) -> None:
    """Take the closing back."""
    services.people.closing.take_back(stepped_up, services.clock())


@get("/emergency-contact/choices", sync_to_thread=True, summary="Periods of an emergency contact")
def emergency_choices(services: House, live: Live) -> EmergencyChoices:
    """The periods that the rules offer where the person lives."""
    residence = services.people.user(live.user_id).residence
    policy = services.people.policy(residence, services.clock())
    return EmergencyChoices(policy.inactivity_months, policy.response_days, policy.reminder_count)


@get("/emergency-contact", sync_to_thread=True, summary="Emergency contact")
def show_emergency_contact(services: House, stepped_up: SteppedUp) -> EmergencyContact | None:
    """Whom the house tells when nobody hears of the person for long; null for nobody."""
    return services.people.emergencies.find(stepped_up.user_id)


@put("/emergency-contact", sync_to_thread=True, status_code=200, summary="Name an emergency contact")
def set_emergency_contact(services: House, stepped_up: SteppedUp, data: JSONBody[EmergencyContact]) -> EmergencyContact:
    """Name somebody to be told after months without a sign and days without an answer, both as the rules offer."""
    return services.people.emergencies.set(stepped_up.user_id, data, services.clock(), stepped_up)


@delete("/emergency-contact", sync_to_thread=True, status_code=204, summary="Name nobody any more")
def remove_emergency_contact(services: House, stepped_up: SteppedUp) -> None:
    """End the watch."""
    services.people.emergencies.remove(stepped_up.user_id, stepped_up)


def _checked(reason: str) -> str:
    if len(reason) > _REASON_LENGTH_MAX or not reason.isprintable():
        raise RefusedError(
            "reason_form", f"A reason has at most {_REASON_LENGTH_MAX} printable characters.", "Shorten it."
        )
    return reason


ROUTER = Router(
    "/security",
    route_handlers=[
        begin_contact,
        confirm_contact,
        begin_authenticator,
        confirm_authenticator,
        new_backup_codes,
        change_password,
        set_anti_phishing_code,
        freeze,
        freeze_by_link,
        show_closing,
        close,
        take_back,
        emergency_choices,
        show_emergency_contact,
        set_emergency_contact,
        remove_emergency_contact,
    ],
    tags=["Security"],
)
