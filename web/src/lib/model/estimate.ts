/** What an order is going to cost, by the book as it is now. Nothing here is promised: the exchange decides. */
import Big from 'big.js';

import { type Decimal, big, isDecimal } from './decimals';
import type { Instrument } from './instruments';

export type Side = 'buy' | 'sell';

export interface BookLevel {
  price: Decimal;
  size: Decimal;
}

export interface FeeRates {
  /** Shares of the value; positive is a fee, negative a rebate. */
  maker: Decimal;
  taker: Decimal;
}

export interface Estimate {
  /** What is filled at once, at which price on average, and how far that is from the best price, as a share. */
  filled: Decimal;
  averagePrice: Decimal;
  slippage: number | null;
  /** Whether the book holds too little for all of it. */
  isShort: boolean;
  /** Value of the whole order, what rests counted at its limit. */
  value: Decimal;
  fee: Decimal;
  feeCurrency: string;
}

/** The value of `size` at `price`, in the currency the instrument is settled in. */
export function valueOf(instrument: Instrument, size: Big, price: Big): Big {
  if (instrument.type === 'SPOT') return size.times(price);
  const held = size.times(instrument.contractValue);
  if (!instrument.isInverse) return held.times(price);
  return price.eq(0) ? new Big(0) : held.div(price);
}

/** The size that has `value` at `price`; the reverse of `valueOf`. */
export function sizeOf(instrument: Instrument, value: Big, price: Big): Big {
  if (price.eq(0)) return new Big(0);
  if (instrument.type === 'SPOT') return value.div(price);
  const held = instrument.isInverse ? value.times(price) : value.div(price);
  return held.div(instrument.contractValue);
}

/**
 * What becomes of an order of `size` at `limit` ('' for a market order) against `levels`, the best first.
 */
export function estimate(
  instrument: Instrument,
  side: Side,
  size: Decimal,
  limit: Decimal,
  levels: readonly BookLevel[],
  rates: FeeRates | null,
): Estimate {
  const wanted = big(size);
  let left = wanted;
  let taken = new Big(0);
  for (const level of levels) {
    if (left.lte(0) || (limit && !reaches(side, limit, level.price))) break;
    const part = left.lt(level.size) ? left : big(level.size);
    taken = taken.plus(valueOf(instrument, part, big(level.price)));
    left = left.minus(part);
  }
  const filled = wanted.minus(left);
  const resting = isDecimal(limit) ? valueOf(instrument, left, big(limit)) : new Big(0);
  const averagePrice = filled.gt(0) ? averageOf(instrument, filled, taken) : null;
  const best = levels[0]?.price;
  const { fee, feeCurrency } = feeOf(instrument, side, { taken, resting, filled, left }, rates);
  return {
    filled: filled.toFixed(),
    averagePrice: averagePrice?.toFixed() ?? '',
    slippage: averagePrice && best ? Number(averagePrice.div(best).minus(1).abs().toFixed(8)) : null,
    isShort: !limit && left.gt(0),
    value: taken.plus(resting).toFixed(),
    fee: fee?.toFixed() ?? '',
    feeCurrency,
  };
}

function reaches(side: Side, limit: Decimal, price: Decimal): boolean {
  return side === 'buy' ? big(price).lte(big(limit)) : big(price).gte(big(limit));
}

function averageOf(instrument: Instrument, filled: Big, value: Big): Big {
  const average = instrument.isInverse
    ? filled.times(instrument.contractValue).div(value)
    : value.div(filled.times(instrument.contractValue));
  return average.round(12);
}

function feeOf(
  instrument: Instrument,
  side: Side,
  parts: { taken: Big; resting: Big; filled: Big; left: Big },
  rates: FeeRates | null,
): { fee: Big | null; feeCurrency: string } {
  // Spot fees are taken from what is received.
  const inBase = instrument.type === 'SPOT' && side === 'buy';
  const feeCurrency = inBase ? instrument.base : instrument.settle;
  if (!rates) return { fee: null, feeCurrency };
  const [now, later] = inBase ? [parts.filled, parts.left] : [parts.taken, parts.resting];
  return { fee: now.times(big(rates.taker)).plus(later.times(big(rates.maker))), feeCurrency };
}
