"""Random commands for contracts from a seed, for the core and its twin alike.

Why here: as ``random_commands``, this stream looks at the twin's marks, positions and orders, so that it closes, flips,
crosses tiers and margins, and liquidates. Prices are near 1,000 ticks, sizes near the tiers that ``found`` defines.
"""

from itertools import product

from lonja.core import commands as c
from lonja.core import margin_commands as mc
from lonja.core.kinds import AccountMode, InstrumentState, InstrumentType, Ledger, MarginMode, Side
from lonja.core.texts import Text16, Text32
from tests.core.naive_contract_parts import Contract, Position
from tests.core.naive_exchange import NaiveExchange
from tests.core.random_commands import ACCOUNTS, START_MS, RandomCommands

BTC, USDT, USD = range(3)
CURRENCIES = (("BTC", 6), ("USDT", 4), ("USD", 2))
SPOT, LINEAR, INVERSE, NEAR_FUTURE, FAR_FUTURE, INVERSE_FUTURE = range(6)
LINEAR_SWAPS, INVERSE_SWAPS, LINEAR_FUTURES, INVERSE_FUTURES = range(4)
FAMILIES = (("BTC-USDT", 2, USDT), ("BTC-USD", 2, BTC), ("BTC-USDT", 3, USDT), ("BTC-USD", 3, BTC))
FEES = ((0, 200, 500), (1, -100, 300), (2, -50, -2_000), (3, 0, 0))
TIERS = ((40, 5_000, 10_000, 10_000), (120, 10_000, 20_000, 5_000), (300, 20_000, 50_000, 2_000))
LAST_TIER = (900, 50_000, 100_000, 1_000)
BASE_PRICE = 1_000
LEVERAGES = (100, 300, 700, 1_000, 1_500, 2_000, 2_000, 2_500, 5_000, 5_000, 7_500, 10_000)


def listing(name: str, family: int, expiry_ms: int) -> c.ListContract:
    """A contract whose lots are no whole number of units."""
    inverse = FAMILIES[family][2] == BTC
    worth = {"contract_value": 3, "size_scale": 2} if inverse else {"contract_value": 7, "contract_scale": 3}
    terms = {"base": BTC, "quote": USD if inverse else USDT, "price_scale": 2, "fee_group": family % 2, **worth}
    return c.ListContract(START_MS, instrument_id=Text32(name), family=family, expiry_ms=expiry_ms, **terms)


