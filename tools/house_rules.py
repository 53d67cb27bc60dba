"""The rules of this house that no linter knows, each a small function from a file to what is wrong in it.

``tests/test_tidy.py`` runs them over the project and shows each a good and a bad example. A rule that must be broken
somewhere gets its exception here, by file and with the reason.
"""

import ast
import gc
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "tests", "tools", "bench", "examples", "docs", "changelog.d", "requirements", ".ci")
TEXT_ENDINGS = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".lock", ".json", ".txt"}

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 800

PURE_MODULES = {
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "librt",
    "lonja.core",
    "lonja.primitives",
    "math.gcd",
    "mypy_extensions",
    "operator",
    "re",
    "struct",
    "typing",
    "zlib",
}
"""What core and primitives may import: nothing that reads a clock, the system, or chance."""

BETTER_WORDS = {
    "symbol": "instrument",
    "symbols": "instruments",
    "qty": "size",
    "quantity": "size",
    "coin": "currency",
    "coins": "currencies",
    "cancelled": "canceled",
    "cancelling": "canceling",
}
"""One name per thing (docs/glossary.md); these are parts of names that are spelled otherwise here."""

BETTER_PROSE = {
    "cancelled": "canceled",
    "cancelling": "canceling",
    "behaviour": "behavior",
    "colour": "color",
    "FIX" + "ME": "an issue",
    "TO" + "DO": "an issue",
    "XX" + "X": "an issue",
}
"""Words of comments, docstrings and pages that are spelled otherwise here or belong elsewhere."""

WIRE_NAMES = {
    "accFillSz",
    "algoId",
    "amendResult",
    "availBal",
    "availEq",
    "avgPx",
    "baseCcy",
    "billId",
    "cancelSource",
    "cashBal",
    "clOrdId",
    "ctVal",
    "cxlOnFail",
    "execType",
    "expTime",
    "feeCcy",
    "fillFee",
    "fillPx",
    "fillSz",
    "frozenBal",
    "instFamily",
    "instId",
    "instIdCode",
    "instType",
    "lotSz",
    "minSz",
    "mgnMode",
    "newPx",
    "newSz",
    "ordFrozen",
    "ordId",
    "ordType",
    "posMode",
    "posSide",
    "quoteCcy",
    "rebateCcy",
    "reduceOnly",
    "reqId",
    "sCode",
    "sMsg",
    "settleCcy",
    "stpMode",
    "subCode",
    "tdMode",
    "tgtCcy",
    "tickSz",
    "tradeId",
}
WIRE_PLACES = (
    "src/lonja/edge/wire/",
    "src/lonja/edge/rest/operation.py",
    "src/lonja/edge/errors.py",
    "src/lonja/cli/wire.py",  # the terminal commands are a client like any other
)
"""Where the venue's names are at home; everywhere else the glossary rules."""

FIELD_NAMERS = {"integer", "names_of", "one_of", "optional_id", "refusal", "token"}
"""Calls that are told how the client spells a field, to name it in the refusal."""

REFUSERS = {"RefusedError", "Refusal"}
"""What is told to whoever is refused: its third part is the remedy."""
REFUSER_PARTS = 3

CLOCK_PLACES = ("src/lonja/adapters/clock.py",)
ENTRY_POINTS = {"lonja", "lonja.cli.main"}
"""Where a program starts."""
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users)/")


@dataclass(frozen=True)
class Finding:
    """One broken rule."""

    path: str
    line: int
    sentence: str

    def __str__(self) -> str:
        """As compilers write it, so that editors can jump there."""
        return f"{self.path}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class File:
    """A file of the project; ``path`` is relative to its root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the tree."""
        return list(ast.walk(self.tree))

    @property
    def is_python(self) -> bool:
        """Whether it is Python source."""
        return self.path.endswith(".py")

    @property
    def is_pure(self) -> bool:
        """Whether it belongs to the deterministic part."""
        return self.is_python and self.path.startswith(("src/lonja/core/", "src/lonja/primitives/"))

    @property
    def module(self) -> str:
        """Its dotted name, for files below ``src``."""
        parts = PurePosixPath(self.path).with_suffix("").parts[1:]
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def finding(self, node: ast.AST | int, sentence: str) -> Finding:
        """Something wrong at a node or line."""
        return Finding(self.path, node if isinstance(node, int) else getattr(node, "lineno", 1), sentence)


Rule = Callable[[File], Iterator[Finding]]


def function_length(file: File) -> Iterator[Finding]:
    """No function is longer than a screen."""
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield file.finding(node, f"{node.name} has {lines} lines, {FUNCTION_LINES_MAX} is the most")


