"""What the house writes to people, as templates (jinja2) by name.

Why a table in code: names are checked by the type checker, and a text travels with the program that sends it. A message
whose name has no row is told by the general one for codes (names ending in ``_code``) or for security notices.

In a template ``{{ house }}`` is the house's name, ``{{ title }}`` the name of the message in words, ``{{ minutes }}`` how
long it is of use, ``link(page, token)`` an address of the house's own pages, ``digits`` a filter that spells a code for
the ear; the rest are the values given.
"""

from dataclasses import dataclass
from typing import Final

CODE_MINUTES: Final = 30
NOTICE_MINUTES: Final = 3 * 24 * 60
POSITION_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Text:
    """One message: ``subject`` and ``body`` of a mail, ``short`` for telephones and devices, ``spoken`` for calls.

    ``short`` is the subject when empty, ``spoken`` is ``short``. ``reference`` is told again with the key that was
    pressed in a call; a text that has one asks for that key. After ``minutes``, or as many as are given, the message is not
    tried any more.
    """

    subject: str
    body: str
    short: str = ""
    spoken: str = ""
    reference: str = ""
    minutes: int = NOTICE_MINUTES


def _code(purpose: str, warning: str = "Nobody from {{ house }} will ever ask you for it.") -> Text:
    return Text(
        subject=f"Your code to {purpose}",
        body=f"Your code to {purpose} is:\n\n{{{{ code }}}}\n\nIt is good for {{{{ minutes }}}} minutes, once. {warning}\n\n"
        "If you did not ask for it, somebody else typed your address: do not pass the code on, and change your password "
        "if you have an account.",
        short=f"{{{{ house }}}}: {{{{ code }}}} is your code to {purpose}. Never pass it on.",
        spoken=f"This is {{{{ house }}}}. Your code to {purpose} is: {{{{ code | digits }}}}. "
        "Once more: {{ code | digits }}. Never pass it on to anybody.",
        minutes=CODE_MINUTES,
    )


_DETAILS: Final = "{% for name, value in details %}{{ name }}: {{ value }}\n{% endfor %}"


def _notice(sentence: str) -> Text:
    return Text(
        subject=sentence,
        body=f"{sentence}.\n\n{_DETAILS}\nIf this was not you, act now: change your password, remove devices you do not "
        "know, and freeze the account if you are unsure.{% for name, value in links %}\n\n{{ name }}:\n{{ value }}"
        "{% endfor %}",
        short=f"{{{{ house }}}}: {sentence}. Not you? Sign in and freeze the account.",
        spoken=f"This is {{{{ house }}}}. {sentence}. If this was not you, sign in and freeze your account. "
        f"Once more: {sentence}.",
    )


def _of_position(subject: str, what: str, advice: str) -> Text:
    return Text(
        subject=f"{subject}: {{{{ instrument }}}}",
        body=f"{what}\n\n{advice}",
        short=f"{{{{ house }}}}: {what}",
        spoken=f"This is {{{{ house }}}}. {subject}. Sign in to see which.",
        minutes=POSITION_MINUTES,
    )


