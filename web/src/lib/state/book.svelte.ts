/** The order book of one instrument, drawn at most once a frame however often it changes. */
import { Book, type BookView } from '$lib/model/book';
import type { Instrument } from '$lib/model/instruments';
import { followBook } from '$lib/stream/book-feed';
import { publicStream } from './exchange.svelte';
import type { Loadable, RemoteStatus } from './remote.svelte';

const EMPTY: BookView = { bids: [], asks: [], spread: '', spreadPpm: null, middle: '' };

export class BookStore implements Loadable {
  status = $state<RemoteStatus>('loading');
  isStale = $state(false);
  message = $state('');
  /** Counts changes: what is derived from the levels reads it. */
  version = $state(0);
  /** When the exchange told the last change, by its clock. */
  timeMs = 0;
  readonly #book: Book;
  readonly #instrumentId: string;
  readonly #leave: () => void;
  #isFramed = false;

  constructor(instrument: Instrument) {
    this.#instrumentId = instrument.id;
    this.#book = new Book(instrument.tick, instrument.lot);
    this.#leave = followBook(publicStream, instrument.id, {
      onChange: ({ isSnapshot, bids, asks, timeMs }) => {
        this.timeMs = timeMs;
        if (isSnapshot) this.#book.replace(bids, asks);
        else this.#book.apply(bids, asks);
        this.#frame();
      },
      onStale: () => {
        this.isStale = true;
        this.message = '';
      },
    });
  }

  close(): void {
    this.#leave();
  }

  /** Nothing was heard although there was something to tell: say so, and ask for all of it again. */
  askAgain(reason: string): void {
    this.isStale = true;
    this.message = reason;
    publicStream.resync({ channel: 'books', instId: this.#instrumentId });
  }

  view(step: string, rows: number): BookView {
    return this.version === 0 ? EMPTY : this.#book.view(step, rows);
  }

  /** Levels that an order of this side takes from. */
  levels(side: 'bids' | 'asks'): { price: string; size: string }[] {
    return this.version === 0 ? [] : this.#book.levels(side);
  }

  best(side: 'bids' | 'asks'): string {
    return this.version === 0 ? '' : this.#book.best(side);
  }

  #frame(): void {
    if (this.#isFramed) return;
    this.#isFramed = true;
    requestAnimationFrame(() => {
      this.#isFramed = false;
      this.isStale = false;
      this.status = 'ready';
      this.version += 1;
    });
  }
}
