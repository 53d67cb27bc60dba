"""``/sandbox/faults``: make things go wrong, see what did, and repeat a bad day.

Why here: a rule is checked whole before it holds, so that none is accepted that could never strike.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from lonja.edge.errors import refusal
from lonja.edge.sandbox.control import Params, Rows, SandboxControl, check_names, text_in, time_of, wrong
from lonja.edge.sandbox.fault_codes import can_be_struck
from lonja.edge.wire.control import own_names
from lonja.edge.wire.numbers import flag_of, integer, scaled_floor, text_of
from lonja.modules.identity.api import account_of, uid
from lonja.modules.sandbox.api import DELAY_MAX_MS, RULES_MAX, Distribution, FaultKind, FaultRule, Injected
from lonja.primitives.money import INT_MAX

ENDPOINTS: Final = ("rest", "public", "private", "business")
_SCALE: Final = 6
_PATTERN_MAX: Final = 100
_DEFAULT_CODES: Final = {FaultKind.ERROR: "50026", FaultKind.REJECT: "51008", FaultKind.OUTAGE: "50001"}
_FIELDS: Final = (
    "rule",
    "kind",
    "operation",
    "channel",
    "instrument",
    "endpoint",
    "account",
    "probability",
    "burst",
    "count_max",
    "from_ms",
    "until_ms",
    "in_ms",
    "for_ms",
    "distribution",
    "delay_ms",
    "spread_ms",
    "code",
    "http_status",
    "after",
    "struck",
)
_ON_PUSHES: Final = (FaultKind.STALL, FaultKind.GAP, FaultKind.LATENCY, FaultKind.DROP, FaultKind.HALF_OPEN)
_NOT_ON_OPERATIONS: Final = (FaultKind.STALL, FaultKind.GAP)
_C = TypeVar("_C", FaultKind, Distribution)


async def show_faults(control: SandboxControl, params: Params) -> Rows:
    """The seed, the rules that hold or will, and how often each struck."""
    check_names(params)
    book = control.faults
    rules = [_row(rule) | {"struck": str(book.struck_count(rule.name))} for rule in book.rules]
    return [{"seed": str(book.seed), "rules": rules}]


async def show_record(control: SandboxControl, params: Params) -> Rows:
    """The whole day: what to give to ``POST /sandbox/faults`` to repeat it, and everything that was struck."""
    check_names(params)
    book = control.faults
    rules = [_row(rule) for rule in book.recorded]
    return [{"seed": str(book.seed), "rules": rules, "injected": [_injected_row(line) for line in book.injected]}]


async def add_faults(control: SandboxControl, params: Params) -> Rows:
    """One more rule; or with ``rules``, and perhaps ``seed``, a whole day that takes the place of the one before."""
    if "rules" not in params and "seed" not in params:
        if not control.faults.has_room():
            raise refusal("50025", "rules", RULES_MAX)
        rule = _rule(control, params)
        if control.faults.is_taken(rule.name):
            raise wrong("rule", "a rule of this day has that name already")
        return [_row(control.faults.add(rule))]
    check_names(params, "seed", "rules", "injected")
    given = params.get("rules", [])
    if not isinstance(given, list) or not all(isinstance(line, dict) for line in given):
        raise wrong("rules", "it is a list of objects")
    if len(given) > RULES_MAX:
        raise refusal("50025", "rules", RULES_MAX)
    rules = [_rule(control, own_names(line)) for line in given]
    names = [rule.name for rule in rules if rule.name]
    if len(set(names)) < len(names):
        raise wrong("rules", "two of them have one name")
    seed = integer(text_of(params, "seed"), "seed", 0, INT_MAX, control.seed)
    control.faults.start_again(seed, rules)
    return await show_faults(control, {})


async def remove_faults(control: SandboxControl, params: Params) -> Rows:
    """End one rule, or without ``rule`` end the day: no rule, no record, every count at its start."""
    check_names(params, "rule")
    name = text_of(params, "rule")
    if name and not control.faults.remove(name):
        raise wrong("rule", "there is none of that name")
    if not name:
        control.faults.start_again(control.faults.seed)
    return await show_faults(control, {})


def _rule(control: SandboxControl, given: Mapping[str, object]) -> FaultRule:
    check_names(given, *_FIELDS)
    kind = _choice(FaultKind, text_in(given, "kind"), "kind")
    begin_ms, until_ms = _window(control, given)
    rule = FaultRule(
        name=_pattern(given, "rule"),
        kind=kind,
        operation=_pattern(given, "operation"),
        channel=_pattern(given, "channel"),
        instrument=text_of(given, "instrument").upper(),
        endpoint=_endpoint(given),
        account=_account(control, given),
        probability=_probability(given),
        burst=_count(given, "burst") or 1,
        count_max=_count(given, "count_max"),
        from_ms=begin_ms,
        until_ms=until_ms,
        distribution=_choice(Distribution, text_of(given, "distribution") or "fixed", "distribution"),
        delay_ms=_delay(given, "delay_ms"),
        spread_ms=_delay(given, "spread_ms"),
        code=_code(given, kind),
        http_status=_http_status(given),
        after=flag_of(given, "after"),
    )
    _check_sense(control, rule)
    return rule


def _check_sense(control: SandboxControl, rule: FaultRule) -> None:
    """Refuse what could never strike, or not as its author means."""
    if rule.channel and rule.operation:
        raise refusal("50024", "channel", "operation")
    if rule.channel and rule.kind not in _ON_PUSHES:
        raise wrong("channel", f"{rule.kind} strikes operations, not channels")
    if rule.operation and rule.kind in _NOT_ON_OPERATIONS:
        raise wrong("operation", f"{rule.kind} strikes channels, not operations")
    if rule.instrument and control.catalogue.find(rule.instrument) is None:
        raise refusal("51001")
    if rule.kind in (FaultKind.LATENCY, FaultKind.STALL) and not rule.delay_ms:
        raise refusal("50014", "delay_ms")
    if rule.until_ms is not None and rule.until_ms <= rule.from_ms:
        raise wrong("until_ms", "it is not later than the beginning")


def _window(control: SandboxControl, given: Mapping[str, object]) -> tuple[int, int | None]:
    """Beginning and end in exchange time, given as such or counted from now."""
    for one, other in (("from_ms", "in_ms"), ("until_ms", "for_ms")):
        if text_of(given, one) and text_of(given, other):
            raise refusal("50024", one, other)
    now_ms = control.timekeeper.now_ms()
    begin_ms, in_ms = time_of(given, "from_ms"), time_of(given, "in_ms")
    if begin_ms is None:
        begin_ms = now_ms + (in_ms or 0)
    until_ms, for_ms = time_of(given, "until_ms"), time_of(given, "for_ms")
    return begin_ms, until_ms if for_ms is None else begin_ms + for_ms


def _choice(choices: type[_C], text: str, name: str) -> _C:
    for choice in choices:
        if choice.value == text:
            return choice
    raise wrong(name, f"it is one of {', '.join(choices)}")


def _pattern(given: Mapping[str, object], name: str) -> str:
    text = text_of(given, name)
    if len(text) > _PATTERN_MAX or not (text.isascii() and (text.isprintable())):
        raise wrong(name, f"it is up to {_PATTERN_MAX} printable ASCII characters")
    return text


def _endpoint(given: Mapping[str, object]) -> str:
    text = text_of(given, "endpoint")
    if text and text not in ENDPOINTS:
        raise wrong("endpoint", f"it is one of {', '.join(ENDPOINTS)}")
    return text


def _account(control: SandboxControl, given: Mapping[str, object]) -> int | None:
    text = text_of(given, "account")
    if not text:
        return None
    found = control.accounts.find(text)
    number = account_of(text) if found is None else found.account
    if number is None:
        raise wrong("account", "there is no account of that name, and it is no user id")
    return number


def _probability(given: Mapping[str, object]) -> int:
    text = text_of(given, "probability")
    found = scaled_floor(text, _SCALE) if text else (10**_SCALE, True)
    if found is None or not found[1] or not 0 < found[0] <= 10**_SCALE:
        raise wrong("probability", "it is above 0 and at most 1, with at most 6 decimals")
    return found[0]


def _count(given: Mapping[str, object], name: str) -> int | None:
    text = text_of(given, name)
    return integer(text, name, 1, 1_000_000, 1) if text else None


def _delay(given: Mapping[str, object], name: str) -> int:
    return integer(text_of(given, name), name, 0, DELAY_MAX_MS, 0)


def _code(given: Mapping[str, object], kind: FaultKind) -> str:
    code = text_of(given, "code") or _DEFAULT_CODES.get(kind, "")
    if code and not can_be_struck(code):
        raise wrong("code", "OKX refuses nothing with such a code; its codes go from 50000 to 64999")
    return code


def _http_status(given: Mapping[str, object]) -> int | None:
    text = text_of(given, "http_status")
    return integer(text, "http_status", 400, 599, 0) if text else None


def _row(rule: FaultRule) -> dict[str, str]:
    """The rule as it can be given again; what says nothing is left out."""
    row = {
        "rule": rule.name,
        "kind": rule.kind.value,
        "operation": rule.operation,
        "channel": rule.channel,
        "instrument": rule.instrument,
        "endpoint": rule.endpoint,
        "account": "" if rule.account is None else uid(rule.account),
        "probability": f"{rule.probability / 10**_SCALE:.6f}".rstrip("0").rstrip("."),
        "burst": str(rule.burst),
        "count_max": "" if rule.count_max is None else str(rule.count_max),
        "from_ms": str(rule.from_ms),
        "until_ms": "" if rule.until_ms is None else str(rule.until_ms),
        "distribution": rule.distribution.value if rule.delay_ms else "",
        "delay_ms": str(rule.delay_ms or ""),
        "spread_ms": str(rule.spread_ms or ""),
        "code": rule.code,
        "http_status": str(rule.http_status or ""),
        "after": "true" if rule.after else "",
    }
    return {name: text for name, text in row.items() if text}


def _injected_row(line: Injected) -> dict[str, str]:
    moment = line.moment
    row = {
        "time_ms": str(line.time_ms),
        "rule": line.rule.name,
        "kind": line.rule.kind.value,
        "at": moment.names[0],
        "endpoint": moment.endpoint,
        "account": uid(moment.account) if moment.account >= 0 else "",
        "instrument": moment.instrument,
        "connection": str(moment.connection or ""),
        "number": str(line.number),
        "delay_ms": str(line.delay_ms or ""),
    }
    return {name: text for name, text in row.items() if text}
