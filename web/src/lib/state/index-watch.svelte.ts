/** One index, as it moves while somebody looks at it. */
import type { Decimal } from '$lib/model/decimals';
import { publicStream, v5 } from './exchange.svelte';

const KEPT = 240;

export class IndexWatch {
  price = $state<Decimal>('');
  /** What was heard since the beginning, the oldest first. */
  course = $state.raw<Decimal[]>([]);
  readonly #leave: () => void;

  constructor(index: string) {
    this.#leave = publicStream.subscribe(
      { channel: 'index-tickers', instId: index },
      { onPush: ({ data }) => data.forEach((row) => this.#take((row as Record<string, string>).idxPx ?? '')) },
    );
    void v5
      .get('/api/v5/market/index-tickers', { instId: index })
      .then(([row]) => this.price || this.#take((row as Record<string, string> | undefined)?.idxPx ?? ''))
      .catch(() => undefined);
  }

  close(): void {
    this.#leave();
  }

  #take(price: Decimal): void {
    if (!price) return;
    this.price = price;
    this.course = [...this.course.slice(-(KEPT - 1)), price];
  }
}
