/** Notices that one channel of an instrument fell silent while others go on, says so, and asks for it again. */
import type { Ticker } from '$lib/model/instruments';
import { Persistence, isBehind } from '$lib/model/stall';
import type { BookStore } from './book.svelte';
import type { CandlesStore } from './candles.svelte';
import type { ContractStore, Repeated } from './contract.svelte';
import { links } from './exchange.svelte';
import { tickers } from './tickers.svelte';
import { t } from './text.svelte';
import type { TradesStore } from './trades.svelte';

const EVERY_MS = 1_000;
const LATE_AFTER_MS = 4_000;
/** Candles come once a second. */
const CANDLE_MS = 3_000;
/** Who does not answer is asked again after so long. */
const AGAIN_AFTER_MS = 5_000;

/** These are told again after so long where they have not changed: 10 and 60 seconds, by a clock that ticks once a second. */
const REPEATED_MS: Record<Repeated, number> = { mark: 11_500, index: 61_500 };

const CHANNELS = ['books', 'trades', 'candles', 'tickers', 'mark', 'index'] as const;
type Channel = (typeof CHANNELS)[number];

export interface Watched {
  readonly book: BookStore;
  readonly trades: TradesStore;
  readonly candles: CandlesStore | null;
  readonly contract: ContractStore | null;
}

export class DeskWatch {
  readonly #id: string;
  readonly #of: Watched;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #lateness = new Map<Channel, Persistence>();
  readonly #askedMs = new Map<Channel, number>();

  constructor(id: string, of: Watched) {
    this.#id = id;
    this.#of = of;
    this.#timer = setInterval(() => this.#look(performance.now()), EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const channel of CHANNELS) links.late.delete(channel);
  }

  #look(nowMs: number): void {
    this.#lookAtContract(nowMs);
    const ticker = tickers.byId.get(this.#id);
    if (!ticker) return;
    const { book, trades, candles } = this.#of;
    this.#judge('books', this.#isBookBehind(ticker), nowMs, (reason) => book.askAgain(reason));
    const [newest] = trades.value ?? [];
    const last = { value: ticker.last, timeMs: ticker.timeMs };
    const isTapeBehind = newest !== undefined && isBehind({ value: newest.price, timeMs: newest.timeMs }, last);
    this.#judge('trades', isTapeBehind, nowMs, (reason) => trades.askAgain(reason));
    const running = candles?.value?.at(-1);
    // A candle does not say when it was told.
    const isChartBehind =
      running !== undefined &&
      nowMs - (candles?.heardMs ?? nowMs) > CANDLE_MS &&
      isBehind({ value: running.close, timeMs: 0 }, last);
    this.#judge('candles', isChartBehind, nowMs, (reason) => candles?.askAgain(reason));
    this.#judge('tickers', this.#isTickerBehind(ticker), nowMs, () => tickers.askAgain(this.#id));
  }

  #lookAtContract(nowMs: number): void {
    const { contract } = this.#of;
    if (!contract) return;
    for (const what of ['mark', 'index'] as const) {
      const isSilent = nowMs - contract.heardMs[what] > REPEATED_MS[what];
      this.#judge(what, isSilent, nowMs, () => contract.askAgain(what));
    }
  }

  #isBookBehind({ bid, ask, timeMs }: Ticker): boolean {
    const { book } = this.#of;
    const isOld = (side: 'bids' | 'asks', value: string) =>
      isBehind({ value: book.best(side), timeMs: book.timeMs }, { value, timeMs });
    return isOld('bids', bid) || isOld('asks', ask);
  }

  #isTickerBehind({ bid, ask, timeMs }: Ticker): boolean {
    const { book } = this.#of;
    const isOld = (side: 'bids' | 'asks', value: string) =>
      isBehind({ value, timeMs }, { value: book.best(side), timeMs: book.timeMs });
    return isOld('bids', bid) || isOld('asks', ask);
  }

  #judge(channel: Channel, isOld: boolean, nowMs: number, askAgain: (reason: string) => void): void {
    const lateness = this.#lateness.get(channel) ?? new Persistence(LATE_AFTER_MS);
    this.#lateness.set(channel, lateness);
    // A connection that is cut or late says so itself.
    const isLate = lateness.judge(isOld && links.public === 'live' && links.business === 'live', nowMs);
    if (!isLate) {
      links.late.delete(channel);
      this.#askedMs.delete(channel);
      return;
    }
    links.late.add(channel);
    if (nowMs - (this.#askedMs.get(channel) ?? -AGAIN_AFTER_MS) < AGAIN_AFTER_MS) return;
    this.#askedMs.set(channel, nowMs);
    askAgain(t('common.channelLate'));
  }
}
