/** Own fills as marks on a chart: one for each candle and side. */
import Big from 'big.js';

import type { Candle } from './candles';
import { type Decimal, big } from './decimals';
import type { Side } from './estimate';

export interface FillMark {
  timeMs: number;
  side: Side;
  size: Decimal;
  /** What was paid on average, to six digits beyond those of the fills. */
  price: Decimal;
}

interface OwnFill {
  timeMs: number;
  side: Side;
  price: Decimal;
  size: Decimal;
}

/** Marks in order of time; fills before the first candle have none. */
export function fillMarks(fills: readonly OwnFill[], candles: readonly Candle[]): FillMark[] {
  const groups = new Map<string, { timeMs: number; side: Side; size: Big; value: Big }>();
  for (const { timeMs, side, price, size } of fills) {
    const candle = candleAt(candles, timeMs);
    if (!candle) continue;
    const name = `${candle.timeMs} ${side}`;
    const group = groups.get(name) ?? { timeMs: candle.timeMs, side, size: new Big(0), value: new Big(0) };
    group.size = group.size.plus(big(size));
    group.value = group.value.plus(big(size).times(big(price)));
    groups.set(name, group);
  }
  return [...groups.values()]
    .filter(({ size }) => size.gt(0))
    .sort((a, b) => a.timeMs - b.timeMs || (a.side < b.side ? -1 : 1))
    .map(({ timeMs, side, size, value }) => ({
      timeMs,
      side,
      size: size.toFixed(),
      price: value.div(size).round(12).toFixed(),
    }));
}

/** The candle in which `timeMs` lies: the last that began before. */
function candleAt(candles: readonly Candle[], timeMs: number): Candle | undefined {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((candles[middle]?.timeMs ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return candles[low - 1];
}
