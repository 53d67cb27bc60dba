"""The house rules hold over the whole project, and each rule tells a good example from a bad one."""

import pytest

from lonja.compiled import COMPILED_MODULES, SOURCE_ROOT
from tools import house_rules as rules
from tools.house_rules import File

CORE = "src/lonja/core/example.py"
EDGE = "src/lonja/edge/example.py"

EXAMPLES = [
    # rule, path, good, bad
    (rules.function_length, CORE, "def f():\n" + "    a()\n" * 69, "def f():\n" + "    a()\n" * 70),
    (rules.file_length, CORE, "a = 1\n" * 600, "a = 1\n" * 601),
    (rules.file_length, "tests/core/test_example.py", "a = 1\n" * 800, "a = 1\n" * 801),
    (rules.module_docstring, CORE, '"""What it is."""\n', "a = 1\n"),
    (rules.no_float, CORE, "a = 3 // 2", "a = 3 / 2"),
    (rules.no_float, CORE, "a //= 2", "a /= 2"),
    (rules.no_float, CORE, "a = 10**6", "a = 1e6"),
    (rules.no_float, CORE, "def f(a: int): ...", "def f(a: float): ..."),
    (rules.no_set_order, CORE, "if a in {1, 2}: b()", "for a in {1, 2}: b()"),
    (rules.no_set_order, CORE, "a = sorted(b)", "a = set(b)"),
    (rules.no_set_order, CORE, "a = [x for x in b]", "a = {x for x in b}"),
    (rules.no_identity, CORE, "a = digest(b)", "a = hash(b)"),
    (rules.no_identity, CORE, "a = b.order_id", "a = id(b)"),
    (rules.pure_imports, CORE, "import struct\nfrom lonja.core import ledger", "import time"),
    (rules.pure_imports, CORE, "from collections.abc import Iterator", "from lonja.engine.api import Engine"),
    (rules.names, EDGE, "def place(instrument, size): ...", "def place(symbol, size): ..."),
    (rules.names, EDGE, "order_size = 1", "order_qty = 1"),
    (rules.names, EDGE, "class OrderCanceled: ...", "class OrderCancelled: ..."),
    (rules.prose, EDGE, "# the order is canceled", "# the order is cancelled"),
    (rules.prose, EDGE, '"""Says why."""', '"""Says why. TODO: say it better."""'),
    (rules.prose, "docs/page.md", "its behavior", "its behaviour"),
    (rules.machine_paths, "docs/page.md", "in `data/sandbox/`", "in `/home/somebody/sandbox/`"),
    (rules.wire_names, EDGE, "a = order.instrument", "a = order['instId']"),
    (rules.wire_names, EDGE, '"""Takes what the wire calls instId."""', "def f(clOrdId): ..."),
    (rules.wire_names, EDGE, "raise refusal('51000', 'instType')", "raise wrong('51000', 'instType')"),
    (rules.wire_names, "src/lonja/engine/example.py", "a = 1", "raise refusal('51000', 'instType')"),
    (rules.wire_names, "src/lonja/edge/wire/orders.py", "a = order['instId']", None),
    (rules.one_clock, EDGE, "a = engine.now_ms()", "a = time.time()"),
    (rules.one_clock, "src/lonja/adapters/clock.py", "a = time.time_ns()", None),
    (
        rules.no_mocks,
        "tests/test_example.py",
        "from lonja.adapters import journal_memory",
        "from unittest.mock import Mock",
    ),
    (rules.doors, "src/lonja/modules/example/api.py", "__all__ = ['Example']", "from .domain import Example"),
    (rules.remedies, EDGE, "RefusedError('key_unknown', 'No.', 'Look.')", "RefusedError('key_unknown', 'No.')"),
    (rules.remedies, EDGE, "a = {'late': Refusal(409, 'No.', 'Wait.')}", "a = {'late': Refusal(409, 'No.', '')}"),
    (rules.lock_without_places, "requirements/run.lock", "rich==15.0.0", "--index-url https://example.org"),
]


def test_the_project_keeps_the_rules() -> None:
    found = [str(finding) for finding in rules.broken_rules(rules.project_files())]
    assert found == []


@pytest.mark.parametrize(("rule", "path", "good", "bad"), EXAMPLES)
def test_a_rule_tells_good_from_bad(rule: rules.Rule, path: str, good: str, bad: str | None) -> None:
    assert list(rule(File(path, good))) == []
    if bad is not None:
        assert list(rule(File(path, bad))) != []


def test_every_rule_has_a_good_and_a_bad_example() -> None:
    shown = {rule for rule, _, _, bad in EXAMPLES if bad is not None}
    assert [rule.__name__ for rule, _ in rules.RULES if rule not in shown] == []


def test_a_module_that_nobody_imports_is_dead() -> None:
    used = File("src/lonja/edge/used.py", "")
    user = File(
        "src/lonja/cli/main.py", "from lonja.edge import used\nfrom lonja.edge.also import thing\na = 'lonja.cli.late'"
    )
    also = File("src/lonja/edge/also.py", "")
    late = File("src/lonja/cli/late.py", "")
    dead = File("src/lonja/edge/dead.py", "from lonja.edge import used")
    spare = File("src/lonja/adapters/spare_memory.py", "")
    test = File("tests/test_spare.py", "from lonja.adapters.spare_memory import Spare\nfrom lonja.edge import dead")
    assert [f.path for f in rules.dead_modules([used, user, also, late, dead, spare, test])] == [
        "src/lonja/edge/dead.py"
    ]


def test_a_file_out_of_the_rules_reach_is_not_judged() -> None:
    assert list(rules.broken_rules([File("docs/page.md", "1 / 2 is 0.5, says `instId`")])) == []


def test_exceptions_name_rules_and_files_that_exist() -> None:
    known = {rule.__name__ for rule, _ in rules.RULES}
    assert [name for name, path in rules.EXCEPTIONS if name not in known or not (rules.ROOT / path).is_file()] == []


def test_compiled_modules_exist() -> None:
    assert [name for name in COMPILED_MODULES if not (SOURCE_ROOT / "core" / f"{name}.py").is_file()] == []
