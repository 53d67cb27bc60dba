"""Bills: what an event changed in a customer's balances.

A fill gives two, base first; the fee stands on the leg of the currency received, and its change includes it.
"""

from lonja.core.collateral_events import CollateralTaken, DebtCovered, InterestAccrued, LoanChanged
from lonja.core.events import BalanceCorrected, Deposited, Filled, Transferred, Withdrawn
from lonja.core.kinds import Ledger, Side
from lonja.core.margin_events import PocketTakenOver
from lonja.modules.history.order_fold import IDS_PER_SEQUENCE, InstrumentFacts, TrackedOrder
from lonja.modules.history.records import BillKind, BillRecord, BillSubkind, FillPrices, TransferRecord

MoneyEvent = Deposited | Withdrawn | Transferred | BalanceCorrected | InterestAccrued | LoanChanged | DebtCovered
"""What moves one currency."""

_BUY = int(Side.BUY)
_TRADING = int(Ledger.TRADING)


def fill_bills(
    event: Filled, order: TrackedOrder, facts: InstrumentFacts, base_scale: int, prices: FillPrices
) -> tuple[BillRecord, ...]:
    """Both legs of a fill."""
    lots = event.size * facts.lot_step
    shift = base_scale - facts.size_scale
    base = lots * 10**shift if shift >= 0 else lots // 10**-shift
    buys = event.side == _BUY
    base_fee, quote_fee = (event.fee, 0) if buys else (0, event.fee)
    base_change = (base if buys else -base) - base_fee
    quote_change = (-event.notional if buys else event.notional) - quote_fee
    legs = (
        (facts.base, base_change, event.base_balance, base_fee),
        (facts.quote, quote_change, event.quote_balance, quote_fee),
    )
    return tuple(
        BillRecord(
            bill_id=event.sequence * IDS_PER_SEQUENCE + leg,
            account=event.account,
            ledger=_TRADING,
            currency=currency,
            kind=int(BillKind.TRADE),
            subkind=int(BillSubkind.BUY if buys else BillSubkind.SELL),
            change=change,
            balance=balance,
            fee=fee,
            instrument=event.instrument,
            instrument_type=facts.instrument_type,
            order_id=event.order_id,
            client_order_id=order.client_order_id,
            tag=order.tag,
            trade_id=event.trade_id,
            liquidity=event.liquidity,
            price=event.price,
            size=event.size,
            from_ledger=-1,
            to_ledger=-1,
            other_account=-1,
            client_transfer_id="",
            time_ms=event.time_ms,
            mark_price=prices.mark_price,
            index_price=prices.index_price,
        )
        for leg, (currency, change, balance, fee) in enumerate(legs)
    )


def transfer_bills(event: Transferred) -> tuple[BillRecord, BillRecord]:
    """What left and what arrived, of whosever account."""
    out = plain_bill(event, event.account, event.from_ledger, BillKind.TRANSFER, BillSubkind.TRANSFER_OUT)._replace(
        from_ledger=event.from_ledger, to_ledger=event.to_ledger, client_transfer_id=event.client_transfer_id
    )
    back = out._replace(
        bill_id=out.bill_id + 1,
        account=event.to_account,
        ledger=event.to_ledger,
        subkind=int(BillSubkind.TRANSFER_IN),
        change=event.amount,
        balance=event.to_balance,
        other_account=event.account,
    )
    return out._replace(change=-event.amount, balance=event.from_balance, other_account=event.to_account), back


def transfer_of(bill: BillRecord) -> TransferRecord:
    """The transfer that ``bill`` is half of."""
    sent = bill.subkind == BillSubkind.TRANSFER_OUT
    return TransferRecord(
        transfer_id=bill.bill_id // IDS_PER_SEQUENCE,
        account=bill.account if sent else bill.other_account,
        to_account=bill.other_account if sent else bill.account,
        currency=bill.currency,
        amount=abs(bill.change),
        from_ledger=bill.from_ledger,
        to_ledger=bill.to_ledger,
        client_transfer_id=bill.client_transfer_id,
        time_ms=bill.time_ms,
    )


def deposit_bill(event: Deposited) -> BillRecord:
    """What came in."""
    bill = plain_bill(event, event.account, event.ledger, BillKind.DEPOSIT, BillSubkind.DEPOSIT)
    return bill._replace(change=event.amount, balance=event.balance)


def withdrawal_bill(event: Withdrawn) -> BillRecord:
    """What went out."""
    bill = plain_bill(event, event.account, event.ledger, BillKind.WITHDRAWAL, BillSubkind.WITHDRAWAL)
    return bill._replace(change=-event.amount, balance=event.balance)


def correction_bill(event: BalanceCorrected) -> BillRecord:
    """What the house mended; the other side is the house's own account."""
    subkind = BillSubkind.CORRECTION_IN if event.amount > 0 else BillSubkind.CORRECTION_OUT
    bill = plain_bill(event, event.account, event.ledger, BillKind.CORRECTION, subkind)
    return bill._replace(change=event.amount, balance=event.balance)


def plain_bill(
    event: MoneyEvent | CollateralTaken | PocketTakenOver,
    account: int,
    ledger: int,
    kind: BillKind,
    subkind: BillSubkind,
) -> BillRecord:
    """A bill that has nothing to do with a trade, without its amounts."""
    return BillRecord(
        bill_id=event.sequence * IDS_PER_SEQUENCE,
        account=account,
        ledger=ledger,
        currency=event.currency,
        kind=int(kind),
        subkind=int(subkind),
        change=0,
        balance=0,
        fee=0,
        instrument=-1,
        instrument_type=-1,
        order_id=0,
        client_order_id="",
        tag="",
        trade_id=0,
        liquidity=-1,
        price=0,
        size=0,
        from_ledger=-1,
        to_ledger=-1,
        other_account=-1,
        client_transfer_id="",
        time_ms=event.time_ms,
    )
