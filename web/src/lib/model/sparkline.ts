/** A small line of prices, as the points of an SVG path. Only pixels are numbers. */
import type { Decimal } from './decimals';

/** The `d` of a path through `closes` in a box of `width` by `height`; `''` for fewer than two prices. */
export function sparkline(closes: readonly Decimal[], width: number, height: number): string {
  const values = closes.map(Number);
  if (values.length < 2) return '';
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const inset = 1;
  const points = values.map((value, index) => {
    const x = (index * width) / (values.length - 1);
    const y = range === 0 ? height / 2 : inset + (height - 2 * inset) * (1 - (value - low) / range);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${points.join('L')}`;
}
