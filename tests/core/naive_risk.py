"""What an account may still risk, and what an order would risk, as the naive twin sees it (``docs/adr/0031``).

Why apart: orders, transfers and settings all ask here. Exact fractions, rounded where the ADR says so.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lonja.core.kinds import AccountMode, InstrumentType, Ledger, MarginMode, Side
from lonja.core.rejections import Rejection
from lonja.primitives.money import PPM
from tests.core.naive_books import MATCHES_MAX, NaiveBooks
from tests.core.naive_contract_parts import Contract, Position
from tests.core.naive_parts import Order, require


@dataclass
class Asked:
    """What an order asks for: lots, the worst price of them, the price at which a lot is worth most."""

    side: int
    lots: int
    worst: int
    dear: int
    takes: bool
    reduce_only: int


class NaiveRisk(NaiveBooks):
    """Holds, free margin, admission."""

    # What is held and what is free.

    def need(self, position: Position, side: int | None = None, lots: int = 0, value: int = 0) -> int:
        """What resting orders of a position hold, with ``lots`` more of ``side`` that are worth ``value``."""
        needs = []
        for book_side in Side:
            orders = self.resting(position, book_side)
            all_lots = sum(order.left for order in orders) + (lots if book_side == side else 0)
            worth = sum(ceil(position.contract.value(order.price, order.left)) for order in orders)
            worth += value if book_side == side else 0
            opening = max(all_lots - position.closable(book_side), 0)
            maker_rate = max(self.rates(position.account, position.contract)[0], 0)
            per_value = Fraction(100, position.leverage) + Fraction(maker_rate, PPM)
            needs.append(ceil(Fraction(worth * opening, max(all_lots, 1)) * per_value))
        return max(needs)

    def held(self, account: int, currency: int) -> int:
        """What all open orders of an account hold of a currency."""
        mine = [order for order in self.open_orders.values() if order.account == account]
        spot = [self.hold(order) for order in mine if not order.position]
        named = [self.positions[number - 1] for number in {order.position for order in mine if order.position}]
        needs = [self.need(position) for position in named if position.contract.family.settle == currency]
        return sum(amount for held, amount in spot if held == currency) + sum(needs)

    def available(self, account: int, currency: int, ledger: int = Ledger.TRADING) -> int:
        """The part of a balance that no order holds."""
        cash = self.balance(account, currency, ledger)
        return cash if ledger == Ledger.FUNDING else cash - self.held(account, currency)

    def cross_positions(self, account: int, currency: int) -> list[Position]:
        """Cross positions that an account holds in a currency, the earliest named first."""
        mine = [position for position in self.positions if position.account == account and position.lots]
        cross = [position for position in mine if position.margin_mode == MarginMode.CROSS]
        return [position for position in cross if position.contract.family.settle == currency]

    def equity(self, account: int, currency: int) -> int:
        """Cash and what cross positions gained."""
        gained = sum(position.unrealized() for position in self.cross_positions(account, currency))
        return self.balance(account, currency) + gained

    def free_margin(self, account: int, currency: int) -> int:
        """What is left to open positions with."""
        margins = sum(position.mark_margin() for position in self.cross_positions(account, currency))
        return self.equity(account, currency) - self.held(account, currency) - margins

    def spendable(self, account: int, currency: int, ledger: int = Ledger.TRADING) -> int:
        """What may leave, buy spot or become an isolated margin."""
        unheld = self.available(account, currency, ledger)
        if ledger == Ledger.FUNDING or self.accounts[account].account_mode == AccountMode.SPOT:
            return unheld
        return min(unheld, self.free_margin(account, currency))

    def lacking(self, account: int, currency: int) -> int:
        """What an account owes of a currency that neither its cash nor its cross profits cover."""
        return -self.equity(account, currency) if self.balance(account, currency) < 0 else 0

    def can_lose(self, position: Position, amount: int) -> bool:
        """Whether an account can bear a loss of a cross position."""
        return amount <= self.equity(position.account, position.contract.family.settle)

    # What an order is asked for.

    def asked(self, order: Order, limit: int, lots: int) -> Asked:
        """The prices at which ``lots`` of an order may trade now; ``limit`` 0 for any within the price limits."""
        contract = self.instruments[order.instrument]
        assert isinstance(contract, Contract)
        edge = limit or (contract.buy_max() if order.side == Side.BUY else contract.sell_min())
        takes = self.would_take(order, edge)
        worst = limit
        if limit == 0:
            wanted, worst = lots, contract.mark
            for maker in self.reachable(order, edge):
                if wanted > 0:
                    wanted, worst = wanted - maker.left, maker.price
        # The first price is the dearest when selling, or when buying what is worth less the higher its price.
        dear = worst
        if takes and (order.side == Side.BUY) == contract.inverse:
            dear = self.queue(order.instrument, 1 - order.side)[0].price
        self.judged = worst
        return Asked(order.side, lots, worst, dear, takes, order.reduce_only)

    def require_admission(self, position: Position, asked: Asked) -> None:
        """Refuse what no tier allows, what would be liquidated at once, and what the account cannot pay."""
        resting = sum(order.left for order in self.resting(position, asked.side))
        signed = position.lots if asked.side == Side.BUY else -position.lots
        size_after = signed + resting + asked.lots
        if not asked.reduce_only and size_after > 0:
            beside = self.beside(position)
            tier = position.contract.family.tier_of(size_after + sum(self.most_lots(other) for other in beside))
            require(tier is not None, Rejection.POSITION_ABOVE_MAX)
            assert tier is not None
            leverages = [other.leverage for other in (position, *beside)]
            require(max(leverages) <= tier.leverage_max, Rejection.LEVERAGE_ABOVE_TIER)
        closing = min(asked.lots, max(position.closable(asked.side) - resting, 0))
        closing = asked.lots if asked.reduce_only else closing
        opening = asked.lots - closing
        if opening and position.isolated:
            require(not self.dies_at_once(position, asked, opening, size_after), Rejection.WOULD_LIQUIDATE)
        needed = self.cost_of_opening(position, asked, opening) if opening else 0
        needed += self.cost_of_closing(position, asked, closing) if closing else 0
        require(needed <= 0 or needed <= self.means(position, opening), Rejection.INSUFFICIENT_BALANCE)

    def most_lots(self, position: Position) -> int:
        """How large its orders may make a position, on either side."""
        buys, sells = (sum(order.left for order in self.resting(position, side)) for side in Side)
        return max(position.lots + buys, sells - position.lots)

    def beside(self, position: Position) -> list[Position]:
        """Other positions that find their tier with this one: of dated contracts of a family, held or ordered cross."""
        family = position.contract.family
        if position.isolated or family.instrument_type != InstrumentType.FUTURES:
            return []
        mine = [p for p in self.positions if p.account == position.account and p.contract.family is family]
        return [p for p in mine if not p.isolated and p.number != position.number and self.most_lots(p)]

    def means(self, position: Position, opening: int) -> int:
        """What pays for an order of a position that opens so many lots."""
        account, settle = position.account, position.contract.family.settle
        if position.isolated:
            return self.spendable(account, settle)
        if opening:
            return self.free_margin(account, settle)
        return self.equity(account, settle) - self.held(account, settle)

    def given_away(self, contract: Contract, asked: Asked, lots: int) -> int:
        """What trading at the worst price instead of the mark loses, rounded up; negative when it gains."""
        gained = contract.long_gain(asked.worst, contract.mark, lots)
        return ceil(-gained if asked.side == Side.BUY else gained)

    def cost_of_opening(self, position: Position, asked: Asked, lots: int) -> int:
        """The growth of what is held, and what trading at once costs beyond it."""
        contract = position.contract
        maker, taker = self.rates(position.account, contract)
        value = ceil(contract.value(asked.dear, asked.lots))
        cost = self.need(position, asked.side, asked.lots, value) - self.need(position)
        if asked.takes:
            dearer_by = max(taker - max(maker, 0), 0)
            cost += ceil(contract.value(asked.dear, lots) * dearer_by / PPM) + min(lots, MATCHES_MAX)
        return cost + (0 if position.isolated else max(self.given_away(contract, asked, lots), 0))

    def cost_of_closing(self, position: Position, asked: Asked, lots: int) -> int:
        """What loss and fee exceed the margin that comes back by."""
        fee = ceil(position.contract.value(asked.dear, lots) * self.rates(position.account, position.contract)[1] / PPM)
        if not position.isolated:
            return max(self.given_away(position.contract, asked, lots) + fee, 0)
        back = position.margin * lots // position.size
        return max(fee - back - floor(position.gain(asked.worst, lots)), 0)

    def dies_at_once(self, position: Position, asked: Asked, lots: int, size_after: int) -> bool:
        """Whether isolated lots opened at the worst price would be liquidated at the present mark."""
        contract = position.contract
        margin = floor(contract.value(asked.worst, lots) * 100 / position.leverage)
        equity = margin - self.given_away(contract, asked, lots)
        rate = contract.family.tier_at_most(size_after).maintenance_ppm + max(
            self.rates(position.account, contract)[1], 0
        )
        return equity <= contract.value(contract.mark, lots) * rate / PPM

    def can_bear(self, maker: Order) -> bool:
        """Whether the owner of a resting order can pay for what is left of it, when its price is worse than the mark."""
        if not maker.position:
            return True
        position = self.positions[maker.position - 1]
        contract = position.contract
        if maker.price <= contract.mark if maker.side == Side.BUY else maker.price >= contract.mark:
            return True
        rate = max(self.rates(position.account, contract)[0], 0)
        asked = Asked(maker.side, maker.left, maker.price, maker.price, False, maker.reduce_only)
        if not position.isolated:
            fee = ceil(contract.value(maker.price, maker.left) * rate / PPM)
            return self.can_lose(position, self.given_away(contract, asked, maker.left) + fee)
        closing = min(maker.left, position.closable(maker.side))
        signed = position.lots if maker.side == Side.BUY else -position.lots
        size_after = signed + sum(order.left for order in self.resting(position, maker.side))
        if maker.left > closing and self.dies_at_once(position, asked, maker.left - closing, size_after):
            return False
        if not closing:
            return True
        fee = ceil(contract.value(maker.price, closing) * rate / PPM)
        short = fee - position.margin * closing // position.size - floor(position.gain(maker.price, closing))
        return short <= 0 or short <= self.available(position.account, contract.family.settle)

    # What keeps a position alive.

    def tier_lots(self, position: Position) -> int:
        """Lots that find the tier: dated contracts of a family held cross find one together."""
        family = position.contract.family
        if family.instrument_type != InstrumentType.FUTURES or position.isolated:
            return position.size
        held = self.cross_positions(position.account, family.settle)
        return sum(other.size for other in held if other.contract.family is family)

    def keep_rate(self, position: Position) -> Fraction:
        """The tier's rate and the fee of getting out."""
        tier = position.contract.family.tier_at_most(self.tier_lots(position))
        taker = max(self.rates(position.account, position.contract)[1], 0)
        return Fraction(tier.maintenance_ppm + taker, PPM)

    def required(self, position: Position, lots: int) -> Fraction:
        """What keeps ``lots`` of a position alive at the mark."""
        return position.contract.value(position.contract.mark, lots) * self.keep_rate(position)

    def standing(self, positions: list[Position]) -> tuple[Fraction, Fraction]:
        """What stands behind positions that stand together, and what they require."""
        first = positions[0]
        stock = first.margin if first.isolated else self.balance(first.account, first.contract.family.settle)
        gained = sum((position.gain(position.contract.mark, position.size) for position in positions), Fraction(0))
        return stock + gained, sum((self.required(position, position.size) for position in positions), Fraction(0))
