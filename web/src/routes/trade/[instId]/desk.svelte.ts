/** What the panels of one instrument share: its stores, and what one panel tells the order form. */
import type { Instrument } from '$lib/model/instruments';
import type { Side } from '$lib/model/estimate';
import type { Shortcut } from '$lib/model/shortcuts';
import { BookStore } from '$lib/state/book.svelte';
import type { CandlesStore } from '$lib/state/candles.svelte';
import { ContractStore } from '$lib/state/contract.svelte';
import { DeskWatch } from '$lib/state/desk-watch.svelte';
import { TradesStore } from '$lib/state/trades.svelte';

export type Asked = Exclude<Shortcut, 'help' | 'search'>;

export class Desk {
  readonly instrument: Instrument;
  readonly book: BookStore;
  readonly trades: TradesStore;
  readonly contract: ContractStore | null;
  /** Those on the chart, while it shows any. */
  candles: CandlesStore | null = null;
  readonly #watch: DeskWatch;
  /** A price somebody pointed at, for the order form; counted, so that the same price can be pointed at twice. */
  pointed = $state<{ price: string; turn: number }>({ price: '', turn: 0 });
  side = $state<Side>('buy');
  /** The open order that is being changed, and the price it was moved to, if it was. */
  amended = $state<{ id: string; price: string } | null>(null);

  isHelpOpen = $state(false);
  /** What a key asked of another panel; counted, so that it can be asked twice. */
  asked = $state<{ what: Asked; turn: number } | null>(null);

  constructor(instrument: Instrument) {
    this.instrument = instrument;
    this.book = new BookStore(instrument);
    this.trades = new TradesStore(instrument.id);
    this.contract = instrument.type === 'SPOT' ? null : new ContractStore(instrument);
    this.#watch = new DeskWatch(instrument.id, this);
  }

  point(price: string): void {
    this.pointed = { price, turn: this.pointed.turn + 1 };
  }

  ask(what: Asked): void {
    if (what === 'buy' || what === 'sell') this.side = what;
    this.asked = { what, turn: (this.asked?.turn ?? 0) + 1 };
  }

  close(): void {
    this.#watch.close();
    this.book.close();
    this.trades.close();
    this.contract?.close();
  }
}