def file_length(file: File) -> Iterator[Finding]:
    """No file is longer than one sitting."""
    most = TEST_FILE_LINES_MAX if file.path.startswith("tests/") else FILE_LINES_MAX
    lines = file.text.count("\n")
    if lines > most:
        yield file.finding(1, f"{lines} lines, {most} is the most")


def module_docstring(file: File) -> Iterator[Finding]:
    """A file says what it is."""
    if file.text.strip() and ast.get_docstring(file.tree) is None:
        yield file.finding(1, "a module docstring is missing")


def no_float(file: File) -> Iterator[Finding]:
    """No float decides money."""
    for node in file.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield file.finding(node, f"float literal {node.value}")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield file.finding(node, "true division makes a float; use // and say how it rounds")
        elif isinstance(node, ast.Name) and node.id == "float":
            yield file.finding(node, "float in deterministic code")


def no_set_order(file: File) -> Iterator[Finding]:
    """The order of a set depends on the process; sets serve only to ask whether something is in them."""
    asked = {id(right) for node in file.nodes if isinstance(node, ast.Compare) for right in node.comparators}
    for node in file.nodes:
        made = isinstance(node, ast.Set | ast.SetComp) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
        )
        if made and id(node) not in asked:
            yield file.finding(node, "a set that may be iterated; use a dict, list or sorted tuple")


def no_identity(file: File) -> Iterator[Finding]:
    """hash() and id() differ from process to process."""
    for node in file.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"hash", "id"}:
            yield file.finding(node, f"{node.func.id}() differs from process to process")


def pure_imports(file: File) -> Iterator[Finding]:
    """Deterministic code imports only what is deterministic."""
    for node, name in _imports(file):
        if file.path == "src/lonja/core/__init__.py" and name.startswith("lonja.compiled"):
            continue  # chooses the compiled form before anything of the core runs
        parts = name.split(".")
        if not {".".join(parts[: i + 1]) for i in range(len(parts))} & PURE_MODULES:
            yield file.finding(node, f"{name} is not on the list of pure modules")


def names(file: File) -> Iterator[Finding]:
    """One name per thing, for everything that is named here."""
    for node in file.nodes:
        for name in _defined_names(node):
            for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name):
                better = BETTER_WORDS.get(word.lower())
                if better:
                    yield file.finding(node, f"{name}: say {better}, not {word}")


def prose(file: File) -> Iterator[Finding]:
    """One spelling, and no notes to self."""
    folded = file.text.lower()
    if not any(word.lower() in folded for word in BETTER_PROSE):
        return  # splitting a file into tokens is slow, and hardly any has such a word
    for number, line in _prose_lines(file):
        for word, better in BETTER_PROSE.items():
            flags = 0 if word.isupper() else re.IGNORECASE
            if re.search(rf"\b{word}\b", line, flags):
                yield file.finding(number, f"say {better}, not {word}")


