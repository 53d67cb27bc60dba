/** Balances and fee rates of the account that is signed in. */
import type { FeeRates } from '$lib/model/estimate';
import type { Instrument, InstrumentType } from '$lib/model/instruments';
import { privateStream, v5 } from './exchange.svelte';
import { Remote } from './remote.svelte';

/** What there is of a currency; money as text. */
export interface Balance {
  currency: string;
  equity: string;
  available: string;
  frozen: string;
  worthUsd: string;
  /** Of contracts that settle in it: profit at the mark price, what positions take and must keep, isolated ones apart. */
  pnl: string;
  isolated: string;
  initial: string;
  maintenance: string;
  ratio: string;
}

interface Detail {
  ccy: string;
  eq: string;
  availBal: string;
  availEq: string;
  frozenBal: string;
  eqUsd: string;
  upl: string;
  isoEq: string;
  imr: string;
  mmr: string;
  mgnRatio: string;
}

const balanceOf = (row: Detail): Balance => ({
  currency: row.ccy,
  equity: row.eq,
  available: row.availEq || row.availBal,
  frozen: row.frozenBal,
  worthUsd: row.eqUsd,
  pnl: row.upl,
  isolated: row.isoEq,
  initial: row.imr,
  maintenance: row.mmr,
  ratio: row.mgnRatio,
});

class Account extends Remote<Balance[]> {
  totalUsd = $state('');
  readonly #byCurrency = $derived(new Map((this.value ?? []).map((one) => [one.currency, one])));
  #fees = $state<Partial<Record<InstrumentType, FeeRates>>>({});
  #leave: (() => void) | null = null;

  /** Follow the account that is signed in. */
  start(): void {
    this.stop();
    this.#leave = privateStream.subscribe(
      { channel: 'account' },
      { onPush: ({ data }) => data.forEach((row) => this.#take(row as { totalEq: string; details: Detail[] })) },
    );
    void this.reload();
  }

  /** Forget everything about it. */
  stop(): void {
    this.#leave?.();
    this.#leave = null;
    this.#fees = {};
    this.clear();
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const [row] = await v5.getSigned('/api/v5/account/balance');
      const found = row as unknown as { totalEq: string; details: Detail[] };
      this.totalUsd = found.totalEq;
      return found.details.map(balanceOf);
    });
  }

  /** What may be spent of a currency: '' while nothing is known, '0' where there is none. */
  available(currency: string): string {
    if (this.value === null) return '';
    return this.#byCurrency.get(currency)?.available ?? '0';
  }

  /** What there is of a currency; `null` where there is none or nothing is known. */
  of(currency: string): Balance | null {
    return this.#byCurrency.get(currency) ?? null;
  }

  /** Fee rates for a type of instruments; `null` until they are known. */
  feesOf(type: InstrumentType): FeeRates | null {
    return this.#fees[type] ?? null;
  }

  /** Ask once for what the account pays where this instrument is traded. */
  async wantFees({ type, family }: Instrument): Promise<void> {
    if (this.#fees[type]) return;
    const query = { instType: type, ...(family ? { instFamily: family } : {}) };
    const [row] = await v5.getSigned('/api/v5/account/trade-fee', query);
    const rates = row as unknown as Record<string, string>;
    const first = (...names: string[]) => names.map((name) => rates[name] ?? '').find(Boolean) ?? '0';
    // The wire writes what is paid as negative.
    const paid = (rate: string) => (rate.startsWith('-') ? rate.slice(1) : `-${rate}`);
    this.#fees[type] = { maker: paid(first('maker', 'makerU')), taker: paid(first('taker', 'takerU')) };
  }

  #take(row: { totalEq: string; details: Detail[] }): void {
    const changed = new Map((this.value ?? []).map((one) => [one.currency, one]));
    for (const detail of row.details) changed.set(detail.ccy, balanceOf(detail));
    if (row.totalEq) this.totalUsd = row.totalEq;
    this.set([...changed.values()]);
  }
}

export const account = new Account();
