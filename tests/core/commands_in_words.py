"""Commands in a trader's words, for scenarios.

ann buy 10 @ 101 [ioc|fok|post_only] [id=a] [tag=t] [stp=cancel_taker] [clip] [on=ETH-USD]
ann sell 10 market [fixed]           ann buy for 1000 market          (lots; units of quote)
ann cancel a                         ann cancel id=a                  (by order id; by client order id)
ann amend a 8 @ 99                   ann amend a @ 99 [cancel_on_fail] [clip] [request=r]
ann cancel_all_after 10000 [tag=t]
deposit ann 100 USD [funding]        withdraw ann 100 USD [funding]
transfer ann 100 USD funding trading [to=bob] [id=x]
currency ETH scale=8                 account dan [master=ann] [stp=...] [tier=1] [kind=2]
instrument ETH-USD base=ETH quote=USD [any other field]
fees tier=1 maker=-100 taker=500 [group=2]
configure ann [stp=...] [tier=1]     freeze ann                       unfreeze ann
index BTC-USD 100                    state BTC-USD suspended

account dan mode=2                   configure ann mode=2             (an account that may trade contracts)
family PERP settle=USD [kind=3]      tier PERP 1 size=100 mmr=5000 imr=10000 lever=100
contract SWAP family=PERP base=BTC quote=USD [any other field]        endow PERP 1000
mark SWAP 100 [buy_max=105 sell_min=95]
ann buy 10 @ 101 on=SWAP [cross|isolated] [long|short] [reduce]       (and all that an order may have)
ann lever 10 on=SWAP [isolated] [long|short]                          ann position_mode long_short
ann margin -100 on=SWAP [long|short]
funding SWAP 100000000               deliver DATED 100 [fee=100]

Those about algo orders stand in ``algos_in_words``, those about collateral and debts in ``collateral_in_words``.
"""

from collections.abc import Callable
from decimal import Decimal

