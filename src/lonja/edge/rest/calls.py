"""What a handler is given, and the small checks that handlers share.

Why here: parameters that mean the same are refused the same way everywhere.
"""

from dataclasses import dataclass
from typing import Final

from lonja.core.kinds import InstrumentType
from lonja.edge.errors import refusal
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, InstrumentForm
from lonja.edge.wire.numbers import integer
from lonja.primitives.money import INT_MAX

NAMES_MAX: Final = 20
CONTRACTS: Final = (InstrumentType.SWAP, InstrumentType.FUTURES)


@dataclass(frozen=True, slots=True)
class Call:
    """One request on a public operation."""

    services: Services


@dataclass(frozen=True, slots=True)
class PrivateCall:
    """One request of a known speaker."""

    services: Services
    session: Session

    @property
    def account(self) -> int:
        """Whose data is meant."""
        return self.session.account


async def catch_up(services: Services) -> None:
    """Wait until histories show what was acknowledged. Raises ``EdgeError`` 50013 when that takes too long."""
    if not await services.history.caught_up(services.engine.views.last_sequence()):
        raise refusal("50013")


def instrument_named(services: Services, instrument_id: str) -> InstrumentForm:
    """The instrument called ``instrument_id``. Raises ``EdgeError`` 51001."""
    form = services.catalogue.find(instrument_id)
    if form is None:
        raise refusal("51001")
    return form


def instruments_listed(services: Services, *types: InstrumentType) -> list[InstrumentForm]:
    """All instruments of ``types`` but those that are delisted."""
    is_delisted, names = services.market_data.is_delisted, {INSTRUMENT_TYPES[kind] for kind in types}
    catalogue = services.catalogue
    return [form for form in catalogue.instruments() if form.instrument_type in names and not is_delisted(form.code)]


def of_family(form: InstrumentForm, instrument_family: str, uly: str) -> bool:
    """Whether an instrument belongs to what is asked for; "" asks for all. Spot belongs to no family."""
    return instrument_family in ("", form.family_name) and (not uly or (form.is_contract and uly == form.underlying))


def instrument_type(text: str) -> InstrumentType | None:
    """The instrument type called ``text``; None when "". Raises ``EdgeError`` 51000."""
    if text == "":
        return None
    if text not in INSTRUMENT_TYPES:
        raise refusal("51000", "instType")
    return InstrumentType(INSTRUMENT_TYPES.index(text))


def optional_instrument(services: Services, instrument_id: str) -> int | None:
    """The code of the instrument called ``instrument_id``; None when "". Raises ``EdgeError`` 51001."""
    return instrument_named(services, instrument_id).code if instrument_id else None


def instruments_meant(services: Services, wanted: InstrumentType | None, family: str, uly: str) -> list[int] | None:
    """Codes of the contracts of a family or an underlying; None when neither is named.

    Spot pairs belong to no family, and clients name one all the same when they ask for spot.
    """
    if not (family or uly) or wanted == InstrumentType.SPOT:
        return None
    return [form.code for form in services.catalogue.instruments() if of_family(form, family, uly)]


def optional_id(text: str, name: str) -> int | None:
    """``text`` as an id or a time; None when "". Raises ``EdgeError`` 51000."""
    return integer(text, name, 0, INT_MAX, 0) if text else None


def page_limit(text: str, most: int = 100, default: int = 100) -> int:
    """How many rows to give. Raises ``EdgeError`` 51000."""
    return integer(text, "limit", 1, most, default)


def market_limit(text: str, most: int, default: int = 100) -> int:
    """How many rows of market data to give: asked for more, OKX gives ``most``. Raises ``EdgeError`` 51000."""
    return min(integer(text, "limit", 1, INT_MAX, default), most)


def names_of(text: str, name: str) -> frozenset[str]:
    """Names separated by commas. Raises ``EdgeError`` 50025 for too many."""
    names = frozenset(part for part in text.split(",") if part)
    if len(names) > NAMES_MAX:
        raise refusal("50025", name, NAMES_MAX)
    return names