def founding(cash: int) -> list[c.Command]:
    """Three currencies, four families, six accounts; the more ``cash``, the longer they live."""
    made: list[c.Command] = [c.CreateCurrency(START_MS, name=Text16(name), scale=scale) for name, scale in CURRENCIES]
    for (tier, maker, taker), group in product(FEES, range(2)):
        made.append(c.DefineFeeTier(START_MS, -1, 0, 0, tier, group, maker, taker))
    for master, prevention, tier in ((-1, 1, 0), (2, 2, 1), (-1, 3, 2), (-1, 1, 3), (5, 1, 0), (-1, 2, 1)):
        settings = {"self_trade_prevention": prevention, "fee_tier": tier, "account_mode": 2}
        made.append(c.CreateAccount(START_MS, master=master, **settings))
    spot = {"base": BTC, "quote": USDT, "settle": USDT, "price_scale": 2, "size_scale": 2, "fee_group": 1}
    made.append(c.ListInstrument(START_MS, instrument_id=Text32("BTC-USDT"), **spot))
    for number, (name, kind, settle) in enumerate(FAMILIES):
        made.append(c.DefineFamily(START_MS, name=Text32(name), instrument_type=kind, settle=settle))
        made.append(c.EndowFund(START_MS, family=number, amount=max(cash // 4, 50)))
        for tier, terms in enumerate((*TIERS, LAST_TIER), 1):
            made.append(c.DefinePositionTier(START_MS, -1, 0, 0, number, tier, *terms))
    later = START_MS + 10**12
    for name, family, expiry_ms in (("L", 0, 0), ("I", 1, 0), ("N", 2, later), ("F", 2, later), ("J", 3, later)):
        made.append(listing(name, family, expiry_ms))
    made += [c.SetMarkPrice(START_MS, instrument=number, price=BASE_PRICE) for number in range(LINEAR, 6)]
    for account, currency, ledger in product(ACCOUNTS, (BTC, USDT), Ledger):
        amount = cash * (account if account < 6 else 30) * (30 if currency == BTC else 1)
        made.append(c.Deposit(START_MS, account, currency=currency, ledger=ledger, amount=amount))
    made += [c.SetPositionMode(START_MS, account, position_mode=1) for account in (4, 5)]
    return made


class RandomContracts(RandomCommands):
    """Commands without end for the exchange that ``founding`` founds."""

    def __init__(self, seed: int, twin: NaiveExchange) -> None:
        super().__init__(seed, twin)
        self.listed = 0
        self.stormy = seed % 2 == 1
        self.kinds = [
            (100, self.place_contract),
            (18, self.place_contract_market),
            (25, self.close_something),
            (16, self.cancel),
            (26, self.amend),
            (34, self.set_mark),
            (20, self.set_leverage),
            (9, self.adjust_margin),
            (4, self.set_position_mode),
            (12, self.place_spot),
            (12, self.move_money),
            (7, self.refill),
            (6, self.configure_account),
            (2, self.set_instrument_state),
            (2, self.tick),
            (2, self.settle_funding),
            (2, self.administer),
            (4, self.end_or_begin),
        ]

    def contract(self) -> int:
        """Mostly a contract, often the first two, so that their books fill."""
        known = [number for number, found in enumerate(self.twin.instruments) if isinstance(found, Contract)]
        lively = [number for number in known if self.twin.instruments[number].state != InstrumentState.DELISTED]
        return self.odd(self.rng.choice([LINEAR, LINEAR, INVERSE, INVERSE, *lively, *known[:1]]))

    instrument = contract

    def mark(self, instrument: int) -> int:
        """The mark price of a contract, or what prices are near."""
        known = self.twin.instruments[instrument] if 0 <= instrument < len(self.twin.instruments) else None
        return known.mark if isinstance(known, Contract) and known.mark else BASE_PRICE

    def near(self, price: int) -> int:
        """A price near another, seldom far."""
        spread = self.rng.choice((2, 2, 5, 12, 60))
        return max(price + self.rng.randrange(-spread, spread + 1), 1)

    def lots(self) -> int:
        """A size, seldom one that crosses tiers."""
        return self.rng.randrange(1, self.rng.choice((4, 15, 15, 40, 130, 500)))

    def size_for(self, account: int, instrument: int) -> int:
        """A size, now and then about what all of the account's money can carry."""
        known = self.twin.instruments[instrument] if 0 <= instrument < len(self.twin.instruments) else None
        mine = 0 <= account < len(self.twin.accounts)
        if not mine or not isinstance(known, Contract) or known.mark == 0 or self.rng.random() < 0.6:
            return self.lots()
        free = max(self.twin.spendable(account, known.family.settle), 0)
        leverage = self.rng.choice((1, 2, 3, 7, 10, 20, 45))
        return max(1, min(int(free * leverage / known.value(known.mark, 1)), 900))

    def position_side(self, account: int) -> int:
        """A side that suits the account's mode, seldom one that does not."""
        known = 0 <= account < len(self.twin.accounts)
        two_sided = known and self.twin.accounts[account].position_mode == 1
        return self.odd(self.rng.choice((1, 2)) if two_sided != (self.rng.random() < 0.02) else 0)

    def sides(self, account: int) -> tuple[int, int]:
        """A position side that suits the account, and a side of the book that mostly opens it."""
        position_side, side = self.position_side(account), self.rng.randrange(2)
        opens = position_side - 1 if position_side in (1, 2) else side
        return position_side, self.odd(opens if self.rng.random() < 0.8 else side)

    def client_order_id(self) -> Text32:
        """Mostly none; few names, so that they clash."""
        return super().client_order_id() if self.rng.random() < 0.4 else Text32("")

    def held(self) -> Position | None:
        """A position that somebody holds."""
        held = [position for position in self.twin.positions if position.lots and position.account in ACCOUNTS]
        return self.rng.choice(held) if held else None

    def place_contract(self) -> c.Command:
        """A limit order near the mark."""
        head = self.head()
        instrument, post_only = self.contract(), self.flag()
        position_side, side = self.sides(head[1])
        return c.PlaceContractOrder(
            *head,
            instrument=instrument,
            side=side,
            time_in_force=self.odd(0 if post_only else self.rng.choice((0, 0, 0, 0, 0, 1, 2))),
            post_only=post_only,
            price=self.odd(self.near(self.mark(instrument))),
            size=self.odd(self.size_for(head[1], instrument)),
            size_unit=self.odd(0),
            self_trade_prevention=self.odd(self.rng.choice((0, 0, 0, 1, 1, 2, 3))),
            fixed_size=self.odd(0),
            clip_to_band=self.flag(),
            client_order_id=self.client_order_id(),
            tag=self.tag(),
            margin_mode=self.odd(self.rng.randrange(2)),
            position_side=position_side,
            reduce_only=int(self.rng.random() < 0.03),
        )

    def place_contract_market(self) -> c.Command:
        """A market order."""
        head = self.head()
        position_side, side = self.sides(head[1])
        return c.PlaceContractOrder(
            *head,
            instrument=self.contract(),
            side=side,
            order_type=1,
            time_in_force=self.rng.choice((0, 0, 1, 2)),
            price=self.odd(0),
            size=self.odd(self.lots()),
            self_trade_prevention=self.rng.choice((0, 0, 1, 2, 3)),
            margin_mode=self.rng.randrange(2),
            position_side=position_side,
            reduce_only=int(self.rng.random() < 0.03),
        )

    def close_something(self) -> c.Command:
        """Close, reduce or turn round a position that is held."""
        position = self.held()
        if position is None:
            return self.place_contract()
        market = self.rng.random() < 0.3
        size = self.rng.choice((position.size, position.size, 1, position.size * 2, position.size + 7, self.lots()))
        return c.PlaceContractOrder(
            *self.head(position.account),
            instrument=position.instrument,
            side=Side.SELL if position.lots > 0 else Side.BUY,
            order_type=int(market),
            time_in_force=self.rng.choice((0, 0, 1)),
            price=0 if market else self.near(position.contract.mark),
            size=size,
            client_order_id=self.client_order_id(),
            margin_mode=position.margin_mode,
            position_side=position.side,
            reduce_only=self.rng.randrange(2),
        )

    def place_spot(self) -> c.Command:
        """A spot order of the same accounts."""
        market = self.rng.random() < 0.3
        size_unit = int(market and self.rng.random() < 0.5)
        return c.PlaceOrder(
            *self.head(),
            instrument=self.odd(SPOT),
            side=self.rng.randrange(2),
            order_type=int(market),
            price=0 if market else self.near(BASE_PRICE),
            size=self.rng.randrange(1, 3_000 if size_unit else 40),
            size_unit=size_unit,
            fixed_size=self.flag(),
            client_order_id=self.client_order_id(),
        )

    def amend(self) -> c.Command:
        """Amend something, mostly to a price near where it is."""
        head, instrument, order_id, client_order_id = self.aim()
        known = self.twin.open_orders.get(order_id)
        size = known.size if known else 20
        sizes = (-1, -1, size + 1, size * 2, max(size - 2, 1), self.lots())
        return c.AmendOrder(
            *head,
            instrument=instrument,
            order_id=order_id,
            new_price=self.odd(self.rng.choice((-1, self.near(self.mark(instrument))))),
            new_size=self.odd(self.rng.choice(sizes)),
            cancel_on_fail=self.flag(),
            clip_to_band=self.flag(),
            client_order_id=client_order_id,
        )

    def set_mark(self) -> c.Command:
        """Wander, now and then jump, and come back from far."""
        instrument = self.contract()
        mark = self.mark(instrument)
        jump = self.rng.choice((800, 850, 930, 960, 980, 1_020, 1_050, 1_080, 1_170, 1_250))
        steps = [mark + self.rng.randrange(-6, 7) for _ in range(3 if self.stormy else 9)]
        price = self.rng.choice((mark * jump // 1_000, *steps))
        if not BASE_PRICE // 4 < price < BASE_PRICE * 4:
            price = BASE_PRICE
        limits = {"buy_max": self.odd(price * 2), "sell_min": self.odd(price // 2)} if self.flag() else {}
        return c.SetMarkPrice(*self.head(-1), instrument=instrument, price=self.odd(price), **limits)

    def tick(self) -> c.Command:
        """Let time pass, now and then hours, in which what a fund once had is forgotten."""
        self.time_ms += self.rng.choice((1, 5_000, 40_000, 3_000_000, 20_000_000))
        return c.Tick(*self.head(-1))

    def set_leverage(self) -> c.Command:
        """Any leverage, often of a position that is held."""
        position = self.held() if self.rng.random() < 0.6 else None
        account, instrument = self.head()[1], self.contract()
        names = (account, instrument, self.odd(self.rng.randrange(2)), self.position_side(account))
        account, instrument, margin_mode, side = position.names if position else names
        leverage = self.odd(self.rng.choice(LEVERAGES))
        if margin_mode == MarginMode.CROSS and self.rng.random() < 0.3:
            return mc.SetFamilyLeverage(*self.head(account), 0, 0, instrument, side, leverage)
        return c.SetLeverage(*self.head(account), 0, 0, instrument, margin_mode, side, leverage)

    def adjust_margin(self) -> c.Command:
        """Add or remove margin, mostly of an isolated position."""
        position = self.held()
        if position is None or self.rng.random() < 0.05:
            return c.AdjustMargin(*self.head(), instrument=self.contract(), amount=self.odd(5))
        stock = max(position.margin, 10)
        amount = self.rng.choice((1, -1, stock // 3, -(stock // 3), -(stock // 9), stock * 3, 0))
        return c.AdjustMargin(*self.head(position.account), 0, 0, position.instrument, position.side, self.odd(amount))

    def set_position_mode(self) -> c.Command:
        """Mostly refused, since something is open."""
        return c.SetPositionMode(*self.head(), position_mode=self.odd(self.rng.randrange(2)))

    def configure_account(self) -> c.Command:
        """Change settings; seldom freeze or change the mode."""
        mode = self.rng.choice((-1, -1, -1, -1, AccountMode.FUTURES, AccountMode.FUTURES, AccountMode.SPOT))
        return c.ConfigureAccount(
            *self.head(),
            account_mode=self.odd(int(mode)),
            self_trade_prevention=self.odd(self.rng.choice((-1, 1, 1, 2, 3))),
            fee_tier=self.odd(self.rng.choice((-1, 0, 1, 2, 3))),
            frozen=self.odd(1 if self.rng.random() < 0.03 else 0),
        )

    def move_money(self) -> c.Command:
        """Transfer or withdraw, often as much as there is."""
        head = self.head()
        currency = self.rng.choice((BTC, USDT))
        known = 0 <= head[1] < len(self.twin.accounts)
        all_of_it = max(self.twin.spendable(head[1], currency), 1) if known else 1
        amount = self.odd(self.rng.choice((all_of_it, all_of_it, all_of_it + 1, all_of_it // 2, all_of_it // 5, 7)))
        if self.rng.random() < 0.3:
            return c.Withdraw(*head, 0, 0, currency, 1, amount)
        to = self.rng.choice((-1, -1, 2, 3, 5, 6, 8))
        ledgers = self.rng.choice(((1, 0), (1, 0), (0, 1), (1, 1)))
        return c.Transfer(
            *head, currency=currency, amount=amount, from_ledger=ledgers[0], to_ledger=ledgers[1], to_account=to
        )

    def refill(self) -> c.Command:
        """Bring money in, so that nobody stays broke."""
        currency = self.rng.choice((BTC, USDT))
        amount = self.odd(self.rng.randrange(1, 60_000 if currency == BTC else 2_000))
        return c.Deposit(*self.head(), 0, 0, currency, self.odd(1), amount)

    def settle_funding(self) -> c.Command:
        """Funding of either sign, seldom large."""
        rate = self.rng.choice((0, 10**8, -(10**8), 7 * 10**9, -7_500_000_123, 3 * 10**10))
        return c.SettleFunding(*self.head(-1), instrument=self.contract(), rate=self.odd(rate))

    def end_or_begin(self) -> c.Command:
        """Deliver a dated contract, and list another when one is missing."""
        dated = [
            number
            for number, found in enumerate(self.twin.instruments)
            if isinstance(found, Contract)
            and found.family.instrument_type == InstrumentType.FUTURES
            and found.state != InstrumentState.DELISTED
        ]
        if len(dated) < 3:
            self.listed += 1
            return listing(f"D{self.listed}", self.rng.choice((LINEAR_FUTURES, INVERSE_FUTURES)), self.time_ms + 10**9)
        instrument = self.rng.choice([*dated, LINEAR])
        mark = self.mark(instrument)
        price, fee = (
            self.rng.choice((self.near(mark), mark * 4 // 5, mark * 5 // 4, mark // 2, mark * 2)),
            self.odd(100),
        )
        return c.DeliverContract(*self.head(-1), instrument=instrument, price=self.odd(price), fee_rate_ppm=fee)

    def administer(self) -> c.Command:
        """Commands of the operator, often wrong."""
        tier = self.rng.randrange(1, 6)
        usual = (*TIERS, LAST_TIER, (1_500,))[tier - 1][0]
        size_max = self.rng.choice((usual, usual + self.rng.randrange(-9, 10), usual * 3 // 5))
        fee_tier, maker, taker = self.rng.choice(FEES)
        family = self.odd(self.rng.randrange(4))
        draws: list[c.Command] = [
            c.DefineFeeTier(*self.head(-1), 0, 0, fee_tier, self.odd(1), self.odd(maker + 10), self.odd(taker + 50)),
            c.DefineFeeTier(*self.head(-1), 0, 0, fee_tier, self.rng.randrange(2), maker, taker),
            c.DefinePositionTier(
                *self.head(-1), 0, 0, family, self.odd(tier), self.odd(size_max), 9_000, 20_000, 1_000
            ),
            c.EndowFund(*self.head(-1), family=family, amount=self.odd(self.rng.randrange(1, 3_000))),
            c.DefineFamily(*self.head(-1), name=Text32("BTC-USDT"), instrument_type=self.odd(2), settle=self.odd(1)),
            c.CreateAccount(*self.head(-1), kind=self.odd(1), account_mode=self.odd(2)),
            c.SetIndexPrice(
                *self.head(-1), instrument=self.odd(self.rng.choice((SPOT, LINEAR))), price=self.odd(1_000)
            ),
            listing("W", self.rng.randrange(4), 0)
            ._replace(contract_value=self.odd(7), lot_step=self.odd(1), size_scale=self.odd(0), multiplier=self.odd(1))
            ._replace(family=family, band_ppm=self.odd(9), tick_step=self.odd(1)),
        ]
        return self.rng.choice(draws)
