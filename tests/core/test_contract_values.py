"""What contracts are worth, in words where numbers are small and at full width elsewhere, is what fractions say."""

from fractions import Fraction
from math import ceil, floor

from hypothesis import example, given
from hypothesis import strategies as st

from lonja.core.contracts import LOTS_MAX, ROOM, VALUE_MAX, Contract, Family
from lonja.core.positions import Position

SCALES = st.sampled_from((4, 10, 19, 20, 21, 30, 31, 32, 41, 42, 43, 60))
WORD_MAX = 2**63 - 1


@st.composite
def sizes(draw: st.DrawFn) -> int:
    """A number of any magnitude, often just below or above a power of two."""
    power = 1 << draw(SCALES)
    return draw(st.one_of(st.integers(1, power), st.integers(max(1, power - 2), power + 1)))


def contract(unit: int, divisor: int, *, inverse: bool) -> Contract:
    """A contract of a family that does not matter here."""
    return Contract(Family(0, b"", 2, 0, 2), inverse, unit, divisor, 0)


def value(made: Contract, price: int, lots: int) -> Fraction:
    """What ``lots`` are worth."""
    if made.inverse:
        return Fraction(lots * made.unit, price * made.divisor)
    return Fraction(price * lots * made.unit, made.divisor)


@given(sizes(), sizes(), st.booleans(), sizes(), sizes(), st.integers(-1_100_000, 1_100_000))
@example(1000, 1, False, 100_000, 100, 500)
@example(1000, 1, False, 1 << 42, 100, 500)
@example((1 << 40) - 1, (1 << 40) - 1, False, 1, 4, 1_100_000)
def test_values_and_fees(unit: int, divisor: int, inverse: bool, price: int, lots: int, rate_ppm: int) -> None:
    made = contract(unit, divisor, inverse=inverse)
    exact = value(made, price, lots)
    assert made.floor_value(price, lots) == floor(exact)
    assert made.ceil_value(price, lots) == ceil(exact)
    assert made.fee(price, lots, rate_ppm) == ceil(exact * rate_ppm / 1_000_000)


@given(sizes(), sizes(), st.booleans(), sizes(), sizes(), st.one_of(sizes(), st.just(WORD_MAX)))
@example(10, 1, False, 995, 40, WORD_MAX)
def test_how_much_sums_are_made_for(unit: int, divisor: int, inverse: bool, price: int, held: int, more: int) -> None:
    made = contract(unit, divisor, inverse=inverse)
    made.open_lots = held
    fits = held + more <= LOTS_MAX and value(made, price, held + more) <= VALUE_MAX
    assert made.bears(price, more) == (fits and not (inverse and (held + more) * price > VALUE_MAX))


@given(sizes(), sizes(), st.booleans(), sizes(), sizes(), st.one_of(sizes(), st.just(WORD_MAX)))
@example(10, 1, False, 995, 40, WORD_MAX)
def test_how_much_may_be_opened(unit: int, divisor: int, inverse: bool, price: int, held: int, more: int) -> None:
    made = contract(unit, divisor, inverse=inverse)
    made.open_lots = held
    lots = held + more
    now = value(made, price, lots)
    fits = lots <= LOTS_MAX and now * ROOM <= VALUE_MAX
    assert made.has_room(price, more) == (fits and not (inverse and lots * price * ROOM > VALUE_MAX))


@given(
    sizes(),
    sizes(),
    st.booleans(),
    st.lists(st.tuples(sizes(), sizes()), min_size=1, max_size=3),
    st.booleans(),
    sizes(),
    st.integers(0, 2),
)
@example(1000, 1, False, [(100_000, 100), (100_010, 7)], True, 99_000, 1)
@example(1000, 1, False, [(100_000, 100), (100_010, 7)], False, 99_000, 0)
@example(1, 1, False, [(1 << 50, 10)], True, 16, 0)
@example(1, 1, True, [(16, 10)], True, 16, 0)
def test_what_ending_lots_brings(
    unit: int, divisor: int, inverse: bool, bought: list[tuple[int, int]], is_long: bool, price: int, ended: int
) -> None:
    made = contract(unit, divisor, inverse=inverse)
    position = Position(1, 2, 0, made, 0, 0)
    for at, lots in bought:
        position.add(made, at, lots)
        position.lots += lots if is_long else -lots
    if ended and position.size() > 1:
        first = max(1, position.size() // 3)
        position.take(first)
        position.lots += -first if is_long else first
    size = int(position.size())
    lots = max(1, size // 2) if ended == 2 else size
    entry = Fraction(position.entry_num, position.entry_den) * lots / size
    weight = Fraction(lots, price) if inverse else Fraction(lots * price)
    gain = (entry - weight if inverse else weight - entry) * unit / divisor
    assert position.floor_gain(made, price, lots) == floor(gain if is_long else -gain)


@given(
    st.one_of(sizes(), st.integers(WORD_MAX, 2**80)),
    sizes(),
    st.integers(100, 100_000),
    st.integers(-1_000, 100_000),
    st.integers(0, 3),
)
@example(10**11, 5, 300, 200, 0)
@example(10**11, 5, 300, 200, 1)
@example(1 << 60, 5, 300, 200, 1)
@example(1 << 70, 5, 300, 200, 1)
def test_what_resting_orders_need(value_of_all: int, lots: int, leverage: int, rate_ppm: int, part: int) -> None:
    position = Position(1, 2, 0, contract(1, 1, inverse=False), 0, 0)
    position.leverage = leverage
    position.buy_lots, position.buy_value = lots, value_of_all
    position.lots = -(lots * part // 3)
    share = Fraction(lots + position.lots, lots)
    exact = value_of_all * share * (Fraction(100, leverage) + Fraction(max(rate_ppm, 0), 1_000_000))
    assert position.need(rate_ppm) == ceil(exact)
