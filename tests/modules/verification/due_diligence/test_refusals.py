"""Every refusal of due diligence has its HTTP status, and every listed one is raised somewhere."""

import ast
from pathlib import Path

from lonja.edge.account.refusals import STATUS
from lonja.modules.verification.due_diligence import refusals
from lonja.modules.verification.due_diligence.refusals import STATUSES

_RAISERS = {"RefusedError", "_refusal"}


def raised(tree: ast.AST) -> set[str]:
    """The first argument of everything that makes a refusal, where it is written out."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    made = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in _RAISERS]
    return {str(first.value) for first in made if isinstance(first, ast.Constant)}


def test_codes_are_listed_and_used() -> None:
    files = Path(refusals.__file__).parent.glob("*.py")
    assert set().union(*(raised(ast.parse(file.read_text())) for file in files)) == set(STATUSES)


def test_the_account_api_answers_with_these_statuses() -> None:
    assert {code: STATUS[code] for code in STATUSES} == dict(STATUSES)
