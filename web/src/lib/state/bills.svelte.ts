/** What was booked on the account that is signed in, the newest first; older bookings when somebody asks for them. */
import { v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Bill {
  id: string;
  timeMs: number;
  type: string;
  instrumentId: string;
  currency: string;
  change: string;
  balance: string;
  fee: string;
  pnl: string;
}

type Row = Record<string, string>;

const PAGE = 100;

const billOf = (row: Row): Bill => ({
  id: row.billId ?? '',
  timeMs: Number(row.ts),
  type: row.type ?? '',
  instrumentId: row.instId ?? '',
  currency: row.ccy ?? '',
  change: row.balChg ?? '',
  balance: row.bal ?? '',
  fee: row.fee ?? '',
  pnl: row.pnl ?? '',
});

export class Bills extends Remote<Bill[]> {
  /** Whether there may be older ones. */
  hasOlder = $state(false);

  async reload(): Promise<void> {
    await this.load(() => this.#page());
  }

  async loadOlder(): Promise<void> {
    const known = this.value ?? [];
    await this.load(async () => [...known, ...(await this.#page(known.at(-1)?.id))]);
  }

  async #page(after = ''): Promise<Bill[]> {
    const query = { limit: String(PAGE), ...(after ? { after } : {}) };
    const rows = (await v5.getSigned('/api/v5/account/bills', query)) as unknown as Row[];
    this.hasOlder = rows.length === PAGE;
    return rows.map(billOf);
  }
}
