/** Orders and fills of the account that is signed in, and what is done with orders. */
import { orderBody, type Draft } from '$lib/model/order-form';
import type { Instrument } from '$lib/model/instruments';
import { PAGE } from '$lib/model/pages';
import { links, privateStream, v5 } from './exchange.svelte';
import { Paged } from './paged.svelte';
import { Remote } from './remote.svelte';
import { t } from './text.svelte';
import { toasts } from './toasts.svelte';

export interface Order {
  id: string;
  instrumentId: string;
  type: string;
  side: 'buy' | 'sell';
  kind: string;
  price: string;
  size: string;
  filled: string;
  averagePrice: string;
  state: string;
  createdMs: number;
  updatedMs: number;
  reduceOnly: boolean;
  /** What is placed when it is filled. */
  guard: { profit: string; profitPrice: string; loss: string; lossPrice: string };
}

export interface Fill {
  id: string;
  orderId: string;
  instrumentId: string;
  side: 'buy' | 'sell';
  price: string;
  size: string;
  fee: string;
  feeCurrency: string;
  isMaker: boolean;
  timeMs: number;
}

type Row = Record<string, string>;
type OrderRow = Row & { attachAlgoOrds?: readonly Row[] };

const CHANNEL = { channel: 'orders', instType: 'ANY' };
const TYPES = ['SPOT', 'SWAP', 'FUTURES'];
const AGAIN_AFTER_MS = 250;
/** The stream tells of an order within milliseconds; where it does not, something is wrong with it. */
const TOLD_AFTER_MS = 3_000;
/** Categories of orders by which the exchange ends positions. */
const FORCED = new Set(['full_liquidation', 'partial_liquidation', 'adl']);
const ENDED = new Set(['filled', 'canceled', 'mmp_canceled']);

const guardOf = (row: Row) => ({
  profit: row.tpTriggerPx ?? '',
  profitPrice: row.tpOrdPx ?? '',
  loss: row.slTriggerPx ?? '',
  lossPrice: row.slOrdPx ?? '',
});

const orderOf = (row: OrderRow): Order => ({
  id: row.ordId ?? '',
  instrumentId: row.instId ?? '',
  type: row.instType ?? '',
  side: row.side === 'sell' ? 'sell' : 'buy',
  kind: row.ordType ?? '',
  price: row.px ?? '',
  size: row.sz ?? '',
  filled: row.accFillSz ?? '',
  averagePrice: row.avgPx ?? '',
  state: row.state ?? '',
  createdMs: Number(row.cTime),
  updatedMs: Number(row.uTime),
  reduceOnly: row.reduceOnly === 'true',
  guard: guardOf(row.attachAlgoOrds?.[0] ?? {}),
});

const fillOf = (row: Row): Fill => ({
  id: row.billId ?? '',
  orderId: row.ordId ?? '',
  instrumentId: row.instId ?? '',
  side: row.side === 'sell' ? 'sell' : 'buy',
  price: row.fillPx ?? '',
  size: row.fillSz ?? '',
  fee: row.fee ?? '',
  feeCurrency: row.feeCcy ?? '',
  isMaker: row.execType === 'M',
  timeMs: Number(row.ts),
});

class Orders {
  readonly open = new Remote<Order[]>();
  readonly ended = new Paged<Order>({
    newest: () => ofTypes('/api/v5/trade/orders-history', orderOf),
    older: (after) => ofTypes('/api/v5/trade/orders-history-archive', orderOf, after),
  });
  readonly fills = new Paged<Fill>({
    newest: async () => [(await signedRows('/api/v5/trade/fills')).map(fillOf)],
    older: (after) => ofTypes('/api/v5/trade/fills-history', fillOf, after),
  });
  #leave: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLost = false;
  #count = 0;
  /** Told by the stream; an answer that was on its way meanwhile may still call them open. */
  readonly #endedIds = new Set<string>();
  readonly #toldIds = new Set<string>();

