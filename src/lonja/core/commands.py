"""Everything the core can be asked, one immutable record type per command.

Each field is one 8-byte word in the journal, or two or four for text (``layout.py``), in the order written here.
Invariant: kinds and layouts never change once released; a new meaning gets a new kind.

Every command starts with the same five fields:

* ``time_ms``: the time the sequencer gave it; the core's only clock. Senders leave 0.
* ``account``: who asks, and whose orders and balances are meant. -1 for the operator.
* ``session``, ``session_sequence``: the gateway session and its running number, by which a repeated command is
  answered from memory instead of being applied twice. 0 in process, where nothing repeats.

Prices are in ticks, sizes in lots, amounts in the currency's smallest unit, rates in parts per million.
"""

from typing import NamedTuple

from lonja.core.algo_commands import ALGO_COMMAND_KINDS, AlgoCommand
from lonja.core.collateral_commands import COLLATERAL_COMMAND_KINDS, CollateralCommand
from lonja.core.margin_commands import MARGIN_COMMAND_KINDS, MarginCommand
from lonja.core.texts import EMPTY_16, EMPTY_32, Text16, Text32


class CreateCurrency(NamedTuple):
    """Add a currency with ``scale`` decimals. Id: the currency."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    name: Text16 = EMPTY_16
    scale: int = 8


class CreateAccount(NamedTuple):
    """Add an account under ``master`` (-1: it is a master itself). Id: the account."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    kind: int = 1
    master: int = -1
    account_mode: int = 1
    self_trade_prevention: int = 1
    fee_tier: int = 0


class ListInstrument(NamedTuple):
    """Add an instrument. Id: its code.

    A price is ``ticks * tick_step * 10**-price_scale``, a size ``lots * lot_step * 10**-size_scale``. ``settle`` is
    the quote currency of a spot instrument. ``band_ppm`` is the price band around the index price.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument_id: Text32 = EMPTY_32
    instrument_type: int = 0
    base: int = 0
    quote: int = 0
    settle: int = 0
    price_scale: int = 0
    tick_step: int = 1
    size_scale: int = 0
    lot_step: int = 1
    size_min: int = 1
    size_limit_max: int = 0
    size_market_max: int = 0
    amount_market_max: int = 0
    band_ppm: int = 200_000
    fee_group: int = 0
    state: int = 0


class SetInstrumentState(NamedTuple):
    """Change whether an instrument trades; closing it cancels its open orders. Id: the instrument."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    state: int = 0


class SetIndexPrice(NamedTuple):
    """Tell the index price (ticks), around which the price band of a spot instrument lies. 0: no band. Id: the instrument."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    price: int = 0


class DefineFeeTier(NamedTuple):
    """Set the rates of a fee tier for a group of instruments. A negative rate is a rebate. Id: the fee tier."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    fee_tier: int = 0
    fee_group: int = 0
    maker_rate_ppm: int = 0
    taker_rate_ppm: int = 0


class ConfigureAccount(NamedTuple):
    """Change an account's settings; -1 leaves a setting as it is. ``frozen`` is 0 or 1. Id: the account."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    account_mode: int = -1
    self_trade_prevention: int = -1
    fee_tier: int = -1
    frozen: int = -1


class Deposit(NamedTuple):
    """Bring ``amount`` in from outside the house. Id: the ledger entry."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    ledger: int = 0
    amount: int = 0


class Withdraw(NamedTuple):
    """Send ``amount`` out of the house. Id: the ledger entry."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    ledger: int = 0
    amount: int = 0


class Transfer(NamedTuple):
    """Move ``amount`` between ledgers of ``account`` or to ``to_account`` (-1: the same). Id: the ledger entry."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    currency: int = 0
    amount: int = 0
    from_ledger: int = 0
    to_ledger: int = 1
    to_account: int = -1
    client_transfer_id: Text32 = EMPTY_32


