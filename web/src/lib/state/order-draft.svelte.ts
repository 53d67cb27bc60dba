/** The order that is being written: what was typed, what follows from it, and what is wrong with it. */
import { big, floorTo, isDecimal } from '$lib/model/decimals';
import { type Estimate, type Side, estimate } from '$lib/model/estimate';
import type { Instrument } from '$lib/model/instruments';
import { type Draft, type OrderKind, type Problem, problems, sizeOfShare } from '$lib/model/order-form';
import { account } from './account.svelte';
import type { BookStore } from './book.svelte';
import { MaxSize } from './max-size.svelte';
import { session } from './session.svelte';

export class OrderDraft {
  readonly instrument: Instrument;
  readonly #book: BookStore;
  readonly maxSize = new MaxSize();
  side = $state<Side>('buy');
  kind = $state<OrderKind>('limit');
  price = $state('');
  size = $state('');
  share = $state(0);
  reduceOnly = $state(false);
  mode = $state<'cross' | 'isolated'>('cross');

  constructor(instrument: Instrument, book: BookStore) {
    this.instrument = instrument;
    this.#book = book;
  }

  get isContract(): boolean {
    return this.instrument.type !== 'SPOT';
  }

  /** The best price an order of this side would take. */
  get best(): string {
    return this.#book.best(this.side === 'buy' ? 'asks' : 'bids');
  }

  /** What an order is counted at: its own price, or the best one. */
  get reference(): string {
    return this.kind === 'market' || !isDecimal(this.price) ? this.best : this.price;
  }

  /** Money to buy with, the currency to sell, or contracts; '' while it is not known. */
  get available(): string {
    const { instrument, side } = this;
    if (!session.isSignedIn) return '';
    if (this.isContract) return side === 'buy' ? this.maxSize.buy : this.maxSize.sell;
    return account.available(side === 'buy' ? instrument.quote : instrument.base);
  }

  get draft(): Draft {
    const { side, kind, price, size, reduceOnly, isContract } = this;
    return {
      side,
      kind,
      price,
      size,
      reduceOnly: isContract && reduceOnly,
      tradeMode: isContract ? this.mode : 'cash',
    };
  }

  get problems(): Problem[] {
    return problems(this.instrument, this.draft, this.reduceOnly ? '' : this.available, this.best);
  }

  get estimate(): Estimate | null {
    if (!isDecimal(this.size) || !this.reference) return null;
    const levels = this.#book.levels(this.side === 'buy' ? 'asks' : 'bids');
    const limit = this.kind === 'market' ? '' : this.reference;
    // What only rests takes nothing, whatever its price.
    const taken = this.kind === 'post_only' ? [] : levels;
    return estimate(this.instrument, this.side, this.size, limit, taken, account.feesOf(this.instrument.type));
  }

  /** Take a share of what is available, from 0 to 1. */
  takeShare(share: number): void {
    this.share = share;
    this.size = share === 0 ? '' : sizeOfShare(this.instrument, this.side, share, this.available, this.reference);
  }

  typeSize(size: string): void {
    this.size = size;
    this.share = 0;
  }

  /** One tick or one lot up or down. */
  step(field: 'price' | 'size', direction: 1 | -1): void {
    const step = field === 'price' ? this.instrument.tick : this.instrument.lot;
    const from = field === 'price' && !isDecimal(this.price) ? this.best : this[field];
    const next = big(from).plus(direction === 1 ? step : `-${step}`);
    this[field] = floorTo(next.lt(0) ? big('0') : next, step);
  }

  clear(): void {
    this.size = '';
    this.share = 0;
  }
}
