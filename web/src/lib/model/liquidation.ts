/** At which mark price a position would be liquidated that an order opens or changes. An estimate, like a fee before it is paid. */
import Big from 'big.js';

import { type Decimal, big, isDecimal, places } from './decimals';
import { type Side, valueOf } from './estimate';
import type { Instrument } from './instruments';

/** A step of the table of risk: up to so many contracts, this share of the value must be kept. */
export interface Tier {
  sizeMax: Decimal;
  maintenance: Decimal;
}

/** What is held already: signed contracts at their average price; zeros where there is nothing. */
export interface Held {
  size: Decimal;
  entry: Decimal;
  /** Of an isolated position. */
  margin: Decimal;
  /** At the mark price now; parts of the account's equity and of what it must keep. */
  pnl: Decimal;
  maintenance: Decimal;
}

export const NOTHING_HELD: Held = { size: '0', entry: '0', margin: '0', pnl: '0', maintenance: '0' };

export interface Backing {
  isIsolated: boolean;
  leverage: Decimal;
  /** Equity of the settlement currency outside isolated positions, and what all cross positions must keep of it. */
  equity: Decimal;
  maintenance: Decimal;
}

export interface Opening {
  side: Side;
  size: Decimal;
  price: Decimal;
  /** Share of the value that closing costs; nothing where it pays. */
  takerRate: Decimal;
}

/** The share that must be kept of `size` contracts: that of their tier, of the last one beyond all tiers. */
export function maintenanceRate(tiers: readonly Tier[], size: Big): Big {
  const found = tiers.find(({ sizeMax }) => size.lte(big(sizeMax))) ?? tiers.at(-1);
  return big(found?.maintenance ?? '0');
}

interface After {
  /** Signed contracts, their entry, and what was gained by those that were closed. */
  size: Big;
  entry: Big;
  closed: Big;
  gained: Big;
}

/**
 * The mark price at which equity is no more than what must be kept, everything else staying as it is. `''` where the
 * order leaves no position, where no price brings it to an end, or where something is not known.
 */
export function liquidationEstimate(
  instrument: Instrument,
  opening: Opening,
  held: Held,
  backing: Backing,
  tiers: readonly Tier[],
): Decimal {
  if (!isDecimal(opening.size) || !isDecimal(opening.price) || big(opening.price).lte(0) || tiers.length === 0)
    return '';
  const after = positionAfter(instrument, opening, held);
  if (after.size.eq(0)) return '';
  const taker = big(opening.takerRate);
  const rate = maintenanceRate(tiers, after.size.abs()).plus(taker.gt(0) ? taker : 0);
  const behind = backing.isIsolated
    ? isolatedMargin(instrument, opening, held, backing, after)
    : big(backing.equity)
        .minus(big(held.pnl))
        .minus(big(backing.maintenance).minus(big(held.maintenance)))
        .plus(after.gained);
  const price = lastPrice(instrument, after, rate, behind);
  return price?.gt(0) ? price.round(places(instrument.tick)).toFixed() : '';
}

function positionAfter(instrument: Instrument, { side, size, price }: Opening, held: Held): After {
  const had = big(held.size);
  const added = side === 'buy' ? big(size) : big(size).neg();
  const left = had.plus(added);
  const [at, entry] = [big(price), big(held.entry)];
  if (had.eq(0) || had.gt(0) === added.gt(0)) {
    const mean = instrument.isInverse
      ? left.div(added.div(at).plus(had.eq(0) ? 0 : had.div(entry)))
      : had.times(entry).plus(added.times(at)).div(left);
    return { size: left, entry: mean, closed: new Big(0), gained: new Big(0) };
  }
  const closed = had.abs().lt(added.abs()) ? had.abs() : added.abs();
  const isTurned = added.abs().gt(had.abs());
  return { size: left, entry: isTurned ? at : entry, closed, gained: gainOf(instrument, had.gt(0), closed, entry, at) };
}

function gainOf(instrument: Instrument, isLong: boolean, size: Big, from: Big, to: Big): Big {
  const moved = valueOf(instrument, size, to).minus(valueOf(instrument, size, from));
  // Values of inverse contracts fall while the price rises.
  return isLong === !instrument.isInverse ? moved : moved.neg();
}

function isolatedMargin(instrument: Instrument, opening: Opening, held: Held, backing: Backing, after: After): Big {
  const had = big(held.size).abs();
  const opened = big(opening.size).minus(after.closed);
  const leverage = big(backing.leverage);
  const kept = had.eq(0) ? new Big(0) : big(held.margin).times(had.minus(after.closed)).div(had);
  return leverage.eq(0) ? kept : kept.plus(valueOf(instrument, opened, big(opening.price)).div(leverage));
}

/** The price where profit and what stands behind it are what must be kept; `null` where there is none. */
function lastPrice(instrument: Instrument, { size, entry }: After, rate: Big, behind: Big): Big | null {
  const way = size.gt(0) ? 1 : -1;
  const unit = size.abs().times(instrument.contractValue);
  const [top, bottom] = instrument.isInverse
    ? [unit.times(rate.plus(way)), behind.plus(unit.div(entry).times(way))]
    : [unit.times(entry).times(way).minus(behind), unit.times(new Big(way).minus(rate))];
  return bottom.eq(0) ? null : top.div(bottom);
}
