"""The OWASP checklist is whole, and whatever it names as evidence is there."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security" / "asvs.md"
STATES = {"met", "not applicable", "open"}
SECTIONS = {
    # chapter: how many points of levels 1 and 2 each of its sections has, by section
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
NUMBERS = [
    f"{chapter}.{section}.{number}"
    for chapter, sections in SECTIONS.items()
    for section, count in sections.items()
    for number in range(1, count + 1)
]


class Point(NamedTuple):
    """One row of the checklist."""

    number: str
    asked: str
    state: str
    evidence: str

    def links(self) -> list[tuple[str, str, str]]:
        """Text, file and place within it of every link."""
        return re.findall(r"\[([^\]]+)\]\(([^)#]+)(#[^)]*)?\)", self.evidence)

    def reason(self) -> str:
        """What is said beside the links."""
        return re.sub(r"\[[^\]]+\]\([^)]+\)", "", self.evidence).strip(" ,;")


POINTS = [
    Point(*row) for row in re.findall(r"^\| (\d[\d.]+) \| (.+?) \| (.+?) \| (.*?) ?\|$", PAGE.read_text(), re.MULTILINE)
]


@cache
def functions(file: Path) -> set[str]:
    """Names of the functions in a file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


@cache
def headings(file: Path) -> set[str]:
    """Places that a link can lead to within a page."""
    found = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return {"#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_point_of_levels_1_and_2_is_there_once_and_in_order() -> None:
    assert len(NUMBERS) == 253
    assert [point.number for point in POINTS] == NUMBERS


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.number)
def test_a_point_says_how_it_stands(point: Point) -> None:
    assert point.state in STATES
    assert point.links() if point.state == "met" else point.reason()


def test_all_evidence_is_there() -> None:
    missing = []
    for point in POINTS:
        for text, to, place in point.links():
            file = (PAGE.parent / to).resolve()
            if not file.exists():
                missing.append(f"{point.number}: {to}")
            elif text.startswith("test_") and text not in functions(file):
                missing.append(f"{point.number}: {text} in {to}")
            elif place and place not in headings(file):
                missing.append(f"{point.number}: {place} in {to}")
    assert missing == []


def test_the_counts_above_are_those_of_the_rows() -> None:
    told = re.search(r"^\| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.MULTILINE)
    assert told is not None
    counted = [sum(point.state == state for point in POINTS) for state in ("met", "not applicable", "open")]
    assert [int(count) for count in told.groups()] == counted
