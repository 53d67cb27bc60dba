"""What happened to people, kept with it and told afterwards (``facts``).

Why here: holds, limits, notices and the audit log follow from these facts without identity knowing them.
"""

import msgspec


class UserCreated(msgspec.Struct, frozen=True, tag=True):
    """A sign-up was completed."""

    user_id: int
    residence: str
    time_ms: int


class SignedIn(msgspec.Struct, frozen=True, tag=True):
    """A sign-in was completed with the factors ``passed``."""

    user_id: int
    device_id: int
    is_new_device: bool
    passed: tuple[str, ...]
    time_ms: int


class SignInRefused(msgspec.Struct, frozen=True, tag=True):
    """The person refused a device that tried to sign in."""

    user_id: int
    device_id: int
    time_ms: int


class SecurityChanged(msgspec.Struct, frozen=True, tag=True):
    """Something that protects the account was changed: ``what`` is one word such as password, email, authenticator."""

    user_id: int
    what: str
    time_ms: int


class FactorBound(msgspec.Struct, frozen=True, tag=True):
    """A factor was linked where there was none: nothing is less safe than before, but more may be allowed."""

    user_id: int
    factor: str
    time_ms: int


class StateChanged(msgspec.Struct, frozen=True, tag=True):
    """A user was frozen, unfrozen, is closing or was closed: ``state`` is the new one."""

    user_id: int
    account: int | None
    state: str
    reason: str
    time_ms: int


class ResidenceChanged(msgspec.Struct, frozen=True, tag=True):
    """A person moved: other rules hold from now on."""

    user_id: int
    residence: str
    time_ms: int


PeopleEvent = UserCreated | SignedIn | SignInRefused | SecurityChanged | FactorBound | StateChanged | ResidenceChanged