from lonja.core import commands as c
from lonja.core.kinds import (
    InstrumentState,
    Ledger,
    MarginMode,
    PositionMode,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.texts import Text16, Text32
from tests.core import algos_in_words, collateral_in_words, margins_in_words
from tests.core.events_in_words import Names

Options = dict[str, str]


def read_command(words: list[str], names: Names) -> c.Command:
    """The command that ``words`` ask for. A word with ``=`` is an option, wherever it stands."""
    options = dict(word.split("=", 1) for word in words if "=" in word)
    plain = [word for word in words if "=" not in word]
    if plain[0] in OPERATOR_WORDS:
        return OPERATOR_WORDS[plain[0]](plain[1:], options, names)
    return TRADER_WORDS[plain[1]](names.account(plain[0]), plain, options, names)


def _prevention(options: Options, default: int) -> int:
    return SelfTradePrevention[options["stp"].upper()] if "stp" in options else default


def _instrument(options: Options, names: Names) -> int:
    name = options.get("on", "BTC-USD")
    return names.instruments.index(name) if name in names.instruments else int(name)


def _place(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    flags = plain[2:]
    by_quote = flags[0] == "for"
    size = int(flags[1] if by_quote else flags[0])
    in_force = next((TimeInForce[flag.upper()] for flag in flags if flag in ("gtc", "ioc", "fok")), TimeInForce.GTC)
    placed = c.PlaceOrder(
        account=account,
        instrument=_instrument(options, names),
        side=Side[plain[1].upper()],
        order_type=int("market" in flags),
        time_in_force=in_force,
        post_only=int("post_only" in flags),
        price=int(flags[flags.index("@") + 1]) if "@" in flags else 0,
        size=size,
        size_unit=int(by_quote),
        self_trade_prevention=_prevention(options, 0),
        fixed_size=int("fixed" in flags),
        clip_to_band=int("clip" in flags),
        client_order_id=Text32(options.get("id", "")),
        tag=Text16(options.get("tag", "")),
    )
    if "funds" in options or ("reduce" in flags and options.get("on") not in names.contracts):
        funds = _currency_number(options["funds"], names) if "funds" in options else -1
        return PlaceMarginOrder(*placed, margin_currency=funds, reduce_only=int("reduce" in flags))
    if options.get("on") not in names.contracts:
        return placed
    return c.PlaceContractOrder(
        *placed,
        margin_mode=_margin_mode(flags),
        position_side=_position_side(flags),
        reduce_only=int("reduce" in flags),
    )


def _margin_mode(flags: list[str]) -> int:
    return MarginMode.ISOLATED if "isolated" in flags else MarginMode.CROSS


def _position_side(flags: list[str]) -> int:
    return next((PositionSide[flag.upper()] for flag in flags if flag in ("long", "short")), PositionSide.NET)


def _leverage(word: str) -> int:
    return int(Decimal(word) * 100)


def _set_leverage(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SetLeverage(
        account=account,
        instrument=_instrument(options, names),
        margin_mode=_margin_mode(plain),
        position_side=_position_side(plain),
        leverage=_leverage(plain[2]),
    )


def _set_position_mode(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SetPositionMode(account=account, position_mode=PositionMode[plain[2].upper()])


def _adjust_margin(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return c.AdjustMargin(
        account=account,
        instrument=_instrument(options, names),
        position_side=_position_side(plain),
        amount=int(plain[2]),
    )


def _cancel(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    order_id = names.order_id(plain[2]) if len(plain) > 2 else 0
    return c.CancelOrder(
        account=account,
        instrument=_instrument(options, names),
        order_id=order_id,
        client_order_id=Text32(options.get("id", "")),
    )


def _amend(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    rest = plain[2:] if "id" in options else plain[3:]
    return c.AmendOrder(
        account=account,
        instrument=_instrument(options, names),
        order_id=0 if "id" in options else names.order_id(plain[2]),
        new_price=int(rest[rest.index("@") + 1]) if "@" in rest else -1,
        new_size=int(rest[0]) if rest and rest[0].lstrip("-").isdigit() else -1,
        cancel_on_fail=int("cancel_on_fail" in rest),
        clip_to_band=int("clip" in rest),
        client_order_id=Text32(options.get("id", "")),
        request_id=Text32(options.get("request", "")),
    )


def _cancel_all_after(account: int, plain: list[str], options: Options, names: Names) -> c.Command:
    return c.CancelAllAfter(account=account, timeout_ms=int(plain[2]), tag=Text16(options.get("tag", "")))


def _currency(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.CreateCurrency(name=Text16(plain[0]), scale=int(options.get("scale", "8")))


def _account(plain: list[str], options: Options, names: Names) -> c.Command:
    names.coming = plain[0]
    return c.CreateAccount(
        kind=int(options.get("kind", "1")),
        master=names.account(options["master"]) if "master" in options else -1,
        account_mode=int(options.get("mode", "1")),
        self_trade_prevention=_prevention(options, 1),
        fee_tier=int(options.get("tier", "0")),
    )


def _list_instrument(plain: list[str], options: Options, names: Names) -> c.Command:
    currencies = {key: names.currencies.index(options.pop(key)) for key in ("base", "quote")}
    settle = names.currencies.index(options.pop("settle")) if "settle" in options else currencies["quote"]
    numbers = {key: int(value) for key, value in options.items()}
    return c.ListInstrument(instrument_id=Text32(plain[0]), settle=settle, **currencies, **numbers)


def _set_state(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SetInstrumentState(
        instrument=_instrument({"on": plain[0]}, names), state=InstrumentState[plain[1].upper()]
    )


def _index(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SetIndexPrice(instrument=_instrument({"on": plain[0]}, names), price=int(plain[1]))


def _fees(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.DefineFeeTier(
        fee_tier=int(options["tier"]),
        fee_group=int(options.get("group", "0")),
        maker_rate_ppm=int(options["maker"]),
        taker_rate_ppm=int(options["taker"]),
    )


def _configure(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.ConfigureAccount(
        account=names.account(plain[0]),
        account_mode=int(options.get("mode", "-1")),
        self_trade_prevention=_prevention(options, -1),
        fee_tier=int(options.get("tier", "-1")),
    )


def _freeze(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.ConfigureAccount(account=names.account(plain[0]), frozen=1)


def _unfreeze(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.ConfigureAccount(account=names.account(plain[0]), frozen=0)


def _define_family(plain: list[str], options: Options, names: Names) -> c.Command:
    settle = names.currencies.index(options["settle"])
    return c.DefineFamily(name=Text32(plain[0]), instrument_type=int(options.get("kind", "2")), settle=settle)


def _define_tier(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.DefinePositionTier(
        family=names.families.index(plain[0]),
        tier=int(plain[1]),
        size_max=int(options["size"]),
        maintenance_ppm=int(options["mmr"]),
        initial_ppm=int(options["imr"]),
        leverage_max=_leverage(options["lever"]),
    )


def _list_contract(plain: list[str], options: Options, names: Names) -> c.Command:
    family = names.families.index(options.pop("family"))
    currencies = {key: names.currencies.index(options.pop(key)) for key in ("base", "quote")}
    numbers = {key: int(value) for key, value in options.items()}
    return c.ListContract(instrument_id=Text32(plain[0]), family=family, **currencies, **numbers)


def _mark(plain: list[str], options: Options, names: Names) -> c.Command:
    numbers = {key: int(value) for key, value in options.items()}
    return c.SetMarkPrice(instrument=_instrument({"on": plain[0]}, names), price=int(plain[1]), **numbers)


def _endow(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.EndowFund(family=names.families.index(plain[0]), amount=int(plain[1]))


def _settle_funding(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SettleFunding(instrument=_instrument({"on": plain[0]}, names), rate=int(plain[1]))


def _deliver(plain: list[str], options: Options, names: Names) -> c.Command:
    rate = int(options.get("fee", "0"))
    instrument = _instrument({"on": plain[0]}, names)
    return c.DeliverContract(instrument=instrument, price=int(plain[1]), fee_rate_ppm=rate)


def _currency_number(name: str, names: Names) -> int:
    return names.currencies.index(name) if name in names.currencies else int(name)


def _deposit(plain: list[str], options: Options, names: Names) -> c.Command:
    ledger = Ledger.FUNDING if "funding" in plain else Ledger.TRADING
    return c.Deposit(
        account=names.account(plain[0]),
        currency=_currency_number(plain[2], names),
        ledger=ledger,
        amount=int(plain[1]),
    )


def _withdraw(plain: list[str], options: Options, names: Names) -> c.Command:
    ledger = Ledger.FUNDING if "funding" in plain else Ledger.TRADING
    return c.Withdraw(
        account=names.account(plain[0]),
        currency=_currency_number(plain[2], names),
        ledger=ledger,
        amount=int(plain[1]),
    )


def _transfer(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.Transfer(
        account=names.account(plain[0]),
        currency=_currency_number(plain[2], names),
        amount=int(plain[1]),
        from_ledger=Ledger[plain[3].upper()],
        to_ledger=Ledger[plain[4].upper()],
        to_account=names.account(options["to"]) if "to" in options else -1,
        client_transfer_id=Text32(options.get("id", "")),
    )


def _keep(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.SetWithdrawalHold(
        account=names.account(plain[0]),
        hold_id=int(options["id"]),
        kind=int(options.get("kind", "0")),
        currency=-1 if plain[2] == "everything" else _currency_number(plain[2], names),
        amount=-1 if plain[1] == "all" else int(plain[1]),
        until_ms=int(options.get("until", "0")),
    )


def _correct(plain: list[str], options: Options, names: Names) -> c.Command:
    return c.CorrectBalance(
        account=names.account(plain[0]),
        correction_id=int(options["id"]),
        house_account=names.account(options["against"]),
        currency=_currency_number(plain[2], names),
        ledger=Ledger.FUNDING if "funding" in plain else Ledger.TRADING,
        amount=int(plain[1]),
    )


TRADER_WORDS: dict[str, Callable[[int, list[str], Options, Names], c.Command]] = {
    "buy": _place,
    "sell": _place,
    "cancel": _cancel,
    "amend": _amend,
    "cancel_all_after": _cancel_all_after,
    "lever": _set_leverage,
    "position_mode": _set_position_mode,
    "margin": _adjust_margin,
    **algos_in_words.TRADER_WORDS,
    **collateral_in_words.TRADER_WORDS,
    **margins_in_words.TRADER_WORDS,
}
OPERATOR_WORDS: dict[str, Callable[[list[str], Options, Names], c.Command]] = {
    "currency": _currency,
    "account": _account,
    "instrument": _list_instrument,
    "state": _set_state,
    "index": _index,
    "fees": _fees,
    "configure": _configure,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "transfer": _transfer,
    "keep": _keep,
    "correct": _correct,
    "family": _define_family,
    "tier": _define_tier,
    "contract": _list_contract,
    "mark": _mark,
    "endow": _endow,
    "funding": _settle_funding,
    "deliver": _deliver,
    "contract_index": algos_in_words.contract_index,
    **collateral_in_words.OPERATOR_WORDS,
}
