/** How the exchange is: figures of the engine, and Security Funds. */
import { Remote } from '../remote.svelte';
import { desk } from './desk.svelte';

export interface Health {
  problem: string;
  figures: Record<string, number>;
  halted: { instrument_id: string; state: string }[];
  feeds: { index_id: string; state: string; sources: number; age_ms: number }[];
}

export interface Fund {
  instrument_type: string;
  family: string;
  currency: string;
  balance: string;
  peak: string;
  fall_percent: string;
  gained: string;
  lost: string;
  positions: number;
  alarm: 'normal' | 'warning' | 'adl';
}

export interface FundPast {
  hours: { time_ms: number; balance: string }[];
  moves: { time_ms: number; kind: string; amount: string; balance: string }[];
}

/** Two looks at the engine, and the seconds between them: rates follow from both. */
export interface Looked {
  now: Health;
  before: Health | null;
  seconds: number;
}

class EngineStore extends Remote<Looked> {
  #at = 0;

  reload(): Promise<void> {
    return this.load(async () => {
      const now = await desk.get<Health>('/house/health');
      const before = this.value?.now ?? null;
      const at = performance.now();
      const seconds = (at - this.#at) / 1_000;
      this.#at = at;
      return { now, before, seconds };
    });
  }
}

class FundsStore extends Remote<Fund[]> {
  readonly past = new Remote<FundPast>();

  reload(): Promise<void> {
    return this.load(() => desk.get<Fund[]>('/house/funds'));
  }

  look(fund: Fund): Promise<void> {
    this.past.clear();
    const family = encodeURIComponent(fund.family);
    return this.past.load(() => desk.get<FundPast>(`/house/funds/${fund.instrument_type}/${family}`));
  }
}

export const engine = new EngineStore();
export const funds = new FundsStore();
