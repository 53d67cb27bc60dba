"""The offsets that hot code reads by are those of the layouts."""

import re

import pytest

from lonja.core import commands as c
from lonja.core import words as w
from lonja.core.commands import COMMAND_KINDS
from lonja.core.events import EVENT_KINDS
from lonja.core.layout import COMMAND_CODECS, EVENT_CODECS, TIME_OFFSET, WORD_BYTES

CONSTANTS = {name: value for name, value in vars(w).items() if name.isupper() and name != "WORD"}
FIELDS_OF: dict[str, type[c.Command]] = {
    "COMMAND": c.Tick,
    "PLACE": c.PlaceContractOrder,
    "CANCEL": c.CancelOrder,
    "AMEND": c.AmendOrder,
    "TRANSFER": c.Transfer,
}
COMMAND_NAMES = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).upper(): kind for kind in COMMAND_KINDS}
EVENT_NAMES = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).upper(): kind for kind in EVENT_KINDS}
HEADER = {"COMMAND_WORDS": 0, "COMMAND_KIND": 1 * WORD_BYTES, "COMMAND_HEADER_BYTES": COMMAND_CODECS[c.Tick].size_bytes}


def expected(name: str) -> int:
    """What the layouts say that the constant must be."""
    if name in HEADER:
        return HEADER[name]
    family, _, rest = name.partition("_")
    if family == "KIND":
        return COMMAND_KINDS[COMMAND_NAMES[rest]]
    if family == "EVENT" and rest in EVENT_NAMES:
        return EVENT_KINDS[EVENT_NAMES[rest]]
    if family == "EVENT" and rest.endswith("_WORDS"):
        return EVENT_CODECS[EVENT_NAMES[rest.removesuffix("_WORDS")]].words
    if rest == "FILLED_STATE":
        return EVENT_CODECS[EVENT_NAMES["FILLED"]].word_offset("order_state")
    field = "time_ms" if name == "COMMAND_TIME" else rest.lower()
    return COMMAND_CODECS[FIELDS_OF[family]].word_offset(field) * WORD_BYTES


@pytest.mark.parametrize("name", CONSTANTS)
def test_an_offset_is_that_of_the_layout(name: str) -> None:
    assert CONSTANTS[name] == expected(name)


def test_a_word_has_eight_bytes() -> None:
    assert w.WORD == WORD_BYTES == 8
    assert w.COMMAND_TIME == TIME_OFFSET


def test_every_command_has_its_kind() -> None:
    assert {name.removeprefix("KIND_") for name in CONSTANTS if name.startswith("KIND_")} == set(COMMAND_NAMES)


def test_every_command_starts_with_the_same_fields() -> None:
    for codec in COMMAND_CODECS.values():
        offsets = [codec.word_offset(field) for field in ("time_ms", "account", "session", "session_sequence")]
        assert offsets == [2, 3, 4, 5]


def test_an_order_for_a_contract_begins_with_the_fields_of_any_order() -> None:
    """One ticket reads both."""
    spot, contract = COMMAND_CODECS[c.PlaceOrder], COMMAND_CODECS[c.PlaceContractOrder]
    for field in c.PlaceOrder._fields:
        assert spot.word_offset(field) == contract.word_offset(field)


def test_all_fields_of_orders_are_read_by_hot_code() -> None:
    for family in ("PLACE", "CANCEL", "AMEND"):
        read = {name.removeprefix(f"{family}_").lower() for name in CONSTANTS if name.startswith(f"{family}_")}
        assert read == set(FIELDS_OF[family]._fields) - set(c.Tick._fields)
