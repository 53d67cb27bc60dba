"""Events in words, for scenarios; ``Names`` remembers what people call things."""

from dataclasses import dataclass, field

from lonja.core import events as e
from lonja.core.kinds import (
    AccountMode,
    CancelReason,
    FundCause,
    InstrumentState,
    Ledger,
    Liquidity,
    MarginMode,
    OrderState,
    OrderType,
    PositionCause,
    PositionMode,
    PositionSide,
    SelfTradePrevention,
    Side,
    SizeUnit,
    TimeInForce,
)
from lonja.core.rejections import Rejection


@dataclass
class Names:
    """Names by number: an order is called by its client order id, or #1, #2 ... in order of placing."""

    accounts: list[str] = field(default_factory=lambda: ["house", "fees"])
    currencies: list[str] = field(default_factory=list)
    instruments: list[str] = field(default_factory=list)
    contracts: set[str] = field(default_factory=set)
    families: list[str] = field(default_factory=list)
    orders: dict[int, str] = field(default_factory=dict)
    nameless: int = 0
    algos: dict[int, str] = field(default_factory=dict)
    coming: str = ""

    def account(self, name: str) -> int:
        """The number of an account, which may be given as a number too."""
        return self.accounts.index(name) if name in self.accounts else int(name)

    def order(self, order_id: int) -> str:
        """What an order is called."""
        return self.orders[int(order_id)]

    def order_id(self, name: str) -> int:
        """The newest order of that name; a number stands for itself."""
        known = [order_id for order_id, known_name in self.orders.items() if known_name == name]
        return known[-1] if known else int(name)

    def learn(self, event: e.Event) -> None:
        """Remember the names that an event brings."""
        if isinstance(event, e.AccountCreated):
            self.accounts.append(self.coming)
        elif isinstance(event, e.CurrencyCreated):
            self.currencies.append(event.name)
        elif isinstance(event, e.InstrumentListed):
            self.instruments.append(event.instrument_id)
        elif isinstance(event, e.ContractListed):
            self.instruments.append(event.instrument_id)
            self.contracts.add(event.instrument_id)
        elif isinstance(event, e.FamilyDefined):
            self.families.append(event.name)
            self.accounts.append(f"fund_{event.name}")
        elif isinstance(event, e.OrderPlaced):
            self.nameless += event.client_order_id == ""
            self.orders[event.order_id] = event.client_order_id or f"#{self.nameless}"


def tell_event(event: e.Event, names: Names, start_ms: int) -> str:
    """One line about ``event``; times are told from ``start_ms`` on."""
    names.learn(event)
    match event:
        case e.OrderPlaced():
            return _placed(event, names)
        case e.Filled():
            return _filled(event, names)
        case e.OrderRested():
            return f"rests {names.order(event.order_id)}: {event.size_left} @ {event.price}"
        case e.OrderCanceled():
            reason = CancelReason(event.reason).name.lower()
            where = f"{event.size_left} off the book @ {event.price}" if event.rested else f"{event.size_left} left"
            return f"canceled {names.order(event.order_id)}: {reason}, {where}"
        case e.OrderAmended():
            return _amended(event, names)
        case e.AmendmentFailed():
            request = f", request {event.request_id}" if event.request_id else ""
            return f"not amended {names.order(event.order_id)}: {Rejection(event.rejection).name.lower()}{request}"
        case e.CancelAllAfterSet():
            tag = f" tagged {event.tag}" if event.tag else ""
            trigger = event.trigger_time_ms
            when = f"at +{trigger - start_ms}" if trigger else "never"
            return f"cancel all of {names.accounts[event.account]}{tag} {when}"
    return _tell_money(event, names)


def _placed(event: e.OrderPlaced, names: Names) -> str:
    side = Side(event.side).name.lower()
    if event.order_type == OrderType.LIMIT:
        told = f"placed {names.order(event.order_id)}: {side} {event.size} @ {event.price}"
    elif event.size_unit == SizeUnit.QUOTE:
        told = f"placed {names.order(event.order_id)}: {side} for {event.size} market"
    else:
        told = f"placed {names.order(event.order_id)}: {side} {event.size} market"
    extras = [
        TimeInForce(event.time_in_force).name.lower() if event.time_in_force else "",
        "post_only" if event.post_only else "",
        f"tag={event.tag}" if event.tag else "",
    ]
    if event.self_trade_prevention != SelfTradePrevention.CANCEL_MAKER:
        extras.append(SelfTradePrevention(event.self_trade_prevention).name.lower())
    return " ".join([told, *filter(None, extras)])


