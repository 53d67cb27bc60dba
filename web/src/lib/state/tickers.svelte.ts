/** Tickers: all of them now and then, those that are looked at as they change. */
import { SvelteMap } from 'svelte/reactivity';

import { type InstrumentType, type Ticker, tickerOf } from '$lib/model/instruments';
import { publicStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

const ALL_EVERY_MS = 15_000;
const TYPES: InstrumentType[] = ['SPOT', 'SWAP', 'FUTURES'];

class Tickers extends Remote<true> {
  readonly byId = new SvelteMap<string, Ticker>();
  readonly #watched = new Map<string, { leave: () => void; count: number }>();
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    if (this.#timer) return;
    void this.#loadAll();
    this.#timer = setInterval(() => void this.#loadAll(), ALL_EVERY_MS);
  }

  /** Hear of every change of `id` until the returned function is called. */
  watch(id: string): () => void {
    const known = this.#watched.get(id);
    if (known) known.count += 1;
    else this.#watched.set(id, { count: 1, leave: this.#follow(id) });
    return () => {
      const entry = this.#watched.get(id);
      if (!entry || --entry.count > 0) return;
      this.#watched.delete(id);
      entry.leave();
    };
  }

  /** Follow the channel of `id` anew. */
  askAgain(id: string): void {
    publicStream.resync({ channel: 'tickers', instId: id });
  }

  #follow(instId: string): () => void {
    return publicStream.subscribe(
      { channel: 'tickers', instId },
      { onPush: ({ data }) => data.forEach((row) => this.#take(row)) },
    );
  }

  #take(row: unknown): void {
    const ticker = tickerOf(row as Record<string, unknown>);
    const known = this.byId.get(ticker.id);
    if (!known || ticker.timeMs >= known.timeMs) this.byId.set(ticker.id, ticker);
  }

  async #loadAll(): Promise<void> {
    await this.load(async () => {
      const answers = await Promise.all(TYPES.map((instType) => v5.get('/api/v5/market/tickers', { instType })));
      answers.flat().forEach((row) => this.#take(row));
      return true;
    });
  }
}

export const tickers = new Tickers();
