/** What is known of a contract besides its trades: mark and index price, funding, open interest. */
import type { Instrument } from '$lib/model/instruments';
import { publicStream } from './exchange.svelte';

type Row = Record<string, string>;

export class ContractStore {
  mark = $state('');
  index = $state('');
  fundingRate = $state('');
  fundingTimeMs = $state(0);
  openInterest = $state('');
  /** The exchange's time when it was last heard, and when that was here: countdowns go on between. */
  #serverMs = $state(0);
  #heardMs = 0;
  readonly #leaves: (() => void)[];

  constructor(instrument: Instrument) {
    const { id, family, type } = instrument;
    this.#leaves = [
      this.#follow({ channel: 'mark-price', instId: id }, (row) => {
        this.mark = row.markPx ?? '';
        this.#serverMs = Number(row.ts);
        this.#heardMs = performance.now();
      }),
      this.#follow({ channel: 'index-tickers', instId: family }, (row) => (this.index = row.idxPx ?? '')),
      this.#follow({ channel: 'open-interest', instId: id }, (row) => (this.openInterest = row.oiCcy ?? '')),
    ];
    if (type !== 'SWAP') return;
    const takeFunding = (row: Row) => {
      this.fundingRate = row.fundingRate ?? '';
      this.fundingTimeMs = Number(row.fundingTime);
    };
    this.#leaves.push(this.#follow({ channel: 'funding-rate', instId: id }, takeFunding));
  }

  /** Milliseconds to the next funding, by the exchange's clock. */
  fundingLeftMs(nowMs: number): number {
    return this.#serverMs ? this.fundingTimeMs - this.#serverMs - (nowMs - this.#heardMs) : 0;
  }

  close(): void {
    for (const leave of this.#leaves) leave();
  }

  #follow(channel: Record<string, string>, take: (row: Row) => void): () => void {
    return publicStream.subscribe(channel, { onPush: ({ data }) => data.forEach((row) => take(row as Row)) });
  }
}