  /** Follow the account that is signed in. */
  start(): void {
    this.stop();
    this.#leave = privateStream.subscribe(CHANNEL, {
      onPush: ({ data }) => this.#take(data as OrderRow[]),
      onCut: () => (this.#isLost = true),
    });
    void this.reload();
  }

  /** Forget everything about it. */
  stop(): void {
    this.#leave?.();
    this.#leave = null;
    clearTimeout(this.#timer);
    this.#endedIds.clear();
    this.#toldIds.clear();
    links.late.delete('orders');
    for (const remote of [this.open, this.ended, this.fills]) remote.clear();
  }

  async reload(): Promise<void> {
    await Promise.all([
      this.open.load(async () => {
        const rows = (await signedRows('/api/v5/trade/orders-pending')).map(orderOf);
        return rows.filter((order) => !this.#endedIds.has(order.id));
      }),
      this.#reloadPast(),
    ]);
  }

  /** Place an order; tells its id. Raises `RefusedError` and `UnreachableError`. */
  async place(instrument: Instrument, draft: Draft): Promise<string> {
    const name = `web${Date.now().toString(36)}${(this.#count++).toString(36)}`;
    const [row] = await v5.post('/api/v5/trade/order', orderBody(instrument, draft, name));
    const id = (row as unknown as Row).ordId ?? '';
    this.#expect(id);
    return id;
  }

  /** Change price and or size of an open order. Raises `RefusedError`. */
  async amend(order: Order, price: string, size: string): Promise<void> {
    const body: Record<string, string> = { instId: order.instrumentId, ordId: order.id };
    if (price !== order.price) body.newPx = price;
    if (size !== order.size) body.newSz = size;
    await v5.post('/api/v5/trade/amend-order', body);
  }

  async cancel(order: Order): Promise<void> {
    await v5.post('/api/v5/trade/cancel-order', { instId: order.instrumentId, ordId: order.id });
  }

  /** Cancel all of `some`, twenty at a time, which is what the exchange takes at once. */
  async cancelAll(some: readonly Order[]): Promise<void> {
    for (let at = 0; at < some.length; at += 20) {
      const part = some.slice(at, at + 20).map((order) => ({ instId: order.instrumentId, ordId: order.id }));
      await v5.post('/api/v5/trade/cancel-batch-orders', part);
    }
  }

  /** What is not told of in time is asked for, and it is said that the stream is late. */
  #expect(id: string): void {
    const followed = this.#leave;
    setTimeout(() => {
      // Whoever signed in since is told of orders of their own.
      if (!id || this.#leave !== followed || this.#toldIds.has(id)) return;
      links.late.add('orders');
      privateStream.resync(CHANNEL);
      void this.reload();
    }, TOLD_AFTER_MS);
  }

  #take(rows: readonly OrderRow[]): void {
    for (const row of rows) this.#toldIds.add(row.ordId ?? '');
    links.late.delete('orders');
    if (this.#isLost) {
      this.#isLost = false;
      void this.reload();
    }
    rows.forEach(tellOfForce);
    const open = new Map((this.open.value ?? []).map((order) => [order.id, order]));
    for (const order of rows.map(orderOf)) {
      if (ENDED.has(order.state)) {
        this.#endedIds.add(order.id);
        open.delete(order.id);
      } else open.set(order.id, order);
    }
    this.open.set([...open.values()].sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1)));
    // What is past has its own order, fees included; it is asked for when things have calmed down.
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reloadPast(), AGAIN_AFTER_MS);
  }

  async #reloadPast(): Promise<void> {
    await Promise.all([this.ended.reload(), this.fills.reload()]);
  }
}

/** Orders that nobody of the account placed: it should not have to be found in a list. */
function tellOfForce(row: OrderRow): void {
  if (row.state !== 'filled' || !FORCED.has(row.category ?? '')) return;
  const detail = t('terminal.forcedDetail', {
    name: row.instId ?? '',
    size: row.accFillSz ?? '',
    price: row.avgPx ?? '',
  });
  toasts.show('bad', t(row.category === 'adl' ? 'terminal.deleveraged' : 'terminal.liquidated'), detail);
}

type Path =
  | '/api/v5/trade/orders-pending'
  | '/api/v5/trade/orders-history'
  | '/api/v5/trade/orders-history-archive'
  | '/api/v5/trade/fills'
  | '/api/v5/trade/fills-history';

async function signedRows(path: Path, query: Record<string, string> = {}): Promise<Row[]> {
  return (await v5.getSigned(path, query)) as unknown as Row[];
}

/** Rows of all types of instruments, which are told of one at a time; older ones than `after`, if it is not ''. */
function ofTypes<Item>(path: Path, itemOf: (row: Row) => Item, after = ''): Promise<Item[][]> {
  const older = after ? { after } : {};
  const asked = TYPES.map((instType) => signedRows(path, { instType, limit: String(PAGE), ...older }));
  return Promise.all(asked.map(async (rows) => (await rows).map(itemOf)));
}

export const orders = new Orders();
