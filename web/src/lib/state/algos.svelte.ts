/** Orders of the account that wait for a price. */
import type { Instrument } from '$lib/model/instruments';
import { type StopDraft, stopBody } from '$lib/model/stop-order';
import { type WorkedDraft, workedBody } from '$lib/model/worked-order';
import { ownBusinessStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Algo {
  id: string;
  instrumentId: string;
  side: 'buy' | 'sell';
  /** As the exchange calls it: `conditional`, `oco`, `trigger`, `move_order_stop`, `smart_iceberg` and so on. */
  kind: string;
  size: string;
  isWhole: boolean;
  trigger: string;
  orderPrice: string;
  profit: string;
  profitPrice: string;
  loss: string;
  lossPrice: string;
  callbackRatio: string;
  callbackSpread: string;
  activation: string;
  movingTrigger: string;
  /** What is worked off at a time, how often, and at what price at worst. */
  slice: string;
  seconds: string;
  limit: string;
  reduceOnly: boolean;
  createdMs: number;
}

type Row = Record<string, string>;

const algoOf = (row: Row): Algo => ({
  id: row.algoId ?? '',
  instrumentId: row.instId ?? '',
  side: row.side === 'sell' ? 'sell' : 'buy',
  kind: row.ordType ?? '',
  size: row.sz ?? '',
  isWhole: row.closeFraction === '1',
  trigger: row.triggerPx ?? '',
  orderPrice: row.ordPx ?? '',
  profit: row.tpTriggerPx ?? '',
  profitPrice: row.tpOrdPx ?? '',
  loss: row.slTriggerPx ?? '',
  lossPrice: row.slOrdPx ?? '',
  callbackRatio: row.callbackRatio ?? '',
  callbackSpread: row.callbackSpread ?? '',
  activation: row.activePx ?? '',
  movingTrigger: row.moveTriggerPx ?? '',
  slice: row.szLimit ?? '',
  seconds: row.timeInterval ?? '',
  limit: row.pxLimit ?? '',
  reduceOnly: row.reduceOnly === 'true',
  createdMs: Number(row.cTime),
});

/** Types are asked for one by one; only these two go together. */
const TYPES = ['conditional,oco', 'trigger', 'move_order_stop', 'chase', 'iceberg', 'twap', 'smart_iceberg'];
const CHANNELS = ['orders-algo', 'algo-advance'];
const WAITING = new Set(['live', 'pause', 'partially_effective']);
/** What the exchange cancels at once. */
const CANCELED_TOGETHER = 10;

class Algos extends Remote<Algo[]> {
  #leaves: (() => void)[] = [];
  #isLost = false;
  #count = 0;
  readonly #endedIds = new Set<string>();

  /** Follow the account that is signed in. */
  start(): void {
    this.stop();
    this.#leaves = CHANNELS.map((channel) =>
      ownBusinessStream.subscribe(
        { channel, instType: 'ANY' },
        { onPush: ({ data }) => this.#take(data as Row[]), onCut: () => (this.#isLost = true) },
      ),
    );
    void this.reload();
  }

  /** Forget everything about it. */
  stop(): void {
    for (const leave of this.#leaves) leave();
    this.#leaves = [];
    this.#endedIds.clear();
    this.clear();
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const path = '/api/v5/trade/orders-algo-pending';
      const answers = await Promise.all(TYPES.map((ordType) => v5.getSigned(path, { ordType })));
      const byId = new Map((answers.flat() as unknown as Row[]).map((row) => [row.algoId ?? '', algoOf(row)]));
      return newestFirst([...byId.values()].filter((algo) => !this.#endedIds.has(algo.id)));
    });
  }

  /** Place an order that waits. Raises `RefusedError` and `UnreachableError`. */
  async place(instrument: Instrument, draft: StopDraft): Promise<void> {
    await this.#send(stopBody(instrument, draft, this.#name()));
  }

  /** Place one that is worked off. The same. */
  async placeWorked(instrument: Instrument, draft: WorkedDraft): Promise<void> {
    await this.#send(workedBody(instrument, draft, this.#name()));
  }

  async cancel(some: readonly Algo[]): Promise<void> {
    for (let at = 0; at < some.length; at += CANCELED_TOGETHER) {
      const part = some.slice(at, at + CANCELED_TOGETHER);
      await v5.post(
        '/api/v5/trade/cancel-algos',
        part.map((algo) => ({ instId: algo.instrumentId, algoId: algo.id })),
      );
    }
  }

  #name(): string {
    return `web${Date.now().toString(36)}${(this.#count++).toString(36)}`;
  }

  async #send(body: Record<string, string>): Promise<void> {
    await v5.post('/api/v5/trade/order-algo', body);
  }

  #take(rows: readonly Row[]): void {
    if (this.#isLost) {
      this.#isLost = false;
      void this.reload();
    }
    const byId = new Map((this.value ?? []).map((algo) => [algo.id, algo]));
    for (const row of rows) {
      const algo = algoOf(row);
      if (WAITING.has(row.state ?? '')) byId.set(algo.id, algo);
      else {
        this.#endedIds.add(algo.id);
        byId.delete(algo.id);
      }
    }
    this.set(newestFirst([...byId.values()]));
  }
}

function newestFirst(algos: Algo[]): Algo[] {
  return algos.sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1));
}

export const algos = new Algos();
