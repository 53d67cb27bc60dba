/** What is known of a contract besides its trades: mark and index price, funding, open interest. */
import { SvelteSet } from 'svelte/reactivity';

import type { Instrument } from '$lib/model/instruments';
import { publicStream } from './exchange.svelte';

type Row = Record<string, string>;
/** Prices that are told again and again, even when they are the same. */
export type Repeated = 'mark' | 'index';

export class ContractStore {
  mark = $state('');
  index = $state('');
  fundingRate = $state('');
  fundingTimeMs = $state(0);
  openInterest = $state('');
  /** The exchange's time when it was last heard, and when that was here: countdowns go on between. */
  #serverMs = $state(0);
  #heardMs = 0;
  /** When each was heard last, by the clock of this machine. */
  readonly heardMs = { mark: performance.now(), index: performance.now() };
  /** Those of which nothing was heard for longer than the exchange is ever silent about them. */
  readonly late = new SvelteSet<Repeated>();
  readonly #channels: Record<Repeated, Record<string, string>>;
  readonly #leaves: (() => void)[];

  constructor(instrument: Instrument) {
    const { id, family, type } = instrument;
    this.#channels = {
      mark: { channel: 'mark-price', instId: id },
      index: { channel: 'index-tickers', instId: family },
    };
    this.#leaves = [
      this.#follow(this.#channels.mark, (row) => {
        this.mark = row.markPx ?? '';
        this.#serverMs = Number(row.ts);
        this.#heardMs = performance.now();
        this.#hear('mark');
      }),
      this.#follow(this.#channels.index, (row) => {
        this.index = row.idxPx ?? '';
        this.#hear('index');
      }),
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

  /** Nothing was heard of it for too long: say so, and follow the channel anew. */
  askAgain(what: Repeated): void {
    this.late.add(what);
    publicStream.resync(this.#channels[what]);
  }

  close(): void {
    for (const leave of this.#leaves) leave();
  }

  #hear(what: Repeated): void {
    this.heardMs[what] = performance.now();
    this.late.delete(what);
  }

  #follow(channel: Record<string, string>, take: (row: Row) => void): () => void {
    return publicStream.subscribe(channel, { onPush: ({ data }) => data.forEach((row) => take(row as Row)) });
  }
}