def machine_paths(file: File) -> Iterator[Finding]:
    """Nothing here depends on the machine it was written on."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield file.finding(number, "a path of one machine")


def wire_names(file: File) -> Iterator[Finding]:
    """The venue's short names stay where messages are read and written."""
    if file.path.startswith(WIRE_PLACES):
        return
    passed = {id(node.value) for node in file.nodes if isinstance(node, ast.Expr)}  # docstrings
    if file.path.startswith("src/lonja/edge/"):
        for node in file.nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FIELD_NAMERS:
                passed.update(id(word) for word in node.args)
    for node in file.nodes:
        used = set(_defined_names(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            used.update(re.findall(r"\w+", node.value))
        elif isinstance(node, ast.Attribute):
            used.add(node.attr)
        for name in sorted(used & WIRE_NAMES):
            yield file.finding(node, f"{name} belongs to edge/wire")


def one_clock(file: File) -> Iterator[Finding]:
    """Time comes from the engine; only the adapter asks the system."""
    if file.path.startswith(CLOCK_PLACES):
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            asked = f"{node.value.id}.{node.attr}"
            if asked in {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}:
                yield file.finding(node, f"{asked}: ask the engine's clock")


def no_mocks(file: File) -> Iterator[Finding]:
    """Ports are tested with their real in-memory adapter."""
    for node, name in _imports(file):
        if name.startswith(("unittest.mock", "mock", "pytest_mock")):
            yield file.finding(node, "a mock; use the in-memory adapter")


def doors(file: File) -> Iterator[Finding]:
    """A door lists what goes through it."""
    assigned = (target for node in file.tree.body if isinstance(node, ast.Assign) for target in node.targets)
    if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in assigned):
        yield file.finding(1, "an api.py lists __all__")


def remedies(file: File) -> Iterator[Finding]:
    """Whoever is refused hears what to do next."""
    for node in file.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [*node.args, *(word.value for word in node.keywords)]
        if node.func.id not in REFUSERS or any(isinstance(one, ast.Starred) for one in given):
            continue
        remedy = given[REFUSER_PARTS - 1 :]
        if not remedy or (isinstance(remedy[0], ast.Constant) and not remedy[0].value):
            yield file.finding(node, "a refusal without a remedy")


def lock_without_places(file: File) -> Iterator[Finding]:
    """A lock names packages and hashes, not the place they came from."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if "://" in line or "--find-links" in line or "index-url" in line:
            yield file.finding(number, "a lock names no place")


def dead_modules(files: list[File]) -> Iterator[Finding]:
    """Every module is imported by another one, or is where the program starts.

    The second adapter of a port, kept in memory, may serve only the tests.
    """
    sources = [file for file in files if file.is_python and file.path.startswith("src/")]
    imported = {name for file in sources for _, name in _imports(file)} | ENTRY_POINTS
    imported |= {name for file in sources for name in _named(file)}
    in_tests = {
        name for file in files if file.path.startswith("tests/") and file.is_python for _, name in _imports(file)
    }
    imported |= {name for name in in_tests if "_memory" in name}
    imported |= {name.rsplit(".", 1)[0] for name in imported}
    for file in sources:
        if file.module not in imported and not file.path.endswith("__init__.py") and "/migrations/" not in file.path:
            yield file.finding(1, f"{file.module} is never imported")


RULES: list[tuple[Rule, Callable[[File], bool]]] = [
    (function_length, lambda file: file.is_python),
    (file_length, lambda file: file.is_python),
    (module_docstring, lambda file: file.is_python),
    (
        names,
        lambda file: file.is_python and not file.path.startswith("tests/conformance/"),
    ),  # clients have words of their own
    (prose, lambda file: not file.path.endswith(".lock")),
    (machine_paths, lambda _: True),
    (no_float, lambda file: file.is_pure),
    (no_set_order, lambda file: file.is_pure),
    (no_identity, lambda file: file.is_pure),
    (pure_imports, lambda file: file.is_pure),
    (wire_names, lambda file: file.is_python and file.path.startswith("src/")),
    (one_clock, lambda file: file.is_python and file.path.startswith("src/")),
    (no_mocks, lambda file: file.is_python),
    (doors, lambda file: file.path.startswith("src/") and file.path.endswith("/api.py")),
    (remedies, lambda file: file.is_python and file.path.startswith("src/")),
    (lock_without_places, lambda file: file.path.endswith(".lock")),
]
"""Each rule and the files it is for."""

EXCEPTIONS = {
    ("machine_paths", "tools/house_rules.py"),  # the rule's own pattern and examples
    ("machine_paths", "tests/test_tidy.py"),
    ("wire_names", "src/lonja/adapters/recorded_feed.py"),  # what others send, read where it comes in
    ("wire_names", "src/lonja/adapters/v5_feed.py"),
    ("prose", "tools/house_rules.py"),
    ("prose", "tests/test_tidy.py"),
}


def project_files() -> list[File]:
    """All text files of the project that people write."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in TEXT_ENDINGS]
    paths += [path for path in ROOT.iterdir() if path.suffix in {".md", ".toml", ".yaml"} or path.name == "Makefile"]
    found = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return [File(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in sorted(found)]


def broken_rules(files: list[File]) -> Iterator[Finding]:
    """Everything wrong in ``files``."""
    was_collecting = gc.isenabled()
    gc.disable()  # millions of nodes live until the end, and looking for garbage among them takes half the time
    try:
        for rule, applies in RULES:
            for file in files:
                if applies(file) and (rule.__name__, file.path) not in EXCEPTIONS:
                    yield from rule(file)
        yield from dead_modules(files)
    finally:
        if was_collecting:
            gc.enable()


def _imports(file: File) -> Iterator[tuple[ast.AST, str]]:
    """Imported modules; of ``from a import b`` both ``a`` and, since it may be a module, ``a.b``."""
    for node in file.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node, f"{node.module}.{alias.name}"


def _named(file: File) -> Iterator[str]:
    """Modules that a text names, to be imported when they are needed."""
    for node in file.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("lonja."):
            yield node.value


def _defined_names(node: ast.AST) -> Iterator[str]:
    """Names that a node gives to something."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _prose_lines(file: File) -> Iterator[tuple[int, str]]:
    """Lines that people read: whole pages, and the comments and docstrings of code."""
    if not file.is_python:
        yield from enumerate(file.text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(StringIO(file.text).readline):
        docstring = token.type == tokenize.STRING and token.string.lstrip("rbfRBF").startswith('"""')
        if docstring or token.type == tokenize.COMMENT:
            for offset, line in enumerate(token.string.splitlines()):
                yield token.start[0] + offset, line


def main() -> int:
    """Print what is wrong."""
    found = list(broken_rules(project_files()))
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