def _filled(event: e.Filled, names: Names) -> str:
    verb = "buys" if event.side == Side.BUY else "sells"
    role = Liquidity(event.liquidity).name.lower()
    paid = f"fee {event.fee}" if event.fee >= 0 else f"rebate {-event.fee}"
    end = "filled" if event.order_state == OrderState.FILLED else f"{event.size_left} left"
    return (
        f"trade {event.trade_id}: {role} {names.order(event.order_id)} {verb} {event.size} @ {event.price}"
        f" = {event.notional}, {paid} {names.currencies[event.fee_currency]}, {end}"
    )


def _amended(event: e.OrderAmended, names: Names) -> str:
    place = "keeps its place" if event.kept_priority else "loses its place"
    request = f", request {event.request_id}" if event.request_id else ""
    return (
        f"amended {names.order(event.order_id)}: {event.old_size_left} @ {event.old_price} becomes "
        f"{event.new_size_left} @ {event.new_price} of {event.new_size}, {place}{request}"
    )


def _tell_money(event: e.Event, names: Names) -> str:
    match event:
        case e.Deposited() | e.Withdrawn():
            word = "deposited" if isinstance(event, e.Deposited) else "withdrawn"
            where = f"{names.accounts[event.account]} {Ledger(event.ledger).name.lower()}"
            return f"{word} {event.amount} {names.currencies[event.currency]}: {where} has {event.balance}"
        case e.Transferred():
            source = f"{names.accounts[event.account]} {Ledger(event.from_ledger).name.lower()}"
            target = f"{names.accounts[event.to_account]} {Ledger(event.to_ledger).name.lower()}"
            name = f", id {event.client_transfer_id}" if event.client_transfer_id else ""
            return (
                f"transferred {event.amount} {names.currencies[event.currency]}: {source} has {event.from_balance}, "
                f"{target} has {event.to_balance}{name}"
            )
        case e.BalanceCorrected():
            who = f"{names.accounts[event.account]} {Ledger(event.ledger).name.lower()} has {event.balance}"
            house = f"{names.accounts[event.house_account]} has {event.house_balance}"
            return (
                f"correction {event.correction_id} of {event.amount} {names.currencies[event.currency]}: {who}, {house}"
            )
        case e.WithdrawalHoldSet():
            amount = "all" if event.amount == -1 else event.amount
            currency = "everything" if event.currency == -1 else names.currencies[event.currency]
            until = f" until {event.until_ms}" if event.until_ms else ""
            return f"hold {event.hold_id} keeps {amount} {currency} of {names.accounts[event.account]}{until}"
    return _tell_setup(event, names)


def _tell_setup(event: e.Event, names: Names) -> str:
    match event:
        case e.CurrencyCreated():
            return f"currency {event.currency}: {event.name}, scale {event.scale}"
        case e.AccountCreated():
            master = "" if event.master == event.account else f", sub-account of {names.accounts[event.master]}"
            prevention = SelfTradePrevention(event.self_trade_prevention).name.lower()
            return (
                f"account {event.account}: {names.accounts[event.account]}{master}, {prevention}, tier {event.fee_tier}"
            )
        case e.AccountConfigured():
            prevention = SelfTradePrevention(event.self_trade_prevention).name.lower()
            frozen = ", frozen" if event.frozen else ""
            mode = AccountMode(event.account_mode).name.lower()
            told = "" if event.account_mode == AccountMode.SPOT else f", {mode} mode"
            return f"configured {names.accounts[event.account]}: {prevention}, tier {event.fee_tier}{told}{frozen}"
        case e.InstrumentListed():
            return f"instrument {event.instrument}: {event.instrument_id}"
        case e.InstrumentStateChanged():
            return f"{names.instruments[event.instrument]} is {InstrumentState(event.state).name.lower()}"
        case e.IndexPriceSet():
            return f"{names.instruments[event.instrument]} index {event.price}: buy <= {event.buy_max}, sell >= {event.sell_min}"
        case e.FeeTierDefined():
            rates = f"maker {event.maker_rate_ppm}, taker {event.taker_rate_ppm}"
            return f"fee tier {event.fee_tier}, group {event.fee_group}: {rates}"
        case e.CandleImported():
            prices = f"{event.open} {event.high} {event.low} {event.close}"
            return f"candle {names.instruments[event.instrument]} {event.open_time_ms}: {prices}, {event.volume}, {event.quote_volume}"
    return _tell_position(event, names)


