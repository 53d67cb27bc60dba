"""Answers that several operations of the account API give."""

import msgspec

from lonja.modules.identity.api import Device, SignInStep, Stage, StepMethod, User, UserState


def one_of(*values: str) -> msgspec.Meta:
    """Has the OpenAPI file list the values of a text; what is sent is not compared with them."""
    return msgspec.Meta(extra_json_schema={"extra": {"enum": list(values)}})


class SignInAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a sign-in is.

    ``stage`` is factor, device or done, ``methods`` what may be tried next. Once done, a script sends ``session_token``
    as a bearer token; a page has it in a cookie and sends ``csrf_token`` with each change. ``device_token`` is for a
    script to keep and send as ``x-device-token`` next time; a page has that in a cookie too. Both stay out of what a page
    is answered, where a script that somebody planted could read them.
    """

    stage: Stage
    sign_in: str = ""
    methods: tuple[StepMethod, ...] = ()
    device_token: str = ""
    session_token: str = ""
    csrf_token: str = ""


class DeviceAnswer(msgspec.Struct, frozen=True):
    """A device that was let in."""

    device_id: str
    name: str
    place: str
    address: str
    created_ms: int
    last_seen_ms: int
    is_this_one: bool


class UserAnswer(msgspec.Struct, frozen=True):
    """The person signed in. Contacts are masked; ``uid`` is the user id of the trading API, "" until it is there."""

    uid: str
    state: UserState
    residence: str
    email: str
    phone: str
    factors: tuple[str, ...]
    missing_factors: tuple[str, ...]
    has_anti_phishing_code: bool
    created_ms: int


def sign_in_answer(step: SignInStep, *, to_page: bool) -> SignInAnswer:
    """``step`` as answered; ``to_page``: the tokens travel in cookies alone."""
    opened = step.opened
    return SignInAnswer(
        stage=step.stage,
        sign_in=step.token,
        methods=step.methods,
        device_token="" if to_page else step.device_token,
        session_token="" if to_page or opened is None else opened.token,
        csrf_token="" if opened is None else opened.csrf_token,
    )


def device_answer(device: Device, current: int) -> DeviceAnswer:
    """``device`` as answered; ``current`` is the id of the one that asks."""
    return DeviceAnswer(
        device_id=str(device.device_id),
        name=device.name,
        place=device.place,
        address=device.address,
        created_ms=device.created_ms,
        last_seen_ms=device.last_seen_ms,
        is_this_one=device.device_id == current,
    )


def user_answer(user: User, uid: str, required: tuple[str, ...]) -> UserAnswer:
    """``user`` as answered; ``required`` are the factors that have to be bound."""
    return UserAnswer(
        uid=uid,
        state=user.state,
        residence=user.residence,
        email="" if user.email is None else user.email.masked(),
        phone="" if user.phone is None else user.phone.masked(),
        factors=user.factors,
        missing_factors=tuple(factor for factor in required if factor not in user.factors),
        has_anti_phishing_code=bool(user.anti_phishing_code),
        created_ms=user.created_ms,
    )
