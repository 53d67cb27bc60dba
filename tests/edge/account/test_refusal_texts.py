"""The pages have words of their own for refusals, by code: a code that nobody says any more has none."""

import json
import re
from pathlib import Path

from lonja.edge.errors import MESSAGES

ROOT = Path(__file__).parents[3]
SPANISH = ROOT / "web" / "src" / "lib" / "text" / "es" / "refusals.json"


def test_every_refusal_that_the_pages_translate_is_one_of_the_house() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "lonja").rglob("*.py"))
    said = set(re.findall(r'"([a-z]+(?:_[a-z]+)*)"', code))
    translated = set(json.loads(SPANISH.read_text(encoding="utf-8")))
    assert {name for name in translated if name not in said and name not in MESSAGES} == set()


def test_a_message_with_figures_in_it_is_left_as_it_is() -> None:
    translated = json.loads(SPANISH.read_text(encoding="utf-8"))
    # That of a balance too small names its currency, which stands beside the button.
    assert [code for code in translated if "{" in MESSAGES.get(code, "") and code != "51008"] == []
