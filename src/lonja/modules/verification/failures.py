"""Why a verification failed, each with what to do about it.

Why a table: people are told the same sentence whoever or whatever found it, and reviewers choose from it, so that nothing
a reviewer writes reaches the person. Invariant: a code never changes, and nothing here tells of lists or suspicions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

NOT_ACCEPTED: Final = "not_accepted"
"""Stands for what a reviewer gave without a code of this table."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong, and the remedy. ``by_page``: found by the page or app already, before anything is handed in."""

    message: str
    remedy: str
    by_page: bool = False


FAILURES: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "document_expired": Failure("The document has expired.", "Hand in one that is valid."),
        "document_in_use": Failure(
            "This document belongs to another account already.", "Use that account, or close it before you go on here."
        ),
        "document_kind_differs": Failure(
            "The document is of another kind than you stated.",
            "State its kind as it is, or hand in the one you stated.",
        ),
        "document_country_differs": Failure(
            "The document is of another country than you stated.", "State the country that issued it."
        ),
        "document_number_differs": Failure(
            "The number on the document is not the one you stated.", "State it as the lines at the bottom have it."
        ),
        "document_expiry_differs": Failure(
            "The document expires on another day than you stated.", "State the day that the document has."
        ),
        "document_specimen": Failure("This is a specimen, no document.", "Hand in your own document."),
        "document_not_taken": Failure("This kind of document is not taken.", "Hand in one of those in the list."),
        "document_altered": Failure(
            "The document does not look as it was issued.", "Photograph the document itself, not a copy or a screen."
        ),
        "name_differs": Failure(
            "The name on the document is not the one you stated.", "State it as the document has it, letter by letter."
        ),
        "birth_date_differs": Failure(
            "The date of birth on the document is not the one you stated.", "State it as the document has it."
        ),
        "under_age": Failure("You are too young for an account where you live.", "Come back when you are of age."),
        "picture_unclear": Failure("The pictures cannot be read.", "Take them in daylight, sharp and without glare."),
        "picture_cropped": Failure("A part of the document is cut off.", "Show all four corners."),
        "picture_missing_side": Failure("A side of the document is missing.", "Hand in front and back."),
        "face_differs": Failure(
            "The face in your picture could not be matched with the document.",
            "Take the picture yourself, in light, without glasses or hat, and look at the camera.",
        ),
        "address_differs": Failure(
            "The address on the proof is not the one you stated.", "State it as the proof has it, or hand in another."
        ),
        "proof_not_taken": Failure(
            "This paper is no proof of address.",
            "Hand in a statement, a bill or a letter with your name, not an envelope.",
        ),
        "proof_too_old": Failure("The proof of address is too old.", "Hand in a newer one."),
        "residence_not_served": Failure("The place where you live is not served.", "This follows from law."),
        NOT_ACCEPTED: Failure("What you handed in could not be accepted.", "Look over each step, and submit it again."),
        "too_many_tries": Failure(
            "That were all tries of a day.", "Try again when 24 hours have passed.", by_page=True
        ),
        "app_outdated": Failure("This app is too old for verification.", "Update it, and begin again.", by_page=True),
        "camera_denied": Failure(
            "The camera may not be used.", "Allow it in the settings of your device or browser.", by_page=True
        ),
        "upload_failed": Failure(
            "The picture did not arrive.", "Check your connection, and hand it in again.", by_page=True
        ),
    }
)


def failure_of(reason: str) -> str:
    """The code that a reviewer's reason begins with (``code`` or ``code: anything``), ``not_accepted`` for no code."""
    code = reason.strip().partition(":")[0].strip().lower()
    return code if code in FAILURES and not FAILURES[code].by_page else NOT_ACCEPTED
