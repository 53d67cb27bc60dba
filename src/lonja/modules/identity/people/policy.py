"""The numbers of sign-up, sign-in, codes, devices and sessions.

Why a record: rules read them from governance's dated tables once per request and pass them on, so that pure code and
tests see plain numbers. The defaults are those of the global entity (domain rows 1.03 to 1.14).
"""

from dataclasses import dataclass
from typing import NamedTuple

from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS


class AttemptLimit(NamedTuple):
    """``count_max`` attempts within ``window_ms``, then a lock of ``lock_ms``.

    Each further lock within ``growth_ms`` is twice as long as the last, up to ``lock_longest_ms``.
    """

    count_max: int
    window_ms: int
    lock_ms: int
    lock_longest_ms: int
    growth_ms: int


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """Starting values; periods in milliseconds.

    A password has ``password_length_min`` to ``password_length_max`` characters and is guessed as badly as
    ``password_score_min`` says, of 4 (zxcvbn). It is locked for ``lock_ms`` after ``failures_max`` failures within
    ``failures_window_ms``, twice as long each time that happens again within ``lock_growth_ms``, up to
    ``lock_longest_ms``. ``address_failures_max`` bounds what one network address may
    get wrong over all users. ``required_factors`` must all be bound before a user may operate the account. A new API key
    withdraws after ``withdraw_key_ms``. ``inactivity_months`` and ``response_days`` are what the owner of an emergency
    contact chooses from. One network address may ask about ``channels_checked_per_minute``, and one person hand in
    ``mails_checked_per_minute``, to hear whether they are really from us.
    """

    required_factors: tuple[str, ...] = ("authenticator", "phone", "email")
    password_length_min: int = 8
    password_length_max: int = 32
    password_score_min: int = 3
    failures_max: int = 5
    failures_window_ms: int = HOUR_MS
    lock_ms: int = HOUR_MS
    lock_longest_ms: int = DAY_MS
    lock_growth_ms: int = DAY_MS
    address_failures_max: int = 50
    code_life_ms: int = 30 * MINUTE_MS
    code_wrong_max: int = 6
    code_resend_ms: int = 60 * SECOND_MS
    calls_per_hour_max: int = 5
    sign_up_life_ms: int = HOUR_MS
    sign_in_life_ms: int = 30 * MINUTE_MS
    device_link_life_ms: int = 10 * MINUTE_MS
    session_idle_ms: int = 30 * MINUTE_MS
    session_life_ms: int = 12 * HOUR_MS
    step_up_life_ms: int = 5 * MINUTE_MS
    backup_code_count: int = 10
    passkeys_max: int = 10
    closing_ms: int = 30 * DAY_MS
    reminder_count: int = 3
    passkey_life_ms: int = 5 * MINUTE_MS
    connected_life_ms: int = 10 * MINUTE_MS
    addresses_max: int = 200
    new_address_ms: int = DAY_MS
    payment_methods_max: int = 20
    security_link_ms: int = DAY_MS
    reset_proof_ms: int = HOUR_MS
    reset_cooling_ms: int = DAY_MS
    reset_link_ms: int = 14 * DAY_MS
    withdraw_key_ms: int = DAY_MS
    channels_checked_per_minute: int = 30
    mails_checked_per_minute: int = 10
    inactivity_months: tuple[int, ...] = (3, 6, 12, 18)
    response_days: tuple[int, ...] = (7, 14, 30)
    checklist: tuple[str, ...] = (
        "authenticator",
        "phone",
        "email",
        "passkey",
        "backup_codes",
        "anti_phishing_code",
        "only_listed_addresses",
        "emergency_contact",
    )

    def failures(self, count_max: int) -> AttemptLimit:
        """How often a password may be wrong, or a network address ask."""
        return AttemptLimit(count_max, self.failures_window_ms, self.lock_ms, self.lock_longest_ms, self.lock_growth_ms)

    @property
    def entries(self) -> AttemptLimit:
        """How often a second factor may be wrong."""
        period_ms = self.code_life_ms
        return AttemptLimit(self.code_wrong_max, period_ms, period_ms, self.lock_longest_ms, self.lock_growth_ms)

    @property
    def calls(self) -> AttemptLimit:
        """How often somebody may be called."""
        return AttemptLimit(self.calls_per_hour_max, HOUR_MS, HOUR_MS, HOUR_MS, self.lock_growth_ms)
