/** Candles: what the wire tells, merged into one series in order of time. */
import type { Decimal } from './decimals';

export const BARS = ['1m', '3m', '5m', '15m', '30m', '1H', '2H', '4H', '6H', '12H', '1D', '1W', '1M'] as const;
export type Bar = (typeof BARS)[number];

export interface Candle {
  timeMs: number;
  open: Decimal;
  high: Decimal;
  low: Decimal;
  close: Decimal;
  /** In units of the base currency, or in contracts; `''` for prices that nobody trades. */
  volume: Decimal;
}

/** The candle in a row of the wire: time, open, high, low, close, volume, ... */
export function candleOf(row: readonly string[]): Candle {
  const [time = '0', open = '', high = '', low = '', close = '', volume = ''] = row;
  return { timeMs: Number(time), open, high, low, close, volume };
}

/** Both together in order of time; where both know a time, `newer` is right. */
export function merge(known: readonly Candle[], newer: readonly Candle[]): Candle[] {
  const last = known.at(-1);
  const [only] = newer;
  // What comes every second: the running candle, or the one after it.
  if (newer.length === 1 && only && last && only.timeMs >= last.timeMs) {
    return [...(only.timeMs === last.timeMs ? known.slice(0, -1) : known), only];
  }
  const byTime = new Map(known.map((candle) => [candle.timeMs, candle]));
  for (const candle of newer) byTime.set(candle.timeMs, candle);
  return [...byTime.values()].sort((a, b) => a.timeMs - b.timeMs);
}

/** Whether `candle` ends higher than it began, or as high. */
export function isUp(candle: Candle): boolean {
  return Number(candle.close) >= Number(candle.open);
}

/** The mean of the last `count` values for each value; nothing where there are not as many. For drawing only. */
export function movingAverage(values: readonly number[], count: number): (number | null)[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= count ? (values[index - count] ?? 0) : 0);
    return index + 1 < count ? null : sum / count;
  });
}
