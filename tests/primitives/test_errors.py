"""The error tree: what is drawn is what is there, and each error speaks in sentences."""

import re

import pytest

from lonja.primitives import errors, instant
from lonja.primitives.errors import LonjaError


def drawn_tree() -> dict[str, str]:
    """Each error and its parent, as the module's docstring draws them."""
    parents: dict[str, str] = {}
    path: list[tuple[int, str]] = [(-1, "Exception")]
    for indent, name in re.findall(r"^( +)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE):
        while path[-1][0] >= len(indent):
            path.pop()
        parents[name] = path[-1][1]
        path.append((len(indent), name))
    return parents


def test_the_tree_is_drawn_as_it_is() -> None:
    found = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    assert drawn_tree() == {name: kind.__bases__[0].__name__ for name, kind in found.items()}


@pytest.mark.parametrize(("remedy", "text"), [("", "It broke."), ("Mend it.", "It broke. Mend it.")])
def test_an_error_says_what_happened_and_what_to_do(remedy: str, text: str) -> None:
    error = errors.DataCorruptError("It broke.", remedy)
    assert isinstance(error, LonjaError)
    assert (str(error), error.message, error.remedy) == (text, "It broke.", remedy)


def test_spans_of_time() -> None:
    assert (
        instant.DAY_MS == 24 * instant.HOUR_MS == 1440 * instant.MINUTE_MS == 86_400 * instant.SECOND_MS == 86_400_000
    )


def test_a_refusal_has_a_code_besides_its_sentences() -> None:
    error = errors.RefusedError("too_young", "Not before 18.", "Wait.")
    assert (error.code, error.message, error.remedy, str(error)) == (
        "too_young",
        "Not before 18.",
        "Wait.",
        "Not before 18. Wait.",
    )
