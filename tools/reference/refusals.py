"""The refusals of a handler in the order in which it checks, read from its source.

Why: a list beside the code is soon another list than the code. What is followed are calls of functions of the edge;
what cannot be followed (a method of an object of another part) does not refuse with a code of the wire.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType, LambdaType
from typing import Final, NamedTuple

from lonja.core.rejections import Rejection
from lonja.edge.errors import ENGINE_ERROR_CODES, HTTP_STATUS, MESSAGES, REJECTION_CODES
from lonja.edge.rest import closed
from lonja.edge.wire import instruments
from lonja.edge.wire.requests import Request, fields_of

_ANY: Final = "…"
_DEPTH_MAX: Final = 8
_OWN: Final = "lonja.edge."
Words = tuple[str, ...]
Bindings = Mapping[str, object]

_OF_POSITIONS: Final = (
    Rejection.ACCOUNT_FROZEN,
    Rejection.INSTRUMENT_NOT_FOUND,
    Rejection.MARK_PRICE_MISSING,
    Rejection.ACCOUNT_MODE_FORBIDS,
    Rejection.POSITION_SIDE_INVALID,
)
_OF_ALGOS: Final = (
    Rejection.ALGO_KIND_INVALID,
    Rejection.ACCOUNT_MODE_FORBIDS,
    Rejection.POSITION_SIDE_INVALID,
    Rejection.SIZE_NOT_POSITIVE,
    Rejection.SIZE_BELOW_MIN,
    Rejection.TRIGGER_PRICE_MISSING,
    Rejection.TRIGGER_ALREADY_MET,
)
OF_COMMANDS: Final[dict[str, tuple[Rejection, ...]]] = {
    "Transfer": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.CURRENCY_NOT_FOUND,
        Rejection.AMOUNT_NOT_POSITIVE,
        Rejection.TRANSFER_SAME_LEDGER,
        Rejection.TRANSFER_ACCOUNTS_UNRELATED,
        Rejection.INSUFFICIENT_FUNDS,
    ),
    "ConfigureAccount": (
        Rejection.ACCOUNT_NOT_FOUND,
        Rejection.ACCOUNT_MODE_FORBIDS,
        Rejection.POSITIONS_OR_ORDERS_OPEN,
        Rejection.LIABILITY_OPEN,
    ),
    "SetAutoBorrow": (Rejection.ACCOUNT_FROZEN, Rejection.ACCOUNT_MODE_FORBIDS, Rejection.LIABILITY_OPEN),
    "ChangeLoan": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.CURRENCY_NOT_FOUND,
        Rejection.ACCOUNT_MODE_FORBIDS,
        Rejection.CURRENCY_PRICE_MISSING,
        Rejection.BORROW_LIMIT_REACHED,
        Rejection.COLLATERAL_INSUFFICIENT,
        Rejection.NOTHING_BORROWED,
        Rejection.AMOUNT_NOT_POSITIVE,
        Rejection.INSUFFICIENT_FUNDS,
    ),
    "SetPositionMode": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.ACCOUNT_MODE_FORBIDS,
        Rejection.POSITIONS_OR_ORDERS_OPEN,
    ),
    "OpenPocket": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.INSTRUMENT_NOT_FOUND,
        Rejection.ACCOUNT_MODE_FORBIDS,
        Rejection.MARGIN_NOT_OFFERED,
    ),
    "SetLeverage": _OF_POSITIONS,
    "AdjustMargin": _OF_POSITIONS,
    "CancelAlgo": (Rejection.ALGO_NOT_FOUND,),
    "AmendAlgo": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.INSTRUMENT_NOT_LIVE,
        Rejection.ALGO_NOT_FOUND,
        Rejection.ALGO_NOT_AMENDABLE,
        Rejection.NOTHING_TO_AMEND,
        *_OF_ALGOS,
    ),
    "PlaceAlgo": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.INSTRUMENT_NOT_LIVE,
        *_OF_ALGOS,
        Rejection.POSITION_NOT_FOUND,
        Rejection.CLOSING_ALGO_EXISTS,
        Rejection.CLIENT_ALGO_ID_DUPLICATE,
        Rejection.OPEN_ALGOS_MAX,
    ),
    "AttachAlgo": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.INSTRUMENT_NOT_LIVE,
        Rejection.ALGO_KIND_INVALID,
        Rejection.SIZE_BELOW_MIN,
        Rejection.CLIENT_ALGO_ID_DUPLICATE,
        Rejection.OPEN_ALGOS_MAX,
    ),
    # Of one that is open; that it ended meanwhile is no refusal.
    "CancelOrder": (),
    "PlaceContractOrder": (
        Rejection.ACCOUNT_FROZEN,
        Rejection.MARK_PRICE_MISSING,
        Rejection.ACCOUNT_MODE_FORBIDS,
        Rejection.POSITION_SIDE_INVALID,
        Rejection.CLIENT_ORDER_ID_DUPLICATE,
        Rejection.INSUFFICIENT_BALANCE,
    ),
    "CancelAllAfter": (Rejection.TIMEOUT_OUT_OF_RANGE, Rejection.TIMER_TAGS_MAX),
}
"""What the core may refuse of a command, in its order, but for what a handler tells with a code of its own."""


class Refusal(NamedTuple):
    """A code and what it says."""

    code: str
    message: str

    @property
    def status(self) -> int:
        """The HTTP status at the top of an answer."""
        return HTTP_STATUS.get(self.code, 200)


def refusal_of(code: str, *words: object) -> Refusal:
    """The refusal with ``code``; words that are not known stand as an ellipsis."""
    told = [_ANY if word is None or word == "" else str(word) for word in words]
    return Refusal(code, MESSAGES[code].format(*told, _ANY, _ANY, _ANY))


def rejections(*found: Rejection) -> list[Refusal]:
    """Refusals of the core."""
    return [refusal_of(REJECTION_CODES[rejection][0], REJECTION_CODES[rejection][1]) for rejection in found]


def of_parameters(request: type[Request]) -> Iterator[Refusal]:
    """What is refused of the shape of a request."""
    for field in fields_of(request):
        if field.required:
            yield refusal_of("50014", field.name)


def of_function(function: Callable[..., object], request: type[Request] | None = None) -> list[Refusal]:
    """Refusals of ``function`` and of what it calls, each once, in the order in which they are checked."""
    reader = _Reader(request)
    reader.read(function, {})
    return list(dict.fromkeys(reader.found))


class _Reader:
    def __init__(self, request: type[Request] | None) -> None:
        self.found: list[Refusal] = []
        self.commands: list[str] = []
        self._request = request
        self._stack: list[object] = []

    def read(self, function: Callable[..., object], bound: Bindings) -> None:
        function = inspect.unwrap(function)
        if not isinstance(function, FunctionType) or function in self._stack or len(self._stack) > _DEPTH_MAX:
            return
        if function is closed.check:
            self._checks()
            return
        self._stack.append(function)
        tree = _tree(function)
        if tree is not None:
            closure = inspect.getclosurevars(function)
            names = {**closure.builtins, **function.__globals__, **closure.globals, **closure.nonlocals}
            _Visitor(self, names, {**_constants(closure.nonlocals), **bound}).body(tree.body)
        self._stack.pop()

    def _checks(self) -> None:
        """The checks that ``closed`` finds by the names of the parameters."""
        for field in fields_of(self._request) if self._request is not None else ():
            check = closed.CHECKS.get(field.attribute)
            if isinstance(check, LambdaType) and check.__name__ == "<lambda>":
                code: CodeType = check.__code__
                word = next((constant for constant in code.co_consts if isinstance(constant, str)), None)
                self.found.append(refusal_of("50025" if "names_of" in code.co_names else "51000", word))
            elif check is not None:
                self.read(check, {})


class _Visitor:
    """Walks statements and expressions in the order in which Python evaluates them."""

    def __init__(self, reader: _Reader, names: Mapping[str, object], bound: Bindings) -> None:
        self._reader = reader
        self._names = names
        self._bound = dict(bound)

    def body(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            self._visit(statement)

    def _visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            return
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple | ast.List):
            self._loop(node, node.iter.elts)
            return
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        if isinstance(node, ast.Call):
            self._call(node)

    def _loop(self, node: ast.For, elements: list[ast.expr]) -> None:
        """A loop over what is written there: each turn knows its words."""
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        for element in elements:
            values = element.elts if isinstance(element, ast.Tuple) else [element]
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Name):
                    self._bound[target.id] = self._value(value)
            self.body(node.body)

    def _call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "refusal" and node.args:
            words = [self._value(arg) for arg in node.args[1:] if not isinstance(arg, ast.Starred)]
            words += [word for arg in node.args if isinstance(arg, ast.Starred) for word in self._starred(arg)]
            code = node.args[0]
            for told in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                value = self._value(told)
                if isinstance(value, str) and value in MESSAGES:
                    self._reader.found.append(refusal_of(value, *words))
        elif name == "engine_error":
            self._reader.found += [refusal_of(code) for code in dict.fromkeys(ENGINE_ERROR_CODES.values())]
        elif name == "rejection_error":
            for command in self._reader.commands:
                self._reader.found += rejections(*OF_COMMANDS.get(command, ()))
        elif name in OF_COMMANDS:
            self._reader.commands.append(name)
        else:
            self._follow(node)

    def _follow(self, node: ast.Call) -> None:
        function = self._function(node.func)
        if function is None:
            return
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            return
        if isinstance(node.func, ast.Attribute) and parameters and parameters[0].name == "self":
            parameters = parameters[1:]
        bound = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        for parameter, arg in zip(parameters, node.args, strict=False):
            bound[parameter.name] = self._value(arg)
        bound |= {keyword.arg: self._value(keyword.value) for keyword in node.keywords if keyword.arg}
        self._reader.read(function, bound)

    def _function(self, node: ast.expr) -> Callable[..., object] | None:
        if isinstance(node, ast.Name):
            return _ours(self._names.get(node.id))
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and inspect.ismodule(module := self._names.get(node.value.id)):
                return _ours(getattr(module, node.attr, None))
            return _method(node.attr)
        return None

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            value = self._bound.get(node.id, self._names.get(node.id))
            return value if isinstance(value, str | int) else None
        return None

    def _starred(self, node: ast.Starred) -> Words:
        value = self._names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        return tuple(map(str, value)) if isinstance(value, tuple) else ()


@cache
def _tree(function: FunctionType) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        return None
    (tree,) = ast.parse(source).body
    return tree if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _ours(found: object) -> Callable[..., object] | None:
    is_ours = isinstance(found, FunctionType) and found.__module__.startswith(_OWN)
    return found if is_ours and isinstance(found, FunctionType) else None


def _method(name: str) -> Callable[..., object] | None:
    """A method of the forms of instruments and currencies, which parse what clients send."""
    for form in (instruments.CurrencyForm, instruments.InstrumentForm):
        found = getattr(form, name, None)
        if isinstance(found, FunctionType) and not name.startswith("_"):
            return found
    return None


def _constants(names: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in names.items() if isinstance(value, str | int)}
