/** Positions in contracts of the account that is signed in. What they are worth is the exchange's word. */
import { sign } from '$lib/model/decimals';
import {
  type Position,
  closingAllBody,
  closingBody,
  heldSize,
  marginBody,
  positionOf,
  protectingBody,
  reversingBodies,
} from '$lib/model/position';
import type { StopTerms } from '$lib/model/stop-order';
import { privateStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

type Row = Record<string, string>;

class Positions extends Remote<Position[]> {
  #leave: (() => void) | null = null;
  #isLost = false;
  #count = 0;

  /** Follow the account that is signed in. */
  start(): void {
    this.stop();
    this.#leave = privateStream.subscribe(
      { channel: 'positions', instType: 'ANY' },
      { onPush: ({ data }) => this.#take((data as Row[]).map(positionOf)), onCut: () => (this.#isLost = true) },
    );
    void this.reload();
  }

  /** Forget everything about it. */
  stop(): void {
    this.#leave?.();
    this.#leave = null;
    this.clear();
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const rows = (await v5.getSigned('/api/v5/account/positions')) as unknown as Row[];
      return rows.map(positionOf).filter((position) => sign(position.size) !== 0);
    });
  }

  /** Close `size` of it at `price`, `''` at the market. Raises `RefusedError`, as all of these do. */
  async close(position: Position, size: string, price: string): Promise<void> {
    if (price === '' && size === heldSize(position))
      await v5.post('/api/v5/trade/close-position', closingAllBody(position));
    else await v5.post('/api/v5/trade/order', closingBody(position, size, price, this.#name()));
  }

  /** Hold as much the other way. */
  async reverse(position: Position): Promise<void> {
    for (const body of reversingBodies(position, this.#name())) await v5.post('/api/v5/trade/order', body);
  }

  async protect(position: Position, legs: Pick<StopTerms, 'source' | 'profit' | 'loss'>): Promise<void> {
    await v5.post('/api/v5/trade/order-algo', protectingBody(position, legs, this.#name()));
  }

  async changeMargin(position: Position, change: 'add' | 'reduce', amount: string): Promise<void> {
    await v5.post('/api/v5/account/position/margin-balance', marginBody(position, change, amount));
  }

  #name(): string {
    return `web${Date.now().toString(36)}p${(this.#count++).toString(36)}`;
  }

  #take(changed: readonly Position[]): void {
    if (this.#isLost) {
      // What was closed meanwhile is told to nobody.
      this.#isLost = false;
      void this.reload();
    }
    const byId = new Map((this.value ?? []).map((position) => [position.id, position]));
    for (const position of changed) {
      if (sign(position.size) === 0) byId.delete(position.id);
      else byId.set(position.id, position);
    }
    this.set([...byId.values()]);
  }
}

export const positions = new Positions();
