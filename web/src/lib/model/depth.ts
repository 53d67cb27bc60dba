/** The depth of a book as two curves, for drawing: how much there is up to each price. */
import type { BookLevel } from './estimate';

export interface DepthPoint {
  price: number;
  /** Of all levels from the best to this one. */
  sum: number;
}

export interface Depth {
  /** From the best price outwards. */
  bids: DepthPoint[];
  asks: DepthPoint[];
  middle: number;
  /** The lowest and the highest price that is drawn: as far to both sides. */
  low: number;
  high: number;
  largest: number;
}

/** Both curves within `share` of the middle (0.01: one percent); `null` while a side is empty. */
export function depthOf(bids: readonly BookLevel[], asks: readonly BookLevel[], share: number): Depth | null {
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid || !ask) return null;
  const middle = (Number(bid.price) + Number(ask.price)) / 2;
  const [low, high] = [middle * (1 - share), middle * (1 + share)];
  const below = curve(bids, (price) => price >= low);
  const above = curve(asks, (price) => price <= high);
  const largest = Math.max(below.at(-1)?.sum ?? 0, above.at(-1)?.sum ?? 0);
  return { bids: below, asks: above, middle, low, high, largest };
}

function curve(levels: readonly BookLevel[], isShown: (price: number) => boolean): DepthPoint[] {
  const points: DepthPoint[] = [];
  let sum = 0;
  for (const level of levels) {
    const price = Number(level.price);
    if (!isShown(price)) break;
    sum += Number(level.size);
    points.push({ price, sum });
  }
  return points;
}

/** The outline of a side as steps in a box of `width` by `height`, closed at the bottom: the path of an SVG. */
export function depthPath(depth: Depth, side: 'bids' | 'asks', width: number, height: number): string {
  const points = depth[side];
  const [first] = points;
  if (!first || depth.largest === 0) return '';
  const x = (price: number) => (((price - depth.low) / (depth.high - depth.low)) * width).toFixed(1);
  const y = (sum: number) => (height - (sum / depth.largest) * height).toFixed(1);
  const steps = points.map(({ price, sum }) => `H${x(price)}V${y(sum)}`).join('');
  const end = side === 'bids' ? '0' : String(width);
  return `M${x(first.price)} ${height}${steps}H${end}V${height}Z`;
}

/** What lies between the middle and the point `x` pixels from the left; `null` where there is nothing. */
export function depthAt(depth: Depth, x: number, width: number): (DepthPoint & { side: 'bids' | 'asks' }) | null {
  const price = depth.low + (x / width) * (depth.high - depth.low);
  const side = price < depth.middle ? ('bids' as const) : ('asks' as const);
  const passed = depth[side].filter((point) => (side === 'bids' ? point.price >= price : point.price <= price));
  const last = passed.at(-1);
  return last ? { price, sum: last.sum, side } : null;
}
