/** The bench of a sandbox: its clock, its markets, what goes wrong in it and what it writes to people. */
import { RefusedError } from '$lib/api/errors';
import type { TradingKey } from '$lib/api/signing';
import { type ClockRow, clockNow, clockOf } from '$lib/model/bench-clock';
import type { FaultRow } from '$lib/model/fault-rule';
import { type Message, messageOf as mailOf } from '$lib/model/messages';
import { type Storm, stormOf } from '$lib/model/weather';
import { sandboxApi, v5 } from './exchange.svelte';
import { Remote, messageOf } from './remote.svelte';

const CLOCK_MS = 1_000;
const MOVING_MS = 300;
/** The rest is asked for every so many times that the clock is. */
const REST_TURNS = 3;
const SHOWN_MS = 100;
const MESSAGES = 40;

export interface BenchBalance {
  currency: string;
  ledger: 'trading' | 'funding';
  cash: string;
  available: string;
}

export interface BenchAccount {
  name: string;
  uid: string;
  master: string;
  balances: BenchBalance[];
}

export interface Faults {
  seed: string;
  rules: FaultRow[];
}

type Row = Record<string, string>;

class Bench {
  /** Whether there is a bench: only a sandbox has one, and only for those it lets near. */
  access = $state<'asking' | 'open' | 'closed' | 'unreachable'>('asking');
  /** Why it is closed, in the exchange's words. */
  reason = $state('');
  readonly clock = new Remote<ClockRow>();
  readonly moods = new Remote<Row[]>();
  readonly storms = new Remote<Storm[]>();
  /** Prices of indices that are fixed. */
  readonly fixed = new Remote<Map<string, string>>();
  readonly faults = new Remote<Faults>();
  readonly messages = new Remote<Message[]>();
  readonly accounts = new Remote<BenchAccount[]>();
  /** Names of all indices, those in USDT first. */
  readonly indices = new Remote<string[]>();
  /** Exchange time as it passes, between two answers, too. */
  nowMs = $state(0);
  /** Where the leap that is under way began. */
  leapFromMs = $state(0);

  #heardMs = 0;
  #turn = 0;
  #isRunning = false;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #shown: ReturnType<typeof setInterval> | undefined;

