/** Storms and fixed indices of a sandbox, as they are typed and as they go by. */
import { type Decimal, big, isDecimal } from './decimals';

export const MOODS = ['normal', 'calm', 'trend_up', 'trend_down', 'crash', 'thin', 'storm'] as const;
export type Mood = (typeof MOODS)[number];

export interface Storm {
  index: string;
  /** The share the index moves by. */
  move: Decimal;
  beginMs: number;
  endMs: number;
  /** When it has come back. */
  calmMs: number;
}

/** The storm in a row of `/sandbox/storm`. */
export function stormOf(row: Readonly<Record<string, string>>): Storm {
  return {
    index: row.instrument ?? '',
    move: row.move ?? '0',
    beginMs: Number(row.begin_ms ?? 0),
    endMs: Number(row.end_ms ?? 0),
    calmMs: Number(row.calm_ms ?? 0),
  };
}

/** Percent as typed (`-30`) as the share that is sent (`-0.3`); `null` when it is 0, no number or out of bounds. */
export function moveOf(percent: string): Decimal | null {
  if (!isDecimal(percent)) return null;
  const value = big(percent);
  if (value.eq(0) || value.lt(-90) || value.gt(300)) return null;
  return value.div(100).round(6).toFixed();
}

/** Where an index would stand after a move; `''` where it is not known. */
export function priceAfter(price: Decimal, move: Decimal | null): Decimal {
  if (!isDecimal(price) || move === null) return '';
  const digits = price.includes('.') ? price.length - price.indexOf('.') - 1 : 0;
  return big(price).times(big(move).plus(1)).toFixed(digits);
}

/** `QUIET` goes nowhere by itself: no storm blows there. */
export const canStorm = (index: string, fixed: ReadonlySet<string>): boolean =>
  !index.startsWith('QUIET-') && !fixed.has(index);
