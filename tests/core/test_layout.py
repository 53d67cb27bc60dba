"""Records become bytes and come back, and the form in which they are stored never changes."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lonja.core import commands as c
from lonja.core.layout import (
    COMMAND_CODECS,
    EVENT_CODECS,
    WORD_BYTES,
    decode_command,
    decode_commands,
    decode_events,
    encode_command,
)
from lonja.core.texts import Text16, Text32

CODECS = [*COMMAND_CODECS.values(), *EVENT_CODECS.values()]
WORD = st.integers(-(2**63), 2**63 - 1)


def text(width: int) -> st.SearchStrategy[str]:
    """Printable ASCII of at most ``width`` characters."""
    return st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=width)


FIELDS: dict[Any, st.SearchStrategy[Any]] = {int: WORD, Text16: text(16), Text32: text(32)}


def records(record_type: type[Any]) -> st.SearchStrategy[Any]:
    """Any record of that type."""
    return st.builds(record_type, *(FIELDS[annotation] for annotation in record_type.__annotations__.values()))


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.record_type.__name__)
@settings(max_examples=25)
@given(data=st.data(), lead=st.integers(0, 3))
def test_a_record_comes_back_as_it_was(codec: Any, data: st.DataObject, lead: int) -> None:
    record = data.draw(records(codec.record_type))
    packed = codec.encode(record)
    assert struct.unpack_from("<qq", packed) == (codec.words, codec.kind)
    assert len(packed) == codec.size_bytes == codec.words * WORD_BYTES
    back = codec.decode(bytes(lead) + packed, lead)
    assert (type(back), back) == (codec.record_type, record)


@given(st.lists(st.one_of(records(c.PlaceOrder), records(c.Tick), records(c.Transfer)), max_size=5))
def test_records_follow_one_another(commands: list[c.Command]) -> None:
    data = b"".join(encode_command(command) for command in commands)
    assert list(decode_commands(data)) == commands
    assert list(decode_commands(memoryview(data))) == commands


def test_a_single_command_is_found_at_its_place() -> None:
    first, second = c.Tick(7), c.Deposit(8, 2, amount=5)
    data = encode_command(first) + encode_command(second)
    assert decode_command(data, 0) == first
    assert decode_command(data, len(encode_command(first))) == second


@pytest.mark.parametrize("decode", [lambda data: decode_command(data, 0), lambda data: list(decode_commands(data))])
def test_an_unknown_kind_is_an_error(decode: Any) -> None:
    with pytest.raises(KeyError):
        decode(struct.pack("<qq", 2, 99))
    with pytest.raises(KeyError):
        list(decode_events(struct.pack("<qq", 2, 99)))


BAD_TEXTS = ["é", "a\0", "tab\t", "\x7f", "line\n", "日本"]


@pytest.mark.parametrize("bad", [*BAD_TEXTS, "x" * 17])
def test_text_that_does_not_fit_is_refused(bad: str) -> None:
    with pytest.raises(struct.error, match="does not fit"):
        encode_command(c.CreateCurrency(name=Text16(bad)))


@pytest.mark.parametrize("bad", [*BAD_TEXTS, "x" * 33])
def test_long_text_that_does_not_fit_is_refused(bad: str) -> None:
    with pytest.raises(struct.error, match="does not fit"):
        encode_command(c.CancelOrder(client_order_id=Text32(bad)))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, "5", None, 1.0])
def test_a_number_that_is_no_word_is_refused(number: Any) -> None:
    with pytest.raises(struct.error):
        encode_command(c.Deposit(amount=number))


STORED = """
command 1 CreateCurrency time_ms account session session_sequence name:16 scale
command 2 CreateAccount time_ms account session session_sequence kind master account_mode self_trade_prevention fee_tier
command 3 ListInstrument time_ms account session session_sequence instrument_id:32 instrument_type base quote settle \
price_scale tick_step size_scale lot_step size_min size_limit_max size_market_max amount_market_max band_ppm fee_group state
command 4 SetInstrumentState time_ms account session session_sequence instrument state
command 5 SetIndexPrice time_ms account session session_sequence instrument price
command 6 DefineFeeTier time_ms account session session_sequence fee_tier fee_group maker_rate_ppm taker_rate_ppm
command 7 ConfigureAccount time_ms account session session_sequence account_mode self_trade_prevention fee_tier frozen
command 8 Deposit time_ms account session session_sequence currency ledger amount
command 9 Withdraw time_ms account session session_sequence currency ledger amount
command 10 Transfer time_ms account session session_sequence currency amount from_ledger to_ledger to_account \
client_transfer_id:32
command 11 PlaceOrder time_ms account session session_sequence instrument side order_type time_in_force post_only price \
size size_unit self_trade_prevention fixed_size clip_to_band client_order_id:32 tag:16
command 12 CancelOrder time_ms account session session_sequence instrument order_id client_order_id:32
command 13 AmendOrder time_ms account session session_sequence instrument order_id new_price new_size cancel_on_fail \
clip_to_band client_order_id:32 request_id:32
command 14 CancelAllAfter time_ms account session session_sequence timeout_ms tag:16
command 15 Tick time_ms account session session_sequence
command 16 ImportCandle time_ms account session session_sequence instrument open_time_ms open high low close volume \
quote_volume
command 17 SetWithdrawalHold time_ms account session session_sequence hold_id kind currency amount until_ms
command 18 CorrectBalance time_ms account session session_sequence correction_id house_account currency ledger amount
command 30 DefineFamily time_ms account session session_sequence name:32 instrument_type settle
command 31 DefinePositionTier time_ms account session session_sequence family tier size_max maintenance_ppm \
initial_ppm leverage_max
command 32 ListContract time_ms account session session_sequence instrument_id:32 family base quote price_scale \
tick_step size_scale lot_step size_min size_limit_max size_market_max band_ppm fee_group state contract_value \
contract_scale multiplier expiry_ms
command 33 SetMarkPrice time_ms account session session_sequence instrument price buy_max sell_min
command 34 PlaceContractOrder time_ms account session session_sequence instrument side order_type time_in_force \
post_only price size size_unit self_trade_prevention fixed_size clip_to_band client_order_id:32 tag:16 margin_mode \
position_side reduce_only
command 35 SetLeverage time_ms account session session_sequence instrument margin_mode position_side leverage
command 36 SetPositionMode time_ms account session session_sequence position_mode
command 37 AdjustMargin time_ms account session session_sequence instrument position_side amount
command 38 EndowFund time_ms account session session_sequence family amount
command 39 SettleFunding time_ms account session session_sequence instrument rate
command 40 DeliverContract time_ms account session session_sequence instrument price fee_rate_ppm
command 50 PlaceAlgo time_ms account session session_sequence instrument kind side size size_unit close_fraction \
self_trade_prevention margin_mode position_side reduce_only source trigger_price order_price profit_source \
profit_trigger profit_price loss_source loss_trigger loss_price callback_ppm callback_ticks activation_price slice_size \
price_limit interval_ms distance_ppm distance_ticks client_algo_id:32 tag:16
command 51 AmendAlgo time_ms account session session_sequence instrument algo_id new_size new_trigger_price \
new_order_price new_profit_trigger new_profit_price new_loss_trigger new_loss_price new_callback_ppm new_callback_ticks \
new_activation_price client_algo_id:32 request_id:32
command 52 CancelAlgo time_ms account session session_sequence instrument algo_id client_algo_id:32
command 53 AttachAlgo time_ms account session session_sequence instrument size reduce_only profit_source profit_trigger \
profit_price loss_source loss_trigger loss_price client_algo_id:32 tag:16
command 54 SetContractIndex time_ms account session session_sequence instrument price
command 55 PlaceDetailedAlgo time_ms account session session_sequence instrument kind side size size_unit close_fraction \
self_trade_prevention margin_mode position_side reduce_only source trigger_price order_price profit_source \
profit_trigger profit_price loss_source loss_trigger loss_price callback_ppm callback_ticks activation_price slice_size \
price_limit interval_ms distance_ppm distance_ticks client_algo_id:32 tag:16 time_in_force profit_kind profit_ppm \
loss_ppm guard_callback_ppm guard_callback_ticks guard_activation_price guard_client_algo_id:32
command 56 AttachDetailedAlgo time_ms account session session_sequence instrument size reduce_only profit_source \
profit_trigger profit_price loss_source loss_trigger loss_price client_algo_id:32 tag:16 callback_ppm callback_ticks \
activation_price profit_kind profit_ppm loss_ppm together cost_stop
command 57 AmendDetailedAlgo time_ms account session session_sequence instrument algo_id new_size new_trigger_price \
new_order_price new_profit_trigger new_profit_price new_loss_trigger new_loss_price new_callback_ppm new_callback_ticks \
new_activation_price client_algo_id:32 request_id:32 new_source new_profit_source new_loss_source new_profit_kind \
new_profit_ppm new_loss_ppm new_cost_stop new_guard_callback_ppm new_guard_callback_ticks new_guard_activation_price
command 60 SetCurrencyPrice time_ms account session session_sequence currency price
command 61 DefineDiscountTier time_ms account session session_sequence currency tier amount_max rate_ppm
command 62 DefineBorrowTerms time_ms account session session_sequence currency limit_max initial_ppm maintenance_ppm \
penalty_ppm interest_free
command 63 SetAutoBorrow time_ms account session session_sequence enabled
command 64 AccrueInterest time_ms account session session_sequence currency rate hour_ms
command 65 ChangeLoan time_ms account session session_sequence currency amount
command 66 DefineMarginTier time_ms account session session_sequence instrument tier base_max quote_max initial_ppm \
maintenance_ppm
command 67 OpenPocket time_ms account session session_sequence instrument
command 70 SetFamilyLeverage time_ms account session session_sequence instrument position_side leverage
command 71 OpenCrossPocket time_ms account session session_sequence instrument currency
command 72 SetPocketLeverage time_ms account session session_sequence instrument margin_mode leverage
command 73 PlaceMarginOrder time_ms account session session_sequence instrument side order_type time_in_force post_only \
price size size_unit self_trade_prevention fixed_size clip_to_band client_order_id:32 tag:16 margin_currency reduce_only
event 1 CurrencyCreated sequence time_ms currency name:16 scale
event 2 AccountCreated sequence time_ms account kind master account_mode self_trade_prevention fee_tier
event 3 AccountConfigured sequence time_ms account account_mode self_trade_prevention fee_tier frozen
event 4 InstrumentListed sequence time_ms instrument instrument_id:32 instrument_type base quote settle price_scale \
tick_step size_scale lot_step size_min size_limit_max size_market_max amount_market_max band_ppm fee_group state
event 5 InstrumentStateChanged sequence time_ms instrument state
event 6 IndexPriceSet sequence time_ms instrument price buy_max sell_min
event 7 FeeTierDefined sequence time_ms fee_tier fee_group maker_rate_ppm taker_rate_ppm
event 8 Deposited sequence time_ms account currency ledger amount balance
event 9 Withdrawn sequence time_ms account currency ledger amount balance
event 10 Transferred sequence time_ms account currency amount from_ledger to_ledger to_account from_balance to_balance \
client_transfer_id:32
event 11 OrderPlaced sequence time_ms order_id account instrument side order_type time_in_force post_only price size \
size_unit self_trade_prevention client_order_id:32 tag:16
event 12 Filled sequence time_ms order_id account instrument side liquidity trade_id price size notional fee fee_currency \
order_filled order_notional size_left order_state base_balance quote_balance match_order_id
event 13 OrderRested sequence time_ms order_id account instrument side price size_left
event 14 OrderCanceled sequence time_ms order_id account instrument side price size_left rested reason
event 15 OrderAmended sequence time_ms order_id account instrument side old_price old_size_left new_price new_size \
new_size_left kept_priority request_id:32
event 16 CancelAllAfterSet sequence time_ms account trigger_time_ms tag:16
event 17 CandleImported sequence time_ms instrument open_time_ms open high low close volume quote_volume
event 18 WithdrawalHoldSet sequence time_ms account hold_id kind currency amount until_ms
event 19 AmendmentFailed sequence time_ms order_id account instrument rejection request_id:32
event 20 BalanceCorrected sequence time_ms account correction_id house_account currency ledger amount balance \
house_balance
event 30 FamilyDefined sequence time_ms family name:32 instrument_type settle fund_account
event 31 PositionTierDefined sequence time_ms family tier size_max maintenance_ppm initial_ppm leverage_max
event 32 ContractListed sequence time_ms instrument instrument_id:32 family base quote price_scale tick_step \
size_scale lot_step size_min size_limit_max size_market_max band_ppm fee_group state contract_value contract_scale \
multiplier expiry_ms
event 33 MarkPriceSet sequence time_ms instrument price buy_max sell_min
event 34 OrderMargined sequence time_ms order_id account instrument margin_mode position_side reduce_only leverage
event 35 PositionChanged sequence time_ms account instrument margin_mode position_side cause order_id price \
lots_changed lots average_ticks average_parts gained fee margin margin_moved life pnl fees funding penalty balance
event 36 LeverageSet sequence time_ms account instrument margin_mode position_side leverage
event 37 PositionModeSet sequence time_ms account position_mode
event 38 FundEndowed sequence time_ms family amount balance
event 39 MarginWarned sequence time_ms account instrument margin_mode position_side ratio_ppm
event 40 PositionTakenOver sequence time_ms account instrument margin_mode position_side lots price bankruptcy_price \
rest
event 41 FundChanged sequence time_ms family cause account amount balance peak
event 42 FundingSettled sequence time_ms instrument rate price
event 43 ContractDelivered sequence time_ms instrument price
event 50 AlgoPlaced sequence time_ms algo_id account parent_order_id instrument kind side size size_unit close_fraction \
self_trade_prevention margin_mode position_side reduce_only source trigger_price order_price profit_source \
profit_trigger profit_price loss_source loss_trigger loss_price callback_ppm callback_ticks activation_price slice_size \
price_limit interval_ms distance_ppm distance_ticks client_algo_id:32 tag:16
event 51 AlgoAmended sequence time_ms algo_id account instrument size trigger_price order_price profit_trigger \
profit_price loss_trigger loss_price callback_ppm callback_ticks activation_price request_id:32
event 52 AlgoActivated sequence time_ms algo_id account instrument size
event 53 AlgoFollowing sequence time_ms algo_id account instrument price
event 54 AlgoTriggered sequence time_ms algo_id account instrument leg price order_id size
event 55 AlgoEnded sequence time_ms algo_id account instrument algo_state cause rejection filled
event 56 ContractIndexSet sequence time_ms instrument price
event 57 AlgoDetailed sequence time_ms algo_id account instrument source profit_source loss_source time_in_force \
profit_kind profit_ppm loss_ppm together cost_stop guard_callback_ppm guard_callback_ticks guard_activation_price \
guard_client_algo_id:32
event 58 AlgoLinked sequence time_ms algo_id account instrument order_id size
event 60 LendingDeskOpened sequence time_ms account
event 61 CurrencyPriceSet sequence time_ms currency price
event 62 DiscountTierDefined sequence time_ms currency tier amount_max rate_ppm
event 63 BorrowTermsDefined sequence time_ms currency limit_max initial_ppm maintenance_ppm penalty_ppm interest_free
event 64 AutoBorrowSet sequence time_ms account enabled
event 65 InterestAccrued sequence time_ms account currency hour_ms liability rate amount balance desk_balance
event 66 AccountWarned sequence time_ms account ratio_ppm
event 67 CollateralTaken sequence time_ms account currency taken price debt_currency repaid debt_price balance \
debt_balance desk_balance desk_debt_balance
event 68 DebtCovered sequence time_ms account currency amount balance desk_balance
event 69 LoanChanged sequence time_ms account currency amount loan balance desk_balance
event 70 MarginTierDefined sequence time_ms instrument tier base_max quote_max initial_ppm maintenance_ppm
event 71 PocketOpened sequence time_ms account instrument pocket
event 80 FamilyLeverageSet sequence time_ms account family position_side leverage
event 81 CrossPocketOpened sequence time_ms account instrument currency pocket
event 82 PocketLeverageSet sequence time_ms account instrument margin_mode leverage
event 83 PocketTakenOver sequence time_ms account pocket instrument currency base quote amount balance \
desk_base_balance desk_quote_balance
event 84 OrderReduces sequence time_ms order_id account instrument
"""
WIDTHS: dict[Any, str] = {int: "", Text16: ":16", Text32: ":32"}


def test_the_stored_form_never_changes() -> None:
    """Journals of older versions are read with these layouts: a new meaning gets a new kind at the end."""
    told = []
    for family, codecs in (("command", COMMAND_CODECS), ("event", EVENT_CODECS)):
        for codec in codecs.values():
            fields = codec.record_type.__annotations__.items()
            words = [f"{name}{WIDTHS[annotation]}" for name, annotation in fields]
            told.append(" ".join([family, str(codec.kind), codec.record_type.__name__, *words]))
    assert told == STORED.strip().split("\n")
