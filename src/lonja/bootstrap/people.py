"""Opens the people of a data folder: their database, the rules that serve them, and who carries their messages.

Why here: identity asks for rules and messages through ports; only ``bootstrap`` knows that governance and notices
answer.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog

from lonja.adapters.atlas_geoip import GeoIpAtlas
from lonja.adapters.clock import SystemClock
from lonja.bootstrap.engine_calls import LoopCaller, with_pockets
from lonja.bootstrap.housekeeping import Housekeeper
from lonja.bootstrap.identity import IDENTITY_NAME
from lonja.bootstrap.providers import offer_providers
from lonja.engine.api import Engine
from lonja.modules.governance.api import Entity, RuleBook, serving_entity
from lonja.modules.identity.api import (
    Addressee,
    Agreement,
    BreachFile,
    HashCost,
    Obligation,
    People,
    SignInPolicy,
    is_place,
)
from lonja.modules.notices.api import Channel, Notices, Recipient
from lonja.primitives.errors import DataError, RefusedError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from lonja.storage.ports import SecretBox

AGREEMENTS: Final = Path(__file__).parent / "agreements"
LEAKED_PASSWORDS: Final = "leaked-passwords.txt"
_HOUSEKEEPING_SECONDS: Final = 15.0

_log = structlog.get_logger("lonja.people")


class HouseRules:
    """``ServingRules`` from the rule book, and the texts to agree to from files."""

    def __init__(self, rules: RuleBook, texts: Path = AGREEMENTS) -> None:
        """Texts lie in ``texts`` as ``NAME VERSION.txt``. Raises ``DataError`` when one cannot be read."""
        self._rules = rules
        try:
            self._texts = {file.stem: file.read_text("utf-8") for file in texts.glob("*.txt")}
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"The agreements in {texts} cannot be read: {error}.", "Check the folder.") from error

    def policy(self, residence: str, now_ms: int) -> SignInPolicy:
        """The numbers for a resident of ``residence``."""
        entity = serving_entity(residence, self._rules, now_ms)

        def number(name: str, unit: int = 1) -> int:
            return self._rules.number(f"sign_in.{name}", entity, now_ms, residence) * unit

        def kept(name: str, unit: int = 1) -> int:
            return self._rules.number(f"protection.{name}", entity, now_ms, residence) * unit

        def choices(name: str) -> tuple[int, ...]:
            texts = self._rules.names(f"protection.{name}", entity, now_ms, residence)
            if not all(text.isascii() and text.isdigit() for text in texts):
                raise DataError(f"The rule protection.{name} holds what is no number.", "Correct the file.")
            return tuple(map(int, texts))

        return SignInPolicy(
            required_factors=self._rules.names("factors.required", entity, now_ms, residence),
            password_length_min=number("password_length_min"),
            password_length_max=number("password_length_max"),
            password_score_min=number("password_score_min"),
            failures_max=number("failures_max"),
            failures_window_ms=number("failures_window_minutes", MINUTE_MS),
            lock_ms=number("lock_minutes", MINUTE_MS),
            lock_longest_ms=number("lock_longest_minutes", MINUTE_MS),
            lock_growth_ms=number("lock_growth_minutes", MINUTE_MS),
            address_failures_max=number("address_failures_max"),
            code_life_ms=number("code_life_minutes", MINUTE_MS),
            code_wrong_max=number("code_wrong_max"),
            code_resend_ms=number("code_resend_seconds", SECOND_MS),
            calls_per_hour_max=number("calls_per_hour_max"),
            sign_up_life_ms=number("sign_up_life_minutes", MINUTE_MS),
            sign_in_life_ms=number("life_minutes", MINUTE_MS),
            device_link_life_ms=number("device_link_life_minutes", MINUTE_MS),
            session_idle_ms=number("session_idle_minutes", MINUTE_MS),
            session_life_ms=number("session_life_minutes", MINUTE_MS),
            step_up_life_ms=number("step_up_life_minutes", MINUTE_MS),
            backup_code_count=number("backup_code_count"),
            passkeys_max=number("passkeys_max"),
            passkey_life_ms=number("passkey_life_minutes", MINUTE_MS),
            closing_ms=kept("closing_days", DAY_MS),
            reminder_count=kept("reminder_count"),
            addresses_max=kept("addresses_max"),
            new_address_ms=self._rules.number("hold.new_address.hours", entity, now_ms, residence) * HOUR_MS,
            payment_methods_max=kept("payment_methods_max"),
            security_link_ms=kept("link_hours", HOUR_MS),
            reset_proof_ms=kept("reset_proof_minutes", MINUTE_MS),
            reset_cooling_ms=kept("reset_cooling_hours", HOUR_MS),
            reset_link_ms=kept("reset_link_hours", HOUR_MS),
            withdraw_key_ms=kept("withdraw_key_hours", HOUR_MS),
            channels_checked_per_minute=kept("channels_checked_per_minute"),
            mails_checked_per_minute=kept("mails_checked_per_minute"),
            inactivity_months=choices("inactivity_months"),
            response_days=choices("response_days"),
            checklist=self._rules.names("protection.checklist", entity, now_ms, residence),
            connected_life_ms=number("connected_life_minutes", MINUTE_MS),
        )

    def check_residence(self, residence: str, now_ms: int) -> None:
        """Raise ``RefusedError`` when nobody living there may have an account."""
        if not is_place(residence):
            raise RefusedError("residence_unknown", "This is no country.", "Give its two letters, like ES.")
        entity = serving_entity(residence, self._rules, now_ms)
        closed = self._rules.names("places.sanctioned", entity, now_ms)
        if residence in closed or residence[:2] in closed:
            message = "Accounts are not offered to people who live there."
            raise RefusedError("residence_closed", message, "This follows from sanctions law.")

    def agreements(self, residence: str, now_ms: int) -> tuple[Agreement, ...]:
        """What has to be agreed to at sign-up. Raises ``DataError`` when a text is missing."""
        return self.texts("sign_up.agreements", residence, now_ms)

    def texts(self, rule: str, residence: str, now_ms: int) -> tuple[Agreement, ...]:
        """The texts that ``rule`` names for a resident of ``residence``. Raises ``DataError`` when one is missing."""
        entity = serving_entity(residence, self._rules, now_ms)
        return tuple(self._agreement(listed) for listed in self._rules.names(rule, entity, now_ms, residence))

    def _agreement(self, listed: str) -> Agreement:
        text = self._texts.get(listed)
        if text is None:
            raise DataError(f"There is no text {listed!r} to agree to.", "Add the file, or take it out of the rules.")
        name, _, version = listed.partition(" ")
        return Agreement(name, version, sha256(text.encode()).hexdigest(), text)


class HousePost:
    """``Messenger`` by the house's notices."""

    def __init__(self, notices: Notices) -> None:
        """``notices`` keep and deliver."""
        self._notices = notices

    def send(self, to: Addressee, template: str, values: Mapping[str, str]) -> None:
        """Keep and later deliver the message."""
        recipient = Recipient(Channel(to.channel), to.address, to.anti_phishing_code, to.locale)
        self._notices.send(recipient, template, values)


