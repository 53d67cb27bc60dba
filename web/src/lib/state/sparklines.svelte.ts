/** The course of the last day of what is looked at, fetched a few at a time. */
import { SvelteMap } from 'svelte/reactivity';

import { v5 } from './exchange.svelte';

const AT_ONCE = 3;
/** So that they never use up what one address may ask, of which everything else on the page needs some. */
const PAUSE_MS = 250;
const GOOD_FOR_MS = 600_000;

class Sparklines {
  /** Closing prices of the last 24 hours, the oldest first. */
  readonly byId = new SvelteMap<string, string[]>();
  readonly #fetchedMs = new Map<string, number>();
  #waiting: string[] = [];
  #running = 0;

  want(id: string): void {
    const fetched = this.#fetchedMs.get(id);
    if (fetched !== undefined && performance.now() - fetched < GOOD_FOR_MS) return;
    this.#fetchedMs.set(id, performance.now());
    this.#waiting.push(id);
    void this.#next();
  }

  async #next(): Promise<void> {
    const id = this.#running < AT_ONCE ? this.#waiting.shift() : undefined;
    if (id === undefined) return;
    this.#running += 1;
    try {
      const rows = await v5.get('/api/v5/market/candles', { instId: id, bar: '1H', limit: 24 });
      const closes = (rows as unknown as string[][]).map((row) => row[4] ?? '').reverse();
      this.byId.set(id, closes);
    } catch {
      this.#fetchedMs.delete(id);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    this.#running -= 1;
    void this.#next();
  }
}

export const sparklines = new Sparklines();
