/** What is drawn over and below candles. Numbers for drawing only; nothing here is money. */

import { movingAverage } from './candles';

export const INDICATORS = ['ma', 'ema', 'boll', 'rsi', 'macd'] as const;
export type Indicator = (typeof INDICATORS)[number];

/** A value for each candle; `null` where there are not enough before it. */
export type Course = (number | null)[];

export const AVERAGES = [7, 25, 99] as const;
export const EXPONENTIALS = [12, 26] as const;
export const BAND = { count: 20, width: 2 } as const;
export const STRENGTH_COUNT = 14;
const MACD_SIGNAL = 9;

export const isIndicator = (name: string): name is Indicator => (INDICATORS as readonly string[]).includes(name);

/** The exponential mean of `count` values, begun with the plain mean of the first `count`. */
export function exponentialAverage(values: readonly number[], count: number): Course {
  const weight = 2 / (count + 1);
  let mean = 0;
  return values.map((value, index) => {
    if (index < count) mean += value / count;
    else mean += (value - mean) * weight;
    return index + 1 < count ? null : mean;
  });
}

/** Bollinger bands: the mean of `count` values, and `width` standard deviations (of all of them) to both sides. */
export function bands(
  values: readonly number[],
  { count, width }: { count: number; width: number } = BAND,
): { upper: Course; middle: Course; lower: Course } {
  const middle = movingAverage(values, count);
  const spread = middle.map((mean, index) => {
    if (mean === null) return null;
    const part = values.slice(index + 1 - count, index + 1);
    return width * Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  });
  const beside = (way: 1 | -1): Course =>
    middle.map((mean, index) => (mean === null ? null : mean + way * (spread[index] ?? 0)));
  return { upper: beside(1), middle, lower: beside(-1) };
}

/** The relative strength index after Wilder, from 0 to 100; 50 where nothing moved. */
export function relativeStrength(values: readonly number[], count: number = STRENGTH_COUNT): Course {
  let gain = 0;
  let loss = 0;
  return values.map((value, index) => {
    if (index === 0) return null;
    const moved = value - (values[index - 1] ?? value);
    const [up, down] = [Math.max(moved, 0), Math.max(-moved, 0)];
    if (index <= count) {
      gain += up / count;
      loss += down / count;
    } else {
      gain += (up - gain) / count;
      loss += (down - loss) / count;
    }
    if (index < count) return null;
    return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  });
}

/** Convergence and divergence of two exponential means, its own mean, and how far it is from that. */
export function convergence(values: readonly number[]): { line: Course; signal: Course; histogram: Course } {
  const [fast, slow] = EXPONENTIALS.map((count) => exponentialAverage(values, count));
  const line = values.map((_, index) => difference(fast?.[index], slow?.[index]));
  const begin = line.findIndex((value) => value !== null);
  const known = begin < 0 ? [] : line.slice(begin).map((value) => value ?? 0);
  const signal: Course = [
    ...Array.from({ length: values.length - known.length }, () => null),
    ...exponentialAverage(known, MACD_SIGNAL),
  ];
  return { line, signal, histogram: line.map((value, index) => difference(value, signal[index])) };
}

function difference(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === null || a === undefined || b === null || b === undefined ? null : a - b;
}