class EngineObligations:
    """``Obligations`` by what the engine holds of an account and its sub-accounts."""

    def __init__(self, engine: Engine) -> None:
        """Ask on the running loop, the only one that may look into the engine."""
        self._engine = engine
        self._caller = LoopCaller()

    def of(self, account: int) -> Sequence[Obligation]:
        """Open orders, algo orders, positions, money and sub-accounts; called on another thread than the loop's.

        Raises ``EngineOutcomeUnknownError``.
        """
        return self._caller.wait(self._of(account))

    async def _of(self, account: int) -> Sequence[Obligation]:
        views = self._engine.views
        own = with_pockets(self._engine, account)
        order_count, algo_count = (sum(len(asked(one)) for one in own) for asked in (views.open_orders, views.algos))
        position_count = sum(1 for one in own for view in views.positions(one) if view.lots)
        currency_count = len({view.currency for one in own for view in views.balances(one) if view.cash})
        others = (views.account(number) for number in range(account + 1, views.account_count()) if number not in own)
        subs = [other for other in others if other is not None and other.master == account and not other.frozen]
        sub_count = sum(1 for other in subs if views.pocket(other.account) is None)
        counted = {
            "open_orders": order_count,
            "algo_orders": algo_count,
            "positions": position_count,
            "balances": currency_count,
            "sub_accounts": sub_count,
        }
        return tuple(Obligation(kind, count) for kind, count in counted.items() if count)


class PeopleKeeper:
    """The housekeeping of people, on the running loop."""

    def __init__(self, people: People, engine: Engine) -> None:
        """Begin to do what is due; from now on nobody's account is closed with something in it."""
        people.closing.obligations = EngineObligations(engine)
        self._housekeeper = Housekeeper("people", lambda: people.keep_house(engine.now_ms()), _HOUSEKEEPING_SECONDS)

    async def close(self) -> None:
        """Stop; what is under way ends first."""
        await self._housekeeper.close()


def leaked_passwords(data: Path) -> Sequence[BreachFile]:
    """The operator's list of leaked passwords, when there is one in the folder. Raises ``DataError``."""
    file = data / LEAKED_PASSWORDS
    return (BreachFile(file),) if file.exists() else ()


def open_people(
    data: Path,
    box: SecretBox,
    rules: RuleBook,
    notices: Notices,
    clock: Callable[[], int],
    machine_clock: Callable[[], int] | None = None,
    cost: HashCost | None = None,
) -> People:
    """The people of ``data`` (blocking); authenticators go by ``machine_clock`` too. Raises ``DataError``."""
    url = f"sqlite:///{(data / IDENTITY_NAME).resolve()}"
    people = People(url, box, HouseRules(rules), HousePost(notices), GeoIpAtlas(), cost, leaked_passwords(data))
    people.use_clocks(clock, machine_clock)
    people.closing.forget_messages = notices.forget
    notices.kept_ms = lambda: rules.number("notices.kept_days", Entity.OPERATOR, clock()) * DAY_MS

    def answered(template: str, reference: str, key: str) -> None:
        if template == "device_phone_call" and key in ("1", "2"):
            with suppress(RefusedError):
                people.sign_ins.answer_device(reference, let_in=key == "1", now_ms=clock())

    offer_providers(people, SystemClock().now_ms)
    notices.on_answer(lambda answer: answered(answer.template, answer.reference, answer.key))
    return people
