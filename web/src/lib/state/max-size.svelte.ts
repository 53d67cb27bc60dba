/** How much of a contract may be bought or sold at most, by the exchange's word. */
import { v5 } from './exchange.svelte';

const AFTER_MS = 250;

export class MaxSize {
  buy = $state('');
  sell = $state('');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  /** Ask again, when the questions have calmed down. */
  want(instrumentId: string, tradeMode: string, price: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(instrumentId, tradeMode, price), AFTER_MS);
  }

  async #ask(instId: string, tdMode: string, price: string): Promise<void> {
    const asked = ++this.#asked;
    try {
      const query = { instId, tdMode, ...(price ? { px: price } : {}) };
      const [row] = await v5.getSigned('/api/v5/account/max-size', query);
      if (asked !== this.#asked) return;
      const { maxBuy, maxSell } = row as unknown as { maxBuy: string; maxSell: string };
      this.buy = maxBuy;
      this.sell = maxSell;
    } catch {
      this.buy = this.sell = '';
    }
  }
}
