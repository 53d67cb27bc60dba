/** What the panels of one instrument share: its stores, and what one panel tells the order form. */
import type { Instrument } from '$lib/model/instruments';
import type { Side } from '$lib/model/estimate';
import { BookStore } from '$lib/state/book.svelte';
import { ContractStore } from '$lib/state/contract.svelte';
import { TradesStore } from '$lib/state/trades.svelte';

export class Desk {
  readonly instrument: Instrument;
  readonly book: BookStore;
  readonly trades: TradesStore;
  readonly contract: ContractStore | null;
  /** A price somebody pointed at, for the order form; counted, so that the same price can be pointed at twice. */
  pointed = $state<{ price: string; turn: number }>({ price: '', turn: 0 });
  side = $state<Side>('buy');

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.book = new BookStore(instrument);
    this.trades = new TradesStore(instrument.id);
    this.contract = instrument.type === 'SPOT' ? null : new ContractStore(instrument);
  }

  point(price: string): void {
    this.pointed = { price, turn: this.pointed.turn + 1 };
  }

  close(): void {
    this.book.close();
    this.trades.close();
    this.contract?.close();
  }
}
