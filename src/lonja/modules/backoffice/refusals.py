"""What the back office refuses: code, HTTP status and the sentences people read.

Why a table: codes never change, and a page that explains them is made from one place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lonja.primitives.errors import RefusedError

_UNKNOWN, _FORBIDDEN, _MISSING, _CONFLICT, _WRONG = 401, 403, 404, 409, 422


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of refusal; ``remedy`` says what to do instead."""

    status: int
    message: str
    remedy: str


REFUSALS: Final[Mapping[str, Refusal]] = MappingProxyType(
    {
        "passkey_required": Refusal(
            _FORBIDDEN, "Staff work after signing in with a passkey.", "Sign in with your passkey."
        ),
        "signed_out": Refusal(_UNKNOWN, "You are not signed in as staff.", "Sign in."),
        "session_ended": Refusal(_UNKNOWN, "This session is over.", "Sign in again."),
        "sign_in_over": Refusal(_UNKNOWN, "This sign-in is over.", "Begin again, where you want to work."),
        "step_up_required": Refusal(_FORBIDDEN, "Confirm that it is you.", "Give your passkey, then ask again."),
        "csrf_failed": Refusal(_FORBIDDEN, "This request did not come from our page.", "Reload the page."),
        "network_refused": Refusal(
            _FORBIDDEN, "Staff do not work from this network address.", "Work from a network on the list of the house."
        ),
        "staff_only": Refusal(
            _FORBIDDEN, "Only members of staff may do this.", "Sign in as a person, or ask an administrator for a role."
        ),
        "not_permitted": Refusal(
            _FORBIDDEN,
            "None of your roles allows this.",
            "Ask somebody who has such a role, or an administrator for it.",
        ),
        "conflict_of_interest": Refusal(_FORBIDDEN, "This is about yourself.", "Leave it to somebody else."),
        "same_person": Refusal(
            _FORBIDDEN,
            "This account and the other one belong to one person, as far as the house knows.",
            "Leave it to somebody else, on a device of their own.",
        ),
        "second_person_required": Refusal(
            _FORBIDDEN, "Somebody else than who proposed it must approve it.", "Ask a colleague."
        ),
        "proposer_without_role": Refusal(
            _CONFLICT, "Who proposed this has no longer the role for it.", "Propose it anew."
        ),
        "act_unknown": Refusal(_MISSING, "There is no such act.", "Look which acts there are."),
        "act_not_offered": Refusal(
            _WRONG, "Nothing in this house carries out such an act.", "Look which acts there are."
        ),
        "act_incomplete": Refusal(
            _WRONG, "The values given are not those the act needs.", "Look which values the act takes."
        ),
        "role_unknown": Refusal(_WRONG, "There is no such role.", "Look which roles there are."),
        "role_held": Refusal(_CONFLICT, "This role is held already.", "Nothing is to be done."),
        "role_not_held": Refusal(_CONFLICT, "This role is not held.", "Nothing is to be done."),
        "administrators_needed": Refusal(
            _CONFLICT,
            "Two administrators must remain, or nothing could be approved.",
            "Grant the role to another first.",
        ),
        "administrators_exist": Refusal(
            _CONFLICT, "There are two administrators already.", "Let one propose the role and another approve it."
        ),
        "already_proposed": Refusal(_CONFLICT, "This has been proposed already.", "Answer that proposal first."),
        "proposal_unknown": Refusal(_MISSING, "There is no such proposal.", "Look at the list of proposals."),
        "proposal_answered": Refusal(
            _CONFLICT,
            "This proposal has been answered already.",
            "Look how, and propose it anew if it is still wanted.",
        ),
        "proposal_expired": Refusal(_CONFLICT, "Nobody answered this proposal in time.", "Propose it anew."),
        "case_kind_unknown": Refusal(_WRONG, "There is no such kind of case.", "Look which kinds there are."),
        "case_unknown": Refusal(_MISSING, "There is no such case.", "Look at the queues."),
        "case_taken": Refusal(_CONFLICT, "Somebody has this case.", "Look who, and ask them for it."),
        "case_not_yours": Refusal(_CONFLICT, "You do not have this case.", "Take it first."),
        "case_not_open": Refusal(_CONFLICT, "This case is no longer open.", "Read how it ended."),
        "case_not_waiting": Refusal(
            _CONFLICT, "This case does not wait for the customer.", "Wait until a question was asked."
        ),
        "case_silent": Refusal(_FORBIDDEN, "The person must not learn of a case like this.", "Ask your colleagues."),
        "evidence_unknown": Refusal(
            _MISSING, "There is no such evidence in this case.", "Look which evidence the case has."
        ),
        "decision_unknown": Refusal(
            _WRONG, "A case of this kind is not decided like that.", "Look which decisions its kind has."
        ),
        "decision_waits": Refusal(
            _CONFLICT, "A decision of this case waits for a second person.", "Ask a colleague to approve or refuse it."
        ),
        "reason_required": Refusal(_WRONG, "Say why.", "A sentence is enough; it stays in the log."),
        "text_too_long": Refusal(_WRONG, "This text is too long.", "Shorten it to 10,000 characters."),
        "name_invalid": Refusal(
            _WRONG,
            "A name or reference is empty, too long or has characters that do not show.",
            "Shorten it, or write it in characters that show.",
        ),
        "page_invalid": Refusal(
            _WRONG, "A page has between 1 and 200 rows.", "Ask for as many, and for the next page after it."
        ),
    }
)


def refusal(code: str) -> RefusedError:
    """The error to raise for ``code``."""
    row = REFUSALS[code]
    return RefusedError(code, row.message, row.remedy)
