"""The numbers of verification that hold for somebody at a moment, read from the rule book once per request."""

from dataclasses import dataclass

from lonja.modules.governance.api import RuleBook, serving_entity
from lonja.modules.verification.pictures import PictureLimits


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen from."""

    document_kinds: tuple[str, ...]
    address_proof_kinds: tuple[str, ...]
    occupations: tuple[str, ...]
    income_sources: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """``age_min`` in years, ``proof_months`` how old a proof of address may be; days and counts as named."""

    age_min: int
    document_days_left_min: int
    expiry_grace_days: int
    renewal_days: int
    tries_per_day: int
    uploads_per_day: int
    proof_months: int
    pictures: PictureLimits
    choices: Choices


@dataclass(frozen=True, slots=True)
class ScreeningPolicy:
    """``score_min`` of 100; ``hour`` of the day in UTC."""

    score_min: int
    birth_years_apart_max: int
    hour: int


def policy_of(rules: RuleBook, residence: str, now_ms: int) -> Policy:
    """What holds for a resident of ``residence``. Raises ``DataError`` when the rules lack one."""
    entity = serving_entity(residence, rules, now_ms)

    def number(name: str) -> int:
        return rules.number(f"verification.{name}", entity, now_ms, residence)

    def names(name: str) -> tuple[str, ...]:
        return rules.names(f"verification.{name}", entity, now_ms, residence)

    return Policy(
        age_min=number("age_min"),
        document_days_left_min=number("document_days_left_min"),
        expiry_grace_days=number("expiry_grace_days"),
        renewal_days=number("renewal_days"),
        tries_per_day=number("tries_per_day"),
        uploads_per_day=number("uploads_per_day"),
        proof_months=rules.number("questionnaire.proof_months", entity, now_ms, residence),
        pictures=PictureLimits(
            bytes_max=number("picture_bytes_max"),
            pixels_max=number("picture_pixels_max"),
            side_min=number("picture_side_min"),
            brightness_min=number("picture_brightness_min"),
            brightness_max=number("picture_brightness_max"),
            sharpness_min=number("picture_sharpness_min"),
        ),
        choices=Choices(
            names("document_kinds"),
            names("address_proof_kinds"),
            names("occupations"),
            names("income_sources"),
            names("uses"),
        ),
    )


def screening_policy_of(rules: RuleBook, residence: str, now_ms: int) -> ScreeningPolicy:
    """What holds for the screening of a resident of ``residence``."""
    entity = serving_entity(residence, rules, now_ms)

    def number(name: str) -> int:
        return rules.number(f"screening.{name}", entity, now_ms, residence)

    return ScreeningPolicy(number("score_min"), number("birth_years_apart_max"), number("hour"))
