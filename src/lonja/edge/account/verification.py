"""Verification of the person signed in: how far it is, what is stated and handed in, and submitting it.

Invariant: what is answered depends on what the person did and on decisions told to them, never on lists or suspicions;
pictures go in here and never come out again.
"""

import asyncio
from typing import Annotated, Final

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from lonja.edge.account.answers import one_of
from lonja.edge.account.caller import HttpRequest, Live
from lonja.edge.account.papers import TextAnswer, text_answers
from lonja.edge.account.rights import OpeningAnswer, opening_answer
from lonja.edge.account.uploads import UploadOperation, file_of
from lonja.modules.verification.api import (
    FAILURES,
    REFUSALS,
    Address,
    Answers,
    ApplicationView,
    Consent,
    Part,
    PartState,
    PartView,
    Person,
    Verification,
)
from lonja.primitives.errors import RefusedError

UPLOAD_BYTES_MAX: Final = 11 * 1024 * 1024
_AT_ONCE: Final = 2

Verifying = NamedDependency[Verification]
"""Verification, as a parameter ``verification`` of an operation."""

_STEPS: Final = {
    "consent": "Read what is kept of you and linked to you, and agree to it.",
    "person": "State who you are and by which document.",
    "answers": "Answer what you do, where your income comes from and what you will use the account for.",
    "document_front": "Hand in a picture of the front of your document, with the lines at its bottom.",
    "document_back": "Hand in a picture of the back of your document.",
    "face": "Hand in a picture of your face, taken now.",
    "address": "State where you live and which proof you hand in.",
    "address_proof": "Hand in a picture or PDF of the proof, with your name, address and its date.",
    "submit": "Submit it.",
}


class StepAnswer(msgspec.Struct, frozen=True):
    """Something to do next."""

    step: Annotated[str, one_of(*_STEPS)]
    sentence: str


class ReasonAnswer(msgspec.Struct, frozen=True):
    """Why a verification failed, and what to do about it."""

    code: str
    message: str
    remedy: str


class PartAnswer(msgspec.Struct, frozen=True):
    """``state`` is locked, open, ready, in_review, refused or verified; ``next_try_ms`` is set when no try is left.

    ``is_renewable`` says that it is verified, ends soon and may be handed in anew; until then it holds.
    """

    part: Part
    state: PartState
    next_steps: list[StepAnswer]
    failures: list[ReasonAnswer]
    tries_left: int
    next_try_ms: int | None
    submitted_ms: int | None
    valid_until_ms: int | None
    is_renewable: bool


class ChoicesAnswer(msgspec.Struct, frozen=True):
    """What may be chosen from."""

    document_kinds: tuple[str, ...]
    address_proof_kinds: tuple[str, ...]
    occupations: tuple[str, ...]
    income_sources: tuple[str, ...]
    uses: tuple[str, ...]


class StateAnswer(msgspec.Struct, frozen=True):
    """How far the verification is. ``liveness`` says who compares faces: reviewer, or local (nobody, in a sandbox)."""

    level: int
    parts: list[PartAnswer]
    uploads: tuple[str, ...]
    choices: ChoicesAnswer
    picture_bytes_max: int
    age_min: int
    liveness: Annotated[str, one_of("reviewer", "local")]
    liveness_sentence: str


class ConsentAnswer(msgspec.Struct, frozen=True):
    """That you agreed to a text, at a level, when it was shown what opens by rules of ``rules_version``."""

    name: str
    version: str
    text_hash: str
    kyc_level: int
    rules_version: str
    agreed_ms: int


class PreviewAnswer(msgspec.Struct, frozen=True):
    """What verifying a part changes (limits and products, now and then), and the texts on what is kept and linked."""

    part: Part
    level: int
    opens: list[OpeningAnswer]
    texts: list[TextAnswer]
    agreed: list[ConsentAnswer]


class ConsentForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The hashes of all texts of the preview, which were read and are agreed to."""

    text_hashes: list[str]


class StatedAnswer(msgspec.Struct, frozen=True):
    """What the person stated so far, to be shown in the forms again."""

    person: Person | None
    answers: Answers | None
    address: Address | None


@get("/", sync_to_thread=True, summary="How far my verification is")
def state(verification: Verifying, live: Live) -> StateAnswer:
    """Level, parts with their next steps and remedies, and what may be chosen from."""
    return _state_answer(verification, live.user_id)


@get("/stated", sync_to_thread=True, summary="What I stated")
def stated(verification: Verifying, live: Live) -> StatedAnswer:
    """What was stated so far."""
    found = verification.applications.stated(live.user_id)
    return StatedAnswer(found.person, found.answers, found.address)


@get("/preview/{part:str}", sync_to_thread=True, summary="What verification changes")
def preview(verification: Verifying, live: Live, part: FromPath[str]) -> PreviewAnswer:
    """To be shown before anything is handed in: what opens, and what is kept and linked to you."""
    wanted, user_id = _part_named(part), live.user_id
    return PreviewAnswer(
        part=wanted,
        level=verification.applications.view(user_id).level,
        opens=[opening_answer(found) for found in verification.opens(user_id, wanted)],
        texts=text_answers(verification.consents.in_force(user_id)),
        agreed=[_consent_answer(consent) for consent in verification.consents.of(user_id)],
    )


@put("/consent", sync_to_thread=True, summary="Agree to what is kept")
def consent(verification: Verifying, live: Live, data: JSONBody[ConsentForm]) -> StateAnswer:
    """Agree to every text in force. Without it nothing can be submitted; of a new version it is asked again."""
    verification.consents.give(live.user_id, data.text_hashes)
    return _state_answer(verification, live.user_id)


@get("/reasons", summary="Why verifications fail")
async def reasons() -> list[ReasonAnswer]:
    """Everything that can be wrong, with its remedy; for everybody."""
    return [_reason_answer(code) for code in FAILURES]


@put("/person", sync_to_thread=True, summary="State who I am")
def state_person(verification: Verifying, live: Live, data: JSONBody[Person]) -> StateAnswer:
    """Name, birth date, residence and the document; may be stated again until it is submitted."""
    verification.applications.state_person(live.user_id, data)
    return _state_answer(verification, live.user_id)


@put("/answers", sync_to_thread=True, summary="Answer questions")
def state_answers(verification: Verifying, live: Live, data: JSONBody[Answers]) -> StateAnswer:
    """Occupation, source of income and use."""
    verification.applications.state_answers(live.user_id, data)
    return _state_answer(verification, live.user_id)


@put("/address", sync_to_thread=True, summary="State where I live")
def state_address(verification: Verifying, live: Live, data: JSONBody[Address]) -> StateAnswer:
    """Street, postal code and city in the country of residence, and the proof that will be handed in."""
    verification.applications.state_address(live.user_id, data)
    return _state_answer(verification, live.user_id)


@delete("/pictures/{slot:str}", sync_to_thread=True, status_code=200, summary="Take a picture out")
def take_out(verification: Verifying, live: Live, slot: FromPath[str]) -> StateAnswer:
    """Remove a picture that was not submitted yet."""
    verification.applications.take_out(live.user_id, slot)
    return _state_answer(verification, live.user_id)


@post("/{part:str}/submit", sync_to_thread=True, status_code=202, summary="Submit a part")
def submit(verification: Verifying, live: Live, part: FromPath[str]) -> StateAnswer:
    """Have identity or address looked at; the answer comes later, here and by message."""
    verification.applications.submit(live.user_id, _part_named(part))
    return _state_answer(verification, live.user_id)


def verification_router() -> Router:
    """The operations, with a bound on how many pictures are opened at once."""
    opening = asyncio.Semaphore(_AT_ONCE)

    @put(
        "/pictures/{slot:str}",
        operation_class=UploadOperation,
        request_max_body_size=UPLOAD_BYTES_MAX,
        summary="Hand in a picture",
    )
    async def hand_in(verification: Verifying, live: Live, slot: FromPath[str], request: HttpRequest) -> StateAnswer:
        """A JPEG, PNG or WebP in place of the one before: document_front, document_back, face or address_proof.

        An address_proof may be a PDF, too.
        """
        raw = await file_of(request)
        async with opening:
            await asyncio.to_thread(verification.applications.hand_in, live.user_id, slot, raw)
        return await asyncio.to_thread(_state_answer, verification, live.user_id)

    handlers = [
        state,
        stated,
        preview,
        consent,
        reasons,
        state_person,
        state_answers,
        state_address,
        hand_in,
        take_out,
        submit,
    ]
    return Router("/verification", route_handlers=handlers, tags=["Verification"])


def _state_answer(verification: Verification, user_id: int) -> StateAnswer:
    view = verification.applications.view(user_id)
    liveness, sentence = verification.liveness
    return StateAnswer(
        level=view.level,
        parts=[_part_answer(part) for part in view.parts],
        uploads=view.uploads,
        choices=_choices_answer(view),
        picture_bytes_max=view.policy.pictures.bytes_max,
        age_min=view.policy.age_min,
        liveness=liveness,
        liveness_sentence=sentence,
    )


def _part_named(part: str) -> Part:
    if part not in set(Part):
        row = REFUSALS["part_unknown"]
        raise RefusedError("part_unknown", row.message, row.remedy)
    return Part(part)


def _consent_answer(given: Consent) -> ConsentAnswer:
    return ConsentAnswer(
        given.name, given.version, given.text_hash, given.kyc_level, given.rules_version, given.agreed_ms
    )


def _choices_answer(view: ApplicationView) -> ChoicesAnswer:
    choices = view.policy.choices
    return ChoicesAnswer(
        choices.document_kinds, choices.address_proof_kinds, choices.occupations, choices.income_sources, choices.uses
    )


def _part_answer(part: PartView) -> PartAnswer:
    is_whole = part.is_renewable or part.state in ("ready", "refused")
    steps = part.missing or (("submit",) if is_whole and part.tries_left else ())
    return PartAnswer(
        part=part.part,
        state=part.state,
        next_steps=[StepAnswer(step, _STEPS[step]) for step in steps],
        failures=[_reason_answer(code) for code in part.failures],
        tries_left=part.tries_left,
        next_try_ms=part.next_try_ms,
        submitted_ms=part.submitted_ms,
        valid_until_ms=part.valid_until_ms,
        is_renewable=part.is_renewable,
    )


def _reason_answer(code: str) -> ReasonAnswer:
    return ReasonAnswer(code, FAILURES[code].message, FAILURES[code].remedy)
