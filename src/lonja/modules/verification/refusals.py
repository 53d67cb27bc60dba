"""What verification refuses at once: code, HTTP status and the sentences people read.

Why a table: codes never change, and a page that explains them is made from one place. What is found later, when
documents are checked, is told by ``failures``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lonja.primitives.errors import RefusedError

_FORBIDDEN, _MISSING, _CONFLICT, _TOO_LARGE, _TOO_MANY, _WRONG = 403, 404, 409, 413, 429, 422


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of refusal; ``remedy`` says what to do instead."""

    status: int
    message: str
    remedy: str


REFUSALS: Final[Mapping[str, Refusal]] = MappingProxyType(
    {
        "picture_too_large": Refusal(_TOO_LARGE, "This picture is too large.", "Take it at a lower resolution."),
        "picture_type": Refusal(_WRONG, "This is no single JPEG, PNG or WebP picture.", "Take a photograph of it."),
        "picture_broken": Refusal(_WRONG, "This picture is damaged or incomplete.", "Take or save it once more."),
        "picture_too_small": Refusal(
            _WRONG, "This picture has too few points to read anything.", "Take it from nearer, at a higher resolution."
        ),
        "picture_dark": Refusal(_WRONG, "This picture is too dark.", "Take it in daylight or by a lamp."),
        "picture_bright": Refusal(_WRONG, "This picture is overexposed.", "Take it without flash, away from the sun."),
        "picture_blurred": Refusal(
            _WRONG, "This picture is blurred.", "Hold still, wait for the camera to focus, and take it again."
        ),
        "proof_too_large": Refusal(_TOO_LARGE, "This PDF is too large.", "Save it smaller, or take a picture of it."),
        "proof_type": Refusal(
            _WRONG, "This is no whole PDF, or more than that.", "Hand it in as it was saved, or take a picture of it."
        ),
        "proof_active": Refusal(
            _WRONG,
            "This PDF is locked, or runs or carries something.",
            "Print it into a new PDF, or take a picture of it.",
        ),
        "slot_unknown": Refusal(_MISSING, "There is no such picture to hand in.", "Look which ones are wanted."),
        "upload_not_found": Refusal(_MISSING, "There is no such picture.", "Look which ones there are."),
        "part_unknown": Refusal(_MISSING, "There is no such part.", "The parts are identity and address."),
        "too_many_uploads": Refusal(
            _TOO_MANY, "That were many pictures in one day.", "Wait until tomorrow, and take them with care."
        ),
        "too_many_tries": Refusal(_TOO_MANY, "That were all tries of a day.", "Try again when the state says so."),
        "in_review": Refusal(_CONFLICT, "This is being looked at and cannot be changed now.", "Wait for the answer."),
        "verified_already": Refusal(_CONFLICT, "This is verified already.", "Nothing is to be done."),
        "part_locked": Refusal(_CONFLICT, "Something else comes first.", "Complete the part before this one."),
        "steps_missing": Refusal(
            _WRONG, "Something is missing still.", "Look at the steps in the state, and do them all."
        ),
        "name_invalid": Refusal(
            _WRONG,
            "A name does not look like one.",
            "Write it with the letters of one script, as in your document; other scripts in Latin letters.",
        ),
        "birth_date_invalid": Refusal(_WRONG, "This is no date of birth.", "Write it like 1990-12-31."),
        "under_age": Refusal(
            _FORBIDDEN, "You are too young for an account where you live.", "Come back when you are of age."
        ),
        "country_unknown": Refusal(_WRONG, "This is no country.", "Give its two letters, like ES."),
        "residence_differs": Refusal(
            _CONFLICT, "Your account has another residence.", "Change the residence of the account first."
        ),
        "document_kind_unknown": Refusal(
            _WRONG, "This kind of document is not taken.", "Choose one of those in the state."
        ),
        "document_number_invalid": Refusal(
            _WRONG, "This is no number of a document.", "Write its letters in capitals, as the document has them."
        ),
        "document_expiry_invalid": Refusal(
            _WRONG, "This is no day on which a document expires.", "Write it like 2030-12-31, or nothing for never."
        ),
        "answer_unknown": Refusal(_WRONG, "This is none of the answers.", "Choose one of those in the state."),
        "address_invalid": Refusal(_WRONG, "The address is not complete.", "Give street, postal code and city."),
        "proof_too_old": Refusal(
            _WRONG, "This proof of address is too old, or of a day to come.", "Hand in a newer one."
        ),
        "consent_differs": Refusal(
            _CONFLICT, "These are not the texts in force.", "Read those in the preview, and agree to all of them."
        ),
        "apply_denied": Refusal(_FORBIDDEN, "You cannot apply for verification now.", "Look at your rights."),
    }
)


def refusal(code: str) -> RefusedError:
    """The error to raise for ``code``."""
    row = REFUSALS[code]
    return RefusedError(code, row.message, row.remedy)