  /** Ask whether there is one and follow it until the returned function is called. */
  start(): () => void {
    this.#isRunning = true;
    this.#turn = 0;
    void this.#go();
    this.#shown = setInterval(() => this.#tick(), SHOWN_MS);
    return () => {
      this.#isRunning = false;
      clearTimeout(this.#poll);
      clearInterval(this.#shown);
    };
  }

  retry(): void {
    this.access = 'asking';
    void this.#go();
  }

  /** The key of an account. Raises `RefusedError` for one that people opened themselves. */
  async keyOf(account: string): Promise<TradingKey> {
    return (await sandboxApi.account(account)).key;
  }

  async setSpeed(speed: string): Promise<void> {
    this.#takeClock(await sandboxApi.send<Row>('POST', '/clock', { speed }));
  }

  /** Move on; answered at once, and the clock is on its way until it says otherwise. */
  async leap(stepMs: number): Promise<void> {
    const fromMs = this.nowMs;
    this.#takeClock(await sandboxApi.send<Row>('POST', '/clock', { step_ms: String(stepMs), wait: 'false' }));
    this.leapFromMs = fromMs;
    this.#again(MOVING_MS);
  }

  async setMood(mood: string, instrument: string, durationMs: number): Promise<void> {
    const body = { mood, ...(instrument && { instrument }), ...(durationMs && { duration_ms: String(durationMs) }) };
    this.moods.set(await sandboxApi.send<Row>('POST', '/flow', body));
  }

  async beginStorm(instrument: string, move: string, seconds: string, recoverSeconds: string): Promise<void> {
    const body = { instrument, move, seconds, recover_seconds: recoverSeconds };
    this.storms.set((await sandboxApi.send<Row>('POST', '/storm', body)).map(stormOf));
    void this.#loadRest();
  }

  /** Fix an index, or with `''` let it follow its feed again. */
  async setIndex(instrument: string, price: string): Promise<void> {
    this.fixed.set(fixedOf(await sandboxApi.send<Row>('POST', '/index', { instrument, price })));
  }

  async addFault(body: Readonly<Record<string, string>>): Promise<string> {
    const [made] = await sandboxApi.send<Row>('POST', '/faults', body);
    await this.#loadFaults();
    return made?.rule ?? '';
  }

  /** End one rule, or with `''` all of them. */
  async removeFault(rule: string): Promise<void> {
    const rows = await sandboxApi.send<Faults>('DELETE', '/faults', rule ? { rule } : {});
    this.faults.set(rows[0] ?? { seed: '', rules: [] });
  }

  async addMoney(account: string, currency: string, amount: string, ledger: string): Promise<void> {
    await sandboxApi.send('POST', '/accounts/fund', { account, currency, amount, ledger });
    await this.#loadAccounts();
  }

  /** One more account; answers its name. */
  async makeAccount(name: string): Promise<string> {
    const made = await sandboxApi.makeAccount(name);
    await this.#loadAccounts();
    return made.name;
  }

  /** Press a key in the newest call to a number that waits for one. */
  async press(to: string, key: string): Promise<void> {
    await sandboxApi.send('POST', '/outbox/answer', { to, press: key });
    await this.loadMessages();
  }

  async reset(): Promise<void> {
    await sandboxApi.send('POST', '/reset');
    await this.#loadRest();
  }

  async loadMessages(): Promise<void> {
    await this.messages.load(async () => (await sandboxApi.messages({ limit: MESSAGES })).map(mailOf));
  }

  async #go(): Promise<void> {
    try {
      this.#takeClock(await sandboxApi.get<Row>('/clock'));
      this.access = 'open';
    } catch (error) {
      this.reason = messageOf(error);
      if (error instanceof RefusedError) this.access = 'closed';
      else if (this.access === 'open') this.clock.fail(this.reason);
      else this.access = 'unreachable';
    }
    if (this.access === 'open' && this.#turn === 0) void this.#loadIndices();
    if (this.access === 'open' && this.#turn % REST_TURNS === 0 && !document.hidden) void this.#loadRest();
    this.#turn += 1;
    if (this.access !== 'closed') this.#again(this.clock.value?.state === 'moving' ? MOVING_MS : CLOCK_MS);
  }

  #again(inMs: number): void {
    clearTimeout(this.#poll);
    if (this.#isRunning) this.#poll = setTimeout(() => void this.#go(), inMs);
  }

  #takeClock(rows: readonly Row[]): void {
    const [row] = rows;
    if (!row) return;
    const clock = clockOf(row);
    if (clock.state === 'moving' && this.clock.value?.state !== 'moving') this.leapFromMs = clock.nowMs;
    this.#heardMs = performance.now();
    this.clock.set(clock);
    this.#tick();
  }

  #tick(): void {
    const clock = this.clock.value;
    if (clock && this.clock.status === 'ready') this.nowMs = clockNow(clock, performance.now() - this.#heardMs);
  }

  async #loadRest(): Promise<void> {
    await Promise.all([
      this.moods.load(() => sandboxApi.get<Row>('/flow')),
      this.storms.load(async () => (await sandboxApi.get<Row>('/storm')).map(stormOf)),
      this.fixed.load(async () => fixedOf(await sandboxApi.get<Row>('/index'))),
      this.#loadFaults(),
      this.#loadAccounts(),
      this.loadMessages(),
    ]);
  }

  async #loadFaults(): Promise<void> {
    await this.faults.load(async () => (await sandboxApi.get<Faults>('/faults'))[0] ?? { seed: '', rules: [] });
  }

  async #loadAccounts(): Promise<void> {
    await this.accounts.load(() => sandboxApi.get<BenchAccount>('/accounts'));
  }

  async #loadIndices(): Promise<void> {
    await this.indices.load(async () => {
      const asked = ['USDT', 'USD'].map((quoteCcy) => v5.get('/api/v5/market/index-tickers', { quoteCcy }));
      return (await Promise.all(asked)).flat().map((row) => String((row as Row).instId));
    });
  }
}

const fixedOf = (rows: readonly Row[]): Map<string, string> =>
  new Map(rows.map((row) => [row.instrument ?? '', row.price ?? '']));

export const bench = new Bench();
