"""What the pages behind the links in mails say: before, afterwards, and when a link is over.

Why a table: a page is read by somebody in a hurry who may be under attack, so its words are looked at together.
"""

from typing import Final, NamedTuple

BACK: Final = (
    "To come back you need your password and every sign-in factor of your account. Afterwards withdrawals are held for a while.",
    "Change your password, and look through your devices and API keys, as soon as you are back.",
)
PASSWORD_KNOWN: Final = "Whoever it is has your password: change it now, before anything else."  # noqa: S105


class Said(NamedTuple):
    """A title and paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


class Choice(NamedTuple):
    """A button: what it sends, its label, and what is said when it was done."""

    value: str
    label: str
    done: Said


class LinkPage(NamedTuple):
    """A page behind a link: the question, the buttons, and what to do when the link is over or was used."""

    question: Said
    choices: tuple[Choice, ...]
    over: tuple[str, ...]


_FREEZE_ELSEWHERE: Final = (
    "These links work for a limited time.",
    "Use the one in the newest mail from us, or sign in and freeze your account in its security settings.",
)
_FROZEN: Final = "Your account is frozen"
_FREEZES: Final = (
    "Freezing cancels your open orders, suspends your API keys, stops withdrawals and signs everybody out, you too. "
    "Nothing is sold, and nothing is lost."
)

PAGES: Final[dict[str, LinkPage]] = {
    "freeze": LinkPage(
        Said("Freeze your account?", (_FREEZES, BACK[0])),
        (Choice("freeze", "Freeze my account", Said(_FROZEN, BACK)),),
        _FREEZE_ELSEWHERE,
    ),
    "not-me": LinkPage(
        Said(
            "Was it not you?",
            ("If you did not do what our message tells, freeze your account and tell our staff.", _FREEZES, BACK[0]),
        ),
        (
            Choice(
                "not-me",
                "It was not me: freeze my account",
                Said(
                    _FROZEN, (*BACK, "Our staff know. When you are back, a list of steps helps you to be safe again.")
                ),
            ),
        ),
        _FREEZE_ELSEWHERE,
    ),
    "cancel-reset": LinkPage(
        Said(
            "Keep your sign-in factor?",
            (
                "Somebody asked us to take a sign-in factor off your account, because it was lost.",
                "If it was not you, or if you found it again, cancel that. Your factor then stays as it is.",
            ),
        ),
        (
            Choice(
                "cancel",
                "Cancel, and keep my factor",
                Said(
                    "Your sign-in factor stays",
                    (f"Was it not you who asked? {PASSWORD_KNOWN}", "Otherwise you are done."),
                ),
            ),
        ),
        (
            "The request was canceled before, or it was carried out, or the link is too old.",
            "Sign in and look at your sign-in factors. If one is missing and it was not you, freeze your account.",
        ),
    ),
    "device": LinkPage(
        Said(
            "Is this your device?",
            (
                "Somebody with your password wants to sign in from a device that is new to us. Our mail says which.",
                "Let it in only if you are signing in at this moment.",
            ),
        ),
        (
            Choice(
                "approve",
                "Yes, let it in",
                Said(
                    "The device may sign in",
                    ("Go back to it: the sign-in goes on there.", "You find it among the devices of your account."),
                ),
            ),
            Choice(
                "refuse",
                "No, refuse it",
                Said("The device was refused", (PASSWORD_KNOWN, "If you are unsure, freeze your account.")),
            ),
        ),
        ("If you are signing in now, begin again on that device and ask for another link.",),
    ),
}
"""The pages behind links, by the last part of their address."""

_BACK_HERE: Final = (
    "The provider that you went to sent you back here.",
    "If a program sent you there, copy the address of this page into it: what it waits for stands behind the # there.",
    "Otherwise close this page. Nothing was changed, and nobody was signed in.",
)
RETURNS: Final[dict[str, Said]] = {
    "sign-in": Said("Back to sign in", _BACK_HERE),
    "sign-up": Said("Back to sign up", _BACK_HERE),
    "security": Said("Back to connect an account", _BACK_HERE),
}
"""Where a browser arrives that comes back from another provider, when the site was not built."""

INCOMPLETE: Final = Said(
    "This link is not complete",
    ("Open the whole link from our mail. Some programs break it into two lines: copy all of it into your browser.",),
)
NOT_FOUND: Final = Said("There is no such page", ("Open a link from one of our mails.",))
FAILED: Final = Said(
    "This cannot be done right now", ("Try again in a moment, or ask support. Your link still works.",)
)
NOTHING_YET: Final = (
    "Opening this page has changed nothing: only a button does. Close it if you are not sure what it is about."
)
