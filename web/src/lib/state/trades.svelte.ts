/** The last trades of one instrument, the newest first. */
import { publicStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Trade {
  id: string;
  price: string;
  size: string;
  side: string;
  timeMs: number;
}

const KEPT = 80;

interface Row {
  tradeId: string;
  px: string;
  sz: string;
  side: string;
  ts: string;
}

const tradeOf = (row: Row): Trade => ({
  id: row.tradeId,
  price: row.px,
  size: row.sz,
  side: row.side,
  timeMs: Number(row.ts),
});

export class TradesStore extends Remote<Trade[]> {
  readonly #instrumentId: string;
  readonly #leave: () => void;
  #isLost = false;

  constructor(instrumentId: string) {
    super();
    this.#instrumentId = instrumentId;
    this.#leave = publicStream.subscribe(
      { channel: 'trades', instId: instrumentId },
      { onPush: ({ data }) => this.#take(data as Row[]), onCut: () => (this.#isLost = true) },
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
    publicStream.resync({ channel: 'trades', instId: this.#instrumentId });
  }

  #fetch(): Promise<void> {
    return this.load(async () => {
      const rows = await v5.get('/api/v5/market/trades', { instId: this.#instrumentId, limit: KEPT });
      return merged((rows as Row[]).map(tradeOf), this.value ?? []);
    });
  }

  #take(rows: readonly Row[]): void {
    if (this.#isLost) {
      this.#isLost = false;
      void this.#fetch();
    }
    this.set(merged(rows.map(tradeOf), this.value ?? []));
  }
}

/** Both, each trade once, the newest first. */
function merged(some: readonly Trade[], others: readonly Trade[]): Trade[] {
  const byId = new Map([...others, ...some].map((trade) => [trade.id, trade]));
  return [...byId.values()].sort((a, b) => b.timeMs - a.timeMs || Number(b.id) - Number(a.id)).slice(0, KEPT);
}