def _tell_position(event: e.Event, names: Names) -> str:
    match event:
        case e.OrderMargined():
            cut = ", reduces" if event.reduce_only else ""
            mode = _mode(event.margin_mode, event.position_side)
            return f"margins {names.order(event.order_id)}: {mode} {_leverage(event.leverage)}{cut}"
        case e.PositionChanged():
            return _position_changed(event, names)
        case e.LeverageSet():
            return f"leverage of {_whose(event, names)}: {_leverage(event.leverage)}"
        case e.PositionModeSet():
            mode = PositionMode(event.position_mode).name.lower()
            return f"position mode of {names.accounts[event.account]}: {mode}"
        case e.MarginWarned():
            return f"warned {_whose(event, names)}: ratio {event.ratio_ppm} ppm"
        case e.PositionTakenOver():
            terms = f"{event.lots:+} @ {event.price}, bankrupt at {event.bankruptcy_price}, rest {event.rest}"
            return f"taken over {_whose(event, names)}: {terms}"
    return _tell_families(event, names)


def _leverage(hundredths: int) -> str:
    return f"x{hundredths // 100}" if hundredths % 100 == 0 else f"x{hundredths // 100}.{hundredths % 100:02}"


def _mode(margin_mode: int, position_side: int) -> str:
    mode = MarginMode(margin_mode).name.lower()
    return f"{mode} {PositionSide(position_side).name.lower()}" if position_side else mode


def _whose(event: e.PositionChanged | e.LeverageSet | e.MarginWarned | e.PositionTakenOver, names: Names) -> str:
    mode = _mode(event.margin_mode, event.position_side)
    return f"{names.accounts[event.account]} {names.instruments[event.instrument]} {mode}"


def _position_changed(event: e.PositionChanged, names: Names) -> str:
    parts = f"{event.average_parts:012}".rstrip("0")
    average = f"{event.average_ticks}.{parts}" if parts else f"{event.average_ticks}"
    held = f"{event.lots:+} @ {average}" if event.lots else "flat"
    cause = PositionCause(event.cause).name.lower()
    change = f"{event.lots_changed:+} @ {event.price} makes {held}" if event.lots_changed else f"{held}"
    told = [f"{_whose(event, names)} {cause}: {change}"]
    if event.gained:
        told.append(f"gained {event.gained}")
    if event.fee:
        told.append(f"fee {event.fee}")
    if event.margin_moved or event.margin:
        told.append(f"margin {event.margin_moved:+} to {event.margin}")
    return ", ".join([*told, f"cash {event.balance}"])


def _tell_families(event: e.Event, names: Names) -> str:
    match event:
        case e.FamilyDefined():
            return f"family {event.family}: {event.name} in {names.currencies[event.settle]}, fund {event.fund_account}"
        case e.PositionTierDefined():
            rates = f"maintenance {event.maintenance_ppm}, initial {event.initial_ppm}, {_leverage(event.leverage_max)}"
            return f"tier {event.tier} of {names.families[event.family]}: up to {event.size_max}, {rates}"
        case e.ContractListed():
            return f"contract {event.instrument}: {event.instrument_id}"
        case e.MarkPriceSet():
            return f"{names.instruments[event.instrument]} mark {event.price}: buy <= {event.buy_max}, sell >= {event.sell_min}"
        case e.FundEndowed():
            return f"endowed {names.families[event.family]} with {event.amount}: {event.balance}"
        case e.FundChanged():
            cause = f"{FundCause(event.cause).name.lower()} of {names.accounts[event.account]}"
            return (
                f"fund {names.families[event.family]} {event.amount:+} to {event.balance}, peak {event.peak}: {cause}"
            )
        case e.FundingSettled():
            return f"{names.instruments[event.instrument]} funding {event.rate} at {event.price}"
        case e.ContractDelivered():
            return f"{names.instruments[event.instrument]} delivered at {event.price}"
    raise AssertionError(f"no words for {event}")
