/** Candles of one instrument and bar: history from REST, the running one from the stream. */
import { type Bar, type Candle, candleOf, merge } from '$lib/model/candles';
import { businessStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export type CandleKind = 'trades' | 'mark' | 'index';

const PAGE = 300;
const SOURCES = {
  trades: { channel: 'candle', recent: '/api/v5/market/candles', older: '/api/v5/market/history-candles' },
  mark: {
    channel: 'mark-price-candle',
    recent: '/api/v5/market/mark-price-candles',
    older: '/api/v5/market/history-mark-price-candles',
  },
  index: {
    channel: 'index-candle',
    recent: '/api/v5/market/index-candles',
    older: '/api/v5/market/history-index-candles',
  },
} as const;

export class CandlesStore extends Remote<Candle[]> {
  readonly #kind: CandleKind;
  readonly #instrumentId: string;
  readonly #bar: Bar;
  readonly #leave: () => void;
  /** When something was heard last, by the clock of this machine. */
  heardMs = performance.now();
  #isLost = false;
  #isOlderWanted = true;
  #isLoadingOlder = false;

  constructor(kind: CandleKind, instrumentId: string, bar: Bar) {
    super();
    this.#kind = kind;
    this.#instrumentId = instrumentId;
    this.#bar = bar;
    this.#leave = businessStream.subscribe(
      { channel: SOURCES[kind].channel + bar, instId: instrumentId },
      { onPush: ({ data }) => this.#take(data as string[][]), onCut: () => (this.#isLost = true) },
    );
    void this.#fetch();
  }

  close(): void {
    this.#leave();
  }

  /** Nothing was heard although there was something to tell: say so, and follow the channel anew. */
  askAgain(reason: string): void {
    this.#isLost = true;
    this.fail(reason);
    businessStream.resync({ channel: SOURCES[this.#kind].channel + this.#bar, instId: this.#instrumentId });
  }

  /** Fetch the page before the first candle; does nothing when there is none. */
  async loadOlder(): Promise<void> {
    const first = this.value?.[0];
    if (!first || this.#isLoadingOlder || !this.#isOlderWanted) return;
    this.#isLoadingOlder = true;
    try {
      const rows = await v5.get(SOURCES[this.#kind].older, {
        instId: this.#instrumentId,
        bar: this.#bar,
        after: first.timeMs,
        limit: 100,
      });
      this.#isOlderWanted = rows.length > 0;
      if (rows.length > 0) this.set(merge(this.value ?? [], candlesOf(rows)));
    } catch {
      this.#isOlderWanted = false;
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  #fetch(): Promise<void> {
    return this.load(async () => {
      const query = { instId: this.#instrumentId, bar: this.#bar, limit: PAGE };
      return merge(this.value ?? [], candlesOf(await v5.get(SOURCES[this.#kind].recent, query)));
    });
  }

  #take(rows: readonly string[][]): void {
    this.heardMs = performance.now();
    if (this.#isLost) {
      this.#isLost = false;
      void this.#fetch();
    }
    if (this.value) this.set(merge(this.value, candlesOf(rows)));
  }
}

function candlesOf(rows: readonly unknown[]): Candle[] {
  return (rows as string[][]).map(candleOf);
}