class PlaceOrder(NamedTuple):
    """Place an order. Id: the order.

    ``price`` is 0 for market orders. ``size`` counts lots, or smallest units of quote when ``size_unit`` is QUOTE
    (market orders only). ``fixed_size`` forbids reducing a market buy to the balance; ``clip_to_band`` moves a price
    beyond the band to its edge instead of refusing it.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    side: int = 0
    order_type: int = 0
    time_in_force: int = 0
    post_only: int = 0
    price: int = 0
    size: int = 0
    size_unit: int = 0
    self_trade_prevention: int = 0
    fixed_size: int = 0
    clip_to_band: int = 0
    client_order_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16


class CancelOrder(NamedTuple):
    """Cancel by ``order_id``, or by ``client_order_id`` when that is 0. Id: the order."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    order_id: int = 0
    client_order_id: Text32 = EMPTY_32


class AmendOrder(NamedTuple):
    """Change price and or total size (filled part included); -1 leaves a value. Id: the order.

    ``cancel_on_fail`` cancels the order when the change is refused.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    order_id: int = 0
    new_price: int = -1
    new_size: int = -1
    cancel_on_fail: int = 0
    clip_to_band: int = 0
    client_order_id: Text32 = EMPTY_32
    request_id: Text32 = EMPTY_32


class CancelAllAfter(NamedTuple):
    """Cancel the account's orders (of ``tag``, when given) in ``timeout_ms`` unless asked again; 0 switches it off.

    Id: the time at which it will happen, 0 when off.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    timeout_ms: int = 0
    tag: Text16 = EMPTY_16


class Tick(NamedTuple):
    """Let time pass, so that due timers fire. Id: the time."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0


class ImportCandle(NamedTuple):
    """Record one minute of history from before the exchange opened (prices in ticks, ``volume`` in lots). Id: the instrument."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    open_time_ms: int = 0
    open: int = 0
    high: int = 0
    low: int = 0
    close: int = 0
    volume: int = 0
    quote_volume: int = 0


class SetWithdrawalHold(NamedTuple):
    """Keep ``amount`` of ``currency`` from leaving ``account`` until ``until_ms`` (0: until changed). Id: the hold.

    ``amount`` -1 keeps all of it, 0 releases the hold; ``currency`` -1 means every currency, with an ``amount`` of -1 or
    0. ``hold_id`` is the sender's number for it: the same one again replaces it. ``kind`` says which amounts add up.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    hold_id: int = 0
    kind: int = 0
    currency: int = -1
    amount: int = -1
    until_ms: int = 0


class CorrectBalance(NamedTuple):
    """Move ``amount`` to ``account`` (negative: from it) against one of the house's own accounts. Id: the ledger entry.

    ``house_account`` is 0 for the outside, 1 for the fee income. ``correction_id`` is the sender's number for it: told
    again it changes nothing and has the same answer, with other facts it is refused.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    correction_id: int = 0
    house_account: int = 0
    currency: int = 0
    ledger: int = 0
    amount: int = 0


class DefineFamily(NamedTuple):
    """Add a family of contracts, with an account of the house that holds its Security Fund. Id: the family."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    name: Text32 = EMPTY_32
    instrument_type: int = 2
    settle: int = 0


class DefinePositionTier(NamedTuple):
    """Set one tier of a family, counted from 1: changes one that there is or adds the next. Id: the tier.

    ``size_max`` is in lots, ``leverage_max`` in hundredths. Positions of more than the last tier's size are refused.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    family: int = 0
    tier: int = 1
    size_max: int = 0
    maintenance_ppm: int = 0
    initial_ppm: int = 0
    leverage_max: int = 0


class ListContract(NamedTuple):
    """Add a perpetual or dated contract of a family. Id: its code.

    One contract is worth ``contract_value * 10**-contract_scale * multiplier`` of ``base`` when the family is settled in
    ``quote`` (linear), or of ``quote`` when it is settled in ``base`` (inverse). ``expiry_ms`` is 0 for a perpetual.
    Other fields are those of ``ListInstrument``; sizes count contracts.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument_id: Text32 = EMPTY_32
    family: int = 0
    base: int = 0
    quote: int = 0
    price_scale: int = 0
    tick_step: int = 1
    size_scale: int = 0
    lot_step: int = 1
    size_min: int = 1
    size_limit_max: int = 0
    size_market_max: int = 0
    band_ppm: int = 50_000
    fee_group: int = 0
    state: int = 0
    contract_value: int = 1
    contract_scale: int = 0
    multiplier: int = 1
    expiry_ms: int = 0


class SetMarkPrice(NamedTuple):
    """Tell the mark price (ticks) of a contract. Id: the instrument.

    ``buy_max`` and ``sell_min`` are the price limits that hold from now on; both 0: the listed band around the mark.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    price: int = 0
    buy_max: int = 0
    sell_min: int = 0