TEXTS: Final[dict[str, Text]] = {
    "code": _code("{{ title }}"),
    "sign_up_code": _code("open an account"),
    "sign_in_code": _code("sign in"),
    "step_up_code": _code("confirm what you are doing"),
    "reset_password_code": _code("choose a new password"),
    "bind_code": _code("confirm that this address is yours"),
    "sign_up_taken": Text(
        subject="You have an account already",
        body="Somebody, probably you, wanted to open an account with this address, which has one already.\n\nTo sign in, "
        "use your password, or choose a new one if you forgot it. If it was not you, nothing has to be done.",
        short="{{ house }}: somebody wanted to open an account with this number, which has one already.",
        spoken="This is {{ house }}. Somebody wanted to open an account with this number, which has one already.",
    ),
    "device_email_link": Text(
        subject="Is this your device?",
        body="Somebody with your password wants to sign in from a device that is new here.\n\n"
        f"{_DETAILS}\n"
        "Say within {{ minutes }} minutes on this page whether it is you:\n{{ link('account/device', approval) }}\n\n"
        "If it is not you, refuse it there, and change your password now: whoever it is knows it.",
        minutes=10,
    ),
    "device_phone_call": Text(
        subject="Is this your device?",
        body="Somebody with your password wants to sign in from a device that is new here.",
        short="A new device wants to sign in. Press 1 to let it in, 2 to refuse.",
        spoken="This is {{ house }}. Somebody with your password wants to sign in from a new device"
        "{% if place %}, near {{ place }}{% endif %}. If this is you, press 1. If it is not you, press 2, and change "
        "your password. Once more: press 1 to let it in, press 2 to refuse.",
        reference="{{ approval }}",
        minutes=10,
    ),
    "notice": _notice("{{ title | capitalize }}"),
    "new_device": _notice("A new device signed in to your account"),
    "password_changed": _notice("Your password was changed"),
    "email_added": _notice("An e-mail address was added to your account"),
    "phone_added": _notice("A telephone number was added to your account"),
    "authenticator_added": _notice("An authenticator was added to your account"),
    "backup_codes_made": _notice("New backup codes were made for your account, and older ones are void"),
    "email_changed": _notice("The e-mail address of your account was changed"),
    "phone_changed": _notice("The telephone number of your account was changed"),
    "authenticator_changed": _notice("The authenticator of your account was changed"),
    "anti_phishing_code_changed": _notice("Your anti-phishing code was changed"),
    "passkey_added": _notice("A passkey was added to your account"),
    "passkey_removed": _notice("A passkey was removed from your account"),
    "passkey_blocked": _notice("A passkey of your account was blocked, since it may have been copied"),
    "account_connected": _notice("An account at another provider was connected to yours"),
    "account_disconnected": _notice("An account at another provider was disconnected from yours"),
    "device_removed": _notice("A device was removed from your account"),
    "api_key_created": _notice("An API key was made for your account"),
    "api_key_changed": _notice("The name or the addresses of an API key of your account were changed"),
    "api_key_removed": _notice("An API key of your account was removed"),
    "address_added": _notice("A withdrawal address was added to your account"),
    "address_removed": _notice("A withdrawal address was removed from your account"),
    "address_verified": _notice("You vouched for a withdrawal address of your account"),
    "address_rules_changed": _notice("Withdrawals of your account are bound to your list of addresses"),
    "address_rules_loosened": _notice("Your list of withdrawal addresses binds less than before"),
    "payment_method_added": _notice("A way to pay was added to your account"),
    "payment_method_removed": _notice("A way to pay was removed from your account"),
    "recovery_export_made": _notice("A recovery export of your account was made, and older backup codes are void"),
    "factor_reset_asked": _notice("Somebody asked us to take a lost sign-in factor off your account"),
    "factor_reset_approved": _notice("A lost sign-in factor will be taken off your account in a day"),
    "factor_reset_refused": _notice("No sign-in factor is taken off your account"),
    "factor_reset_canceled": _notice("The reset of a sign-in factor was canceled"),
    "factor_reset_done": _notice("A lost sign-in factor was taken off your account"),
    "guide_finished": _notice("You went through all steps, and your account is open again"),
    "residence_question": _notice("Tell us where you live, since you signed in from elsewhere or through a VPN"),
    "device_refused": _notice("A device that you did not let in tried to sign in to your account"),
    "account_frozen": _notice("Your account was frozen"),
    "account_unfrozen": _notice("Your account is no longer frozen"),
    "account_closing": _notice("Your account will be closed"),
    "account_closed": _notice("Your account was closed"),
    "position_warned": _of_position(
        "A position of yours is near liquidation",
        "Your margin for {{ instrument }} is three times what is required, or less, at a mark price of {{ price }}.",
        "Add margin, or close a part of the position, if you want to keep it.",
    ),
    "position_liquidated": _of_position(
        "A position of yours was liquidated",
        "{{ size }} contracts of {{ instrument }} were liquidated at a mark price of {{ price }}, since your margin was used "
        "up.",
        "Your bills show what it cost.",
    ),
    "pair_warned": _of_position(
        "A margin position of yours is near liquidation",
        "Your position in {{ instrument }} has three times its maintenance margin or less, at a price of {{ price }}.",
        "Add margin or close part of it. At the maintenance margin it is liquidated.",
    ),
    "pair_liquidated": _of_position(
        "A margin position of yours was liquidated",
        "{{ size }} of {{ instrument }} were liquidated at a price of {{ price }}, since your margin was used up.",
        "Your bills show what it cost.",
    ),
    "position_deleveraged": _of_position(
        "A position of yours was closed by auto-deleveraging",
        "{{ size }} contracts of {{ instrument }} were closed at {{ price }}, since the Security Fund could not carry a "
        "liquidated position on the other side.",
        "You paid no fee, and your profit up to that price is yours.",
    ),
    "verification_approved": Text(
        subject="You are verified",
        body="Your verification was approved: {{ part }}.\n\nWhat you may do now stands in your account, and takes effect at "
        "once.",
        short="{{ house }}: your verification was approved.",
        spoken="This is {{ house }}. Your verification was approved.",
    ),
    "verification_refused": Text(
        subject="Your verification needs something from you",
        body="Your verification ({{ part }}) could not be approved.\n\n{{ reason }} {{ remedy }}\n\nYour account shows what "
        "is wanted; what you did already is kept.",
        short="{{ house }}: your verification needs something from you. Look at your account.",
        spoken="This is {{ house }}. Your verification needs something from you. Look at your account.",
    ),
    "verification_expired": Text(
        subject="Your verification has ended",
        body="The document that your verification rests on has expired.\n\nHand in a valid one, and everything is as it was.",
        short="{{ house }}: your verification has ended, since your document has expired. Hand in a valid one.",
        spoken="This is {{ house }}. Your verification has ended, since your document has expired. Hand in a valid one.",
    ),
}
"""Every message by its name."""
