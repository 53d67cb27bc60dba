/** What was booked on the account that is signed in, the newest first; older bookings when somebody asks for them. */
import { PAGE } from '$lib/model/pages';
import { v5 } from './exchange.svelte';
import { Paged } from './paged.svelte';

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

async function rows(path: '/api/v5/account/bills' | '/api/v5/account/bills-archive', after = ''): Promise<Bill[][]> {
  const query = { limit: String(PAGE), ...(after ? { after } : {}) };
  return [((await v5.getSigned(path, query)) as unknown as Row[]).map(billOf)];
}

export class Bills extends Paged<Bill> {
  constructor() {
    super({
      newest: () => rows('/api/v5/account/bills'),
      older: (after) => rows('/api/v5/account/bills-archive', after),
    });
  }
}
