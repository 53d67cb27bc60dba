"""Rules are data: dated, of an entity and a place, and read whole or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.modules.governance.api import Entity, RuleBook
from lonja.primitives.errors import DataError
from lonja.primitives.instant import DAY_MS

DAY_2020 = 1_577_836_800_000
DAY_2022 = 1_640_995_200_000

BOOK = """
["a.number"]
about = "A number."
kind = "number"
rows = [
    { entity = "all", from = 2020-01-01, value = 1, source = "s" },
    { entity = "all", from = 2022-01-01, value = 2, source = "s" },
    { entity = "eea", from = 2021-01-01, value = 3, source = "s" },
    { entity = "all", places = ["UA"], from = 2020-01-01, value = 4, source = "s" },
    { entity = "all", places = ["UA-43", "UA-40"], from = 2020-01-01, value = 5, source = "s" },
    { entity = "us", places = ["UA"], from = 2022-01-01, value = 6, source = "s" },
]

["a.ladder"]
about = "A ladder."
kind = "ladder"
rows = [{ entity = "all", from = 2020-01-01, value = [0, 10, 10, "unlimited"], source = "s" }]

["a.gate"]
about = "A gate."
kind = "gate"
rows = [
    { entity = "all", from = 2020-01-01, value = 1, source = "s" },
    { entity = "us", from = 2020-01-01, value = "closed", source = "s" },
]
"""

NUMBERS = [
    # entity, place, moment, value
    (Entity.GLOBAL, "", DAY_2020, 1),
    (Entity.GLOBAL, "", DAY_2022 - 1, 1),
    (Entity.GLOBAL, "", DAY_2022, 2),
    (Entity.GLOBAL, "", DAY_2020 - 1, 1),  # before the first date the earliest row holds
    (Entity.EEA, "", DAY_2020, 1),  # not yet a row of its own
    (Entity.EEA, "", DAY_2022, 3),  # the entity's own row, although an older one
    (Entity.GLOBAL, "DE", DAY_2022, 2),
    (Entity.GLOBAL, "UA", DAY_2022, 4),
    (Entity.GLOBAL, "UA-32", DAY_2022, 4),  # a region follows its country
    (Entity.GLOBAL, "UA-43", DAY_2022, 5),
    (Entity.GLOBAL, "UA-40", DAY_2022, 5),
    (Entity.GLOBAL, "UA-43", DAY_2020 - 1, 1),
    (Entity.EEA, "UA", DAY_2022, 4),  # the place before the entity
    (Entity.US, "UA", DAY_2022, 6),
    (Entity.US, "UA", DAY_2022 - 1, 4),
]


@pytest.mark.parametrize(("entity", "place", "at_ms", "value"), NUMBERS)
def test_the_closest_row_that_holds_answers(entity: Entity, place: str, at_ms: int, value: int) -> None:
    assert RuleBook({"a.toml": BOOK}).number("a.number", entity, at_ms, place) == value


def test_a_gate_is_a_level_or_closed_and_a_ladder_has_a_step_for_each_level() -> None:
    book = RuleBook({"a.toml": BOOK})
    assert book.gate("a.gate", Entity.GLOBAL, DAY_2020) == 1
    assert book.gate("a.gate", Entity.US, DAY_2020) is None
    assert [book.ceiling("a.ladder", level, Entity.EEA, DAY_2020) for level in range(4)] == [0, 10, 10, None]


def test_a_row_tells_its_version_and_its_source() -> None:
    row = RuleBook({"a.toml": BOOK}).row("a.number", Entity.EEA, DAY_2022)
    assert (row.version, row.source) == ("2021-01-01", "s")


def test_changes_come_in_order_with_what_held_before() -> None:
    changes = list(RuleBook({"a.toml": BOOK}).changes(DAY_2020, DAY_2022))
    told = [(change.row.version, change.row.entity, change.before.value, change.row.value) for change in changes]
    assert told == [("2021-01-01", "eea", 1, 3), ("2022-01-01", "all", 1, 2), ("2022-01-01", "us", 4, 6)]


def test_the_next_change_is_known() -> None:
    book = RuleBook({"a.toml": BOOK})
    assert book.next_change_ms(0) == DAY_2020
    assert book.next_change_ms(DAY_2020) == DAY_2020 + 366 * DAY_MS
    assert book.next_change_ms(DAY_2022) is None


def test_the_edition_changes_at_the_dates_of_rows_and_with_the_text() -> None:
    book = RuleBook({"a.toml": BOOK})
    assert book.version(DAY_2020).startswith("2020-01-01+")
    assert book.version(DAY_2022).startswith("2022-01-01+")
    other = RuleBook({"a.toml": BOOK.replace('source = "s"', 'source = "t"')})
    assert other.version(DAY_2020) != book.version(DAY_2020)


def row(**changed: object) -> str:
    fields = {"entity": '"all"', "from": "2020-01-01", "value": "1", "source": '"s"'} | changed
    return "{ " + ", ".join(f"{name} = {value}" for name, value in fields.items() if value) + " }"


def rule(rows: str, kind: str = "number", name: str = '"a.b"', about: str = "x") -> str:
    return f'[{name}]\nabout = "{about}"\nkind = "{kind}"\nrows = [{rows}]\n'


BAD = [
    # content, what the error says besides the file
    ("a = [", "no TOML"),
    ('a = "b"', "dotted name"),
    (rule(row(), name="ab"), "dotted name"),
    (rule(row(), kind="float"), "kind must be one of"),
    (rule(row(), about=" "), "about must say"),
    (rule(""), "must be rows"),
    ('["a.b"]\nabout = "x"\nrows = []\n', "exactly about, kind and rows"),
    (rule(row() + ", 3"), "row 2"),
    (rule(row(source="")), "row 1: a row has"),
    (rule(row(source='" "')), "source must say"),
    (rule(row(entity='"mars"')), "entity must be one of"),
    (rule(row(entity='"us"')), "what holds for global, eea, operator"),
    (rule(row(places='["CU"]')), "no row without places"),
    (rule(f"{row()}, {row(places='[]')}"), "row 2: places must list"),
    (rule(row() + ", " + row(places='["Cuba"]')), "'Cuba' is no country"),
    (rule(row(**{"from": '"2020-01-01"'})), "from must be a date"),
    (rule(row(**{"from": "2020-01-01T10:00:00"})), "time zone"),
    (rule(f"{row()}, {row(value='2')}"), "row 2: another row"),
    (rule(row(value="-1")), "not negative"),
    (rule(row(value="true")), "not negative"),
    (rule(row(value="1.5")), "not negative"),
    (rule(row(value="[1]"), kind="names"), "a list of texts"),
    (rule(row(value='"open"'), kind="gate"), "or 'closed'"),
    (rule(row(value="4"), kind="gate"), "from 0 to 3"),
    (rule(row(value="7"), kind="ladder"), "a list of numbers"),
    (rule(row(value="[1, 2, 3]"), kind="ladder"), "one for each KYC level"),
    (rule(row(value="[1, 2, 3, 2]"), kind="ladder"), "must not have a lower ceiling"),
    (rule(row(value='["unlimited", 2, 3, 4]'), kind="ladder"), "must not have a lower ceiling"),
]


@pytest.mark.parametrize(("content", "said"), BAD)
def test_bad_data_is_refused_with_its_file_and_row(content: str, said: str) -> None:
    with pytest.raises(DataError) as refused:
        RuleBook({"bad.toml": content})
    assert "bad.toml" in refused.value.message
    assert said in refused.value.message


def test_a_rule_stands_in_one_file_only() -> None:
    with pytest.raises(DataError, match=r"b\.toml: a\.b stands in a\.toml"):
        RuleBook({"a.toml": rule(row()), "b.toml": rule(row())})


def test_asking_for_what_is_not_there_is_an_error_that_names_it() -> None:
    book = RuleBook({"a.toml": BOOK})
    with pytest.raises(DataError, match=r"no rule a\.nothing"):
        book.number("a.nothing", Entity.GLOBAL, 0)
    with pytest.raises(DataError, match="is a gate, not a number"):
        book.number("a.gate", Entity.GLOBAL, 0)


def test_a_moment_of_a_day_can_be_a_date() -> None:
    book = RuleBook({"a.toml": rule(f"{row()}, {row(**{'from': '2020-01-02T10:30:00+01:00'}, value='2')}")})
    moment = DAY_2020 + DAY_MS + (9 * 60 + 30) * 60_000
    assert [book.number("a.b", Entity.US, at_ms) for at_ms in (moment - 1, moment)] == [1, 2]
    assert book.row("a.b", Entity.US, moment).version == "2020-01-02T09:30:00Z"


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000_000), st.sampled_from(Entity), st.sampled_from(["", "US", "CU", "UA-43", "DE"]))
def test_every_rule_of_the_house_answers_at_any_time_anywhere(at_ms: int, entity: Entity, place: str) -> None:
    book = HOUSE
    for kept in book.rules():
        assert book.row(kept.name, entity, at_ms, place).rule == kept.name


HOUSE = RuleBook.of_folder()


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff")
    with pytest.raises(DataError, match="cannot be read"):
        RuleBook.of_folder(tmp_path)
