/** The order book: levels kept in order, grouped to coarser prices, with running sums. Pure; integers inside. */
import { type Decimal, places, scaled, unscaled } from './decimals';

export type BookSide = 'bids' | 'asks';

/** A level on the wire: price, size, and two counts that are not needed here. */
export type WireLevel = readonly string[];

interface Level {
  price: bigint;
  size: bigint;
}

/** A line of the book as it is shown. `share` is the sum's part of the largest sum shown, for the depth bar. */
export interface BookRow {
  price: Decimal;
  size: Decimal;
  sum: Decimal;
  share: number;
}

export interface BookView {
  bids: BookRow[];
  asks: BookRow[];
  /** Between the best prices: absolute, and in millionths of the middle. */
  spread: Decimal;
  spreadPpm: number | null;
  middle: Decimal;
}

/** One instrument's book. */
export class Book {
  readonly #priceScale: number;
  readonly #sizeScale: number;
  #bids: Level[] = [];
  #asks: Level[] = [];

  constructor(tick: Decimal, lot: Decimal) {
    this.#priceScale = places(tick);
    this.#sizeScale = places(lot);
  }

  get isEmpty(): boolean {
    return this.#bids.length === 0 && this.#asks.length === 0;
  }

  /** Forget all levels and take these. */
  replace(bids: readonly WireLevel[], asks: readonly WireLevel[]): void {
    this.#bids = [];
    this.#asks = [];
    this.apply(bids, asks);
  }

  /** Take changed levels; a size of zero takes a level away. */
  apply(bids: readonly WireLevel[], asks: readonly WireLevel[]): void {
    for (const level of bids) this.#put(this.#bids, level, -1);
    for (const level of asks) this.#put(this.#asks, level, 1);
  }

  /** The best price of a side, `''` when it is empty. */
  best(side: BookSide): Decimal {
    const first = this.#of(side)[0];
    return first ? unscaled(first.price, this.#priceScale) : '';
  }

  /** All levels of a side, the best first, as decimals. */
  levels(side: BookSide): { price: Decimal; size: Decimal }[] {
    return this.#of(side).map(({ price, size }) => ({
      price: unscaled(price, this.#priceScale),
      size: unscaled(size, this.#sizeScale),
    }));
  }

  /** `rows` lines a side, prices brought together in steps of `step`: bids downwards, asks upwards. */
  view(step: Decimal, rows: number): BookView {
    const bids = this.#grouped('bids', step, rows);
    const asks = this.#grouped('asks', step, rows);
    const largest = [bids.at(-1)?.sum ?? 0n, asks.at(-1)?.sum ?? 0n].reduce((a, b) => (a > b ? a : b));
    const shown = (found: (Level & { sum: bigint })[]): BookRow[] =>
      found.map(({ price, size, sum }) => ({
        price: unscaled(price, this.#priceScale),
        size: unscaled(size, this.#sizeScale),
        sum: unscaled(sum, this.#sizeScale),
        share: largest === 0n ? 0 : Number((sum * 10_000n) / largest) / 10_000,
      }));
    return { bids: shown(bids), asks: shown(asks), ...this.#middle() };
  }

  #middle(): { spread: Decimal; spreadPpm: number | null; middle: Decimal } {
    const bid = this.#bids[0]?.price;
    const ask = this.#asks[0]?.price;
    if (bid === undefined || ask === undefined) return { spread: '', spreadPpm: null, middle: '' };
    return {
      spread: unscaled(ask - bid, this.#priceScale),
      spreadPpm: Number(((ask - bid) * 2_000_000n) / (ask + bid)),
      middle: unscaled((ask + bid) * 5n, this.#priceScale + 1),
    };
  }

  #of(side: BookSide): Level[] {
    return side === 'bids' ? this.#bids : this.#asks;
  }

  #grouped(side: BookSide, step: Decimal, rows: number): (Level & { sum: bigint })[] {
    const width = scaled(step, this.#priceScale) || 1n;
    const found: (Level & { sum: bigint })[] = [];
    let sum = 0n;
    for (const { price, size } of this.#of(side)) {
      const group = side === 'bids' ? price - (price % width) : price + ((width - (price % width)) % width);
      sum += size;
      const last = found.at(-1);
      if (last?.price === group) {
        last.size += size;
        last.sum = sum;
      } else if (found.length === rows) break;
      else found.push({ price: group, size, sum });
    }
    return found;
  }

  /** Keep `levels` in order: `direction` 1 upwards, -1 downwards. */
  #put(levels: Level[], wire: WireLevel, direction: 1 | -1): void {
    const price = scaled(wire[0] ?? '', this.#priceScale);
    const size = scaled(wire[1] ?? '', this.#sizeScale);
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = levels[middle]?.price ?? 0n;
      if (direction === 1 ? there < price : there > price) low = middle + 1;
      else high = middle;
    }
    const isThere = levels[low]?.price === price;
    if (size === 0n) levels.splice(low, isThere ? 1 : 0);
    else levels.splice(low, isThere ? 1 : 0, { price, size });
  }
}

/** Steps a book can be grouped by: the tick, and ten, fifty, a hundred ... times as much. */
export function groupings(tick: Decimal): Decimal[] {
  const scale = places(tick);
  return [1n, 10n, 50n, 100n, 500n, 1000n]
    .map((times) => unscaled(scaled(tick, scale) * times, scale))
    .map((text) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text));
}
