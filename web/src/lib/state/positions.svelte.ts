/** Positions in contracts of the account that is signed in. What they are worth is the exchange's word. */
import { sign } from '$lib/model/decimals';
import { privateStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Position {
  id: string;
  instrumentId: string;
  mode: string;
  side: string;
  size: string;
  entry: string;
  mark: string;
  liquidation: string;
  pnl: string;
  pnlRatio: string;
  marginRatio: string;
  currency: string;
  leverage: string;
  /** 1 to 5 lights: how soon it would be deleveraged. */
  adl: string;
}

type Row = Record<string, string>;

const positionOf = (row: Row): Position => ({
  id: row.posId ?? '',
  instrumentId: row.instId ?? '',
  mode: row.mgnMode ?? '',
  side: row.posSide ?? '',
  size: row.pos ?? '',
  entry: row.avgPx ?? '',
  mark: row.markPx ?? '',
  liquidation: row.liqPx ?? '',
  pnl: row.upl ?? '',
  pnlRatio: row.uplRatio ?? '',
  marginRatio: row.mgnRatio ?? '',
  currency: row.ccy ?? '',
  leverage: row.lever ?? '',
  adl: row.adl ?? '',
});

class Positions extends Remote<Position[]> {
  #leave: (() => void) | null = null;

  /** Follow the account that is signed in. */
  start(): void {
    this.stop();
    this.#leave = privateStream.subscribe(
      { channel: 'positions', instType: 'ANY' },
      { onPush: ({ data }) => this.#take((data as Row[]).map(positionOf)) },
    );
    void this.load(async () => {
      const rows = (await v5.getSigned('/api/v5/account/positions')) as unknown as Row[];
      return rows.map(positionOf).filter((position) => sign(position.size) !== 0);
    });
  }

  /** Forget everything about it. */
  stop(): void {
    this.#leave?.();
    this.#leave = null;
    this.clear();
  }

  #take(changed: readonly Position[]): void {
    const byId = new Map((this.value ?? []).map((position) => [position.id, position]));
    for (const position of changed) {
      if (sign(position.size) === 0) byId.delete(position.id);
      else byId.set(position.id, position);
    }
    this.set([...byId.values()]);
  }
}

export const positions = new Positions();