class PlaceContractOrder(NamedTuple):
    """Place an order for a contract. Id: the order.

    The fields of ``PlaceOrder``, then: ``margin_mode``, ``position_side`` (0 in net mode, 1 long, 2 short) and
    ``reduce_only``, which may only be 1 in net mode and cuts the size to what there is to reduce.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    side: int = 0
    order_type: int = 0
    time_in_force: int = 0
    post_only: int = 0
    price: int = 0
    size: int = 0
    size_unit: int = 0
    self_trade_prevention: int = 0
    fixed_size: int = 0
    clip_to_band: int = 0
    client_order_id: Text32 = EMPTY_32
    tag: Text16 = EMPTY_16
    margin_mode: int = 0
    position_side: int = 0
    reduce_only: int = 0


class SetLeverage(NamedTuple):
    """Set the leverage (hundredths) of a position, there or to come. Id: the instrument.

    Lowering it tops an isolated margin up from the cash; raising it leaves the margin as it is.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    margin_mode: int = 0
    position_side: int = 0
    leverage: int = 0


class SetPositionMode(NamedTuple):
    """Choose between one position of a contract and a long and a short one. Id: the account."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    position_mode: int = 0


class AdjustMargin(NamedTuple):
    """Move ``amount`` from the cash to the margin of an isolated position, or back when negative. Id: the instrument."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    position_side: int = 0
    amount: int = 0


class EndowFund(NamedTuple):
    """Bring ``amount`` of the house's own money into the Security Fund of a family. Id: the family."""

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    family: int = 0
    amount: int = 0


class SettleFunding(NamedTuple):
    """Let the longs of a perpetual pay its shorts ``rate`` of the value at the mark, or the reverse when negative.

    ``rate`` is in millionths of a millionth. Id: the instrument.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    rate: int = 0


class DeliverContract(NamedTuple):
    """End a dated contract: cancel its orders and close every position at ``price`` (ticks). Id: the instrument.

    ``fee_rate_ppm`` is what each side pays of the value.
    """

    time_ms: int = 0
    account: int = -1
    session: int = 0
    session_sequence: int = 0
    instrument: int = 0
    price: int = 0
    fee_rate_ppm: int = 0


Command = (
    CreateCurrency
    | CreateAccount
    | ListInstrument
    | SetInstrumentState
    | SetIndexPrice
    | DefineFeeTier
    | ConfigureAccount
    | Deposit
    | Withdraw
    | Transfer
    | PlaceOrder
    | CancelOrder
    | AmendOrder
    | CancelAllAfter
    | Tick
    | ImportCandle
    | SetWithdrawalHold
    | CorrectBalance
    | DefineFamily
    | DefinePositionTier
    | ListContract
    | SetMarkPrice
    | PlaceContractOrder
    | SetLeverage
    | SetPositionMode
    | AdjustMargin
    | EndowFund
    | SettleFunding
    | DeliverContract
    | AlgoCommand
    | CollateralCommand
    | MarginCommand
)

COMMAND_KINDS: dict[type[Command], int] = {
    CreateCurrency: 1,
    CreateAccount: 2,
    ListInstrument: 3,
    SetInstrumentState: 4,
    SetIndexPrice: 5,
    DefineFeeTier: 6,
    ConfigureAccount: 7,
    Deposit: 8,
    Withdraw: 9,
    Transfer: 10,
    PlaceOrder: 11,
    CancelOrder: 12,
    AmendOrder: 13,
    CancelAllAfter: 14,
    Tick: 15,
    ImportCandle: 16,
    SetWithdrawalHold: 17,
    CorrectBalance: 18,
    DefineFamily: 30,
    DefinePositionTier: 31,
    ListContract: 32,
    SetMarkPrice: 33,
    PlaceContractOrder: 34,
    SetLeverage: 35,
    SetPositionMode: 36,
    AdjustMargin: 37,
    EndowFund: 38,
    SettleFunding: 39,
    DeliverContract: 40,
    **ALGO_COMMAND_KINDS,
    **COLLATERAL_COMMAND_KINDS,
    **MARGIN_COMMAND_KINDS,
}
