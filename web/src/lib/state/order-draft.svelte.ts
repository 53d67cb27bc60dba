/** The order that is being written: what was typed, what follows from it, and what is wrong with it. */
import { big, isDecimal, stepped } from '$lib/model/decimals';
import { type Estimate, type Side, estimate } from '$lib/model/estimate';
import type { Instrument } from '$lib/model/instruments';
import { type Draft, type OrderKind, type Problem, positionSide, problems, sizeOfShare } from '$lib/model/order-form';
import {
  NO_TERMS,
  STOP_KINDS,
  type StopDraft,
  type StopKind,
  type StopProblem,
  type StopTerms,
  guardProblems,
  legsOf,
  stopProblems,
} from '$lib/model/stop-order';
import {
  NO_WORKED,
  WORKED_KINDS,
  type WorkedDraft,
  type WorkedKind,
  type WorkedProblem,
  type WorkedTerms,
  workedProblems,
} from '$lib/model/worked-order';
import { account } from './account.svelte';
import { accountConfig } from './account-config.svelte';
import type { BookStore } from './book.svelte';
import { Leverage } from './leverage.svelte';
import { RiskTiers, liquidationOf } from './liquidation.svelte';
import { MaxSize } from './max-size.svelte';
import { session } from './session.svelte';

/** Triggers, and the prices of the orders they place; '' is the market's. */
export type Guard = Pick<StopTerms, 'profit' | 'profitPrice' | 'loss' | 'lossPrice'>;

const NO_GUARD: Guard = { profit: '', profitPrice: '', loss: '', lossPrice: '' };

export type FormKind = OrderKind | StopKind | WorkedKind;

const isStop = (kind: FormKind): kind is StopKind => (STOP_KINDS as readonly string[]).includes(kind);
const isWorked = (kind: FormKind): kind is WorkedKind => (WORKED_KINDS as readonly string[]).includes(kind);

export class OrderDraft {
  readonly instrument: Instrument;
  readonly #book: BookStore;
  readonly maxSize = new MaxSize();
  readonly leverage: Leverage;
  readonly tiers = new RiskTiers();
  side = $state<Side>('buy');
  kind = $state<FormKind>('limit');
  price = $state('');
  size = $state('');
  share = $state(0);
  reduceOnly = $state(false);
  mode = $state<'cross' | 'isolated'>('cross');
  /** What an order that waits waits for. */
  terms = $state<StopTerms>({ ...NO_TERMS });
  /** How an order is worked off that is. */
  worked = $state<WorkedTerms>({ ...NO_WORKED });
  /** Take profit and stop loss that come with the order, where they are wanted. */
  isGuarded = $state(false);
  guard = $state<Guard>({ ...NO_GUARD });

  constructor(instrument: Instrument, book: BookStore) {
    this.instrument = instrument;
    this.#book = book;
    this.leverage = new Leverage(instrument.id);
  }

  get isContract(): boolean {
    return this.instrument.type !== 'SPOT';
  }

  /** The best price an order of this side would take. */
  get best(): string {
    return this.#book.best(this.side === 'buy' ? 'asks' : 'bids');
  }

  /** Whether the order waits for a price. */
  get isStop(): boolean {
    return isStop(this.kind);
  }

  /** Whether the order is worked off in parts, or follows the best price. */
  get isWorked(): boolean {
    return isWorked(this.kind);
  }

  /** Whether it is the exchange that will place orders for it. */
  get isAlgo(): boolean {
    return this.isStop || this.isWorked;
  }

  /** What an order is counted at: its own price, or the best one. */
  get reference(): string {
    if (this.isAlgo) return this.#algoPrices.find((price) => isDecimal(price)) ?? this.best;
    return this.kind === 'market' || !isDecimal(this.price) ? this.best : this.price;
  }

  get #algoPrices(): string[] {
    if (this.isWorked) return this.kind === 'chase' ? [] : [this.worked.limit];
    const { orderPrice, trigger, profitPrice, profit, lossPrice, loss, activation } = this.terms;
    if (this.kind === 'trigger') return [orderPrice, trigger];
    return this.kind === 'trailing' ? [activation] : [profitPrice, profit, lossPrice, loss];
  }

  /** Money to buy with, the currency to sell, or contracts; '' while it is not known. */
  get available(): string {
    const { instrument, side } = this;
    if (!session.isSignedIn) return '';
    if (this.isContract) return side === 'buy' ? this.maxSize.buy : this.maxSize.sell;
    return account.available(side === 'buy' ? instrument.quote : instrument.base);
  }

  get #common() {
    const { side, size, isContract } = this;
    const reduceOnly = isContract && this.reduceOnly;
    // Where there are two positions, their side says what closes.
    const isHedged = isContract && accountConfig.isHedged;
    return {
      side,
      size,
      reduceOnly: reduceOnly && !isHedged,
      tradeMode: isContract ? this.mode : ('cash' as const),
      positionSide: isHedged ? positionSide(side, reduceOnly) : '',
    };
  }

  /** The order, when it does not wait. */
  get draft(): Draft {
    const kind = isStop(this.kind) || isWorked(this.kind) ? 'limit' : this.kind;
    const legs = { ...NO_TERMS, ...this.guard };
    return { ...this.#common, kind, price: this.price, attached: this.isGuarded ? legsOf(legs) : null };
  }

  /** The order, when it waits; `null` when it does not. */
  get stopDraft(): StopDraft | null {
    return isStop(this.kind) ? { ...this.#common, kind: this.kind, terms: this.terms } : null;
  }

  /** The order, when it is worked off; `null` when it is not. */
  get workedDraft(): WorkedDraft | null {
    return isWorked(this.kind) ? { ...this.#common, kind: this.kind, terms: this.worked } : null;
  }

  get problems(): (Problem | StopProblem | WorkedProblem)[] {
    const { stopDraft, workedDraft, instrument } = this;
    if (stopDraft) return stopProblems(instrument, stopDraft, this.best);
    if (workedDraft) return workedProblems(instrument, workedDraft);
    const found = problems(instrument, this.draft, this.reduceOnly ? '' : this.available, this.best);
    return this.isGuarded ? [...found, ...guardProblems(instrument, this.side, this.reference, this.guard)] : found;
  }

  get estimate(): Estimate | null {
    if (!isDecimal(this.size) || !this.reference) return null;
    const levels = this.#book.levels(this.side === 'buy' ? 'asks' : 'bids');
    const limit = this.kind === 'market' ? '' : this.reference;
    // What only rests takes nothing, whatever its price.
    const taken = this.kind === 'post_only' ? [] : levels;
    // What waits is thought to be filled at the price it waits for; what is worked off, at its worst.
    const found = this.isAlgo ? [{ price: limit, size: this.size }] : taken;
    return estimate(this.instrument, this.side, this.size, limit, found, account.feesOf(this.instrument.type));
  }

  /** The margin a contract needs at its leverage, before fees; '' where it cannot be known. */
  get cost(): string {
    const value = this.estimate?.value;
    const leverage = this.leverage.of(this.mode);
    if (!this.isContract || !value || !isDecimal(leverage) || this.reduceOnly) return '';
    return big(value).div(leverage).toFixed();
  }

  /** About where the position would be liquidated that the order leaves; '' where it cannot be known or never would be. */
  get liquidation(): string {
    return this.isContract && this.size !== '' ? liquidationOf(this, this.tiers.value ?? []) : '';
  }

  /** Take a share of what is available, from 0 to 1. */
  takeShare(share: number): void {
    this.share = share;
    this.size = share === 0 ? '' : sizeOfShare(this.instrument, this.side, share, this.available, this.reference);
  }

  /** Take a price somebody pointed at: as what is waited for, or as the limit. */
  point(price: string): void {
    if (this.kind === 'trigger') this.terms.trigger = price;
    if (this.isWorked && this.kind !== 'chase') this.worked.limit = price;
    if (this.isAlgo) return;
    this.price = price;
    if (this.kind === 'market') this.kind = 'limit';
  }

  typeSize(size: string): void {
    this.size = size;
    this.share = 0;
  }

  /** One tick or one lot up or down. */
  step(field: 'price' | 'size', direction: 1 | -1): void {
    const step = field === 'price' ? this.instrument.tick : this.instrument.lot;
    const from = field === 'price' && !isDecimal(this.price) ? this.best : this[field];
    this[field] = stepped(from, step, direction);
  }

  clear(): void {
    this.size = '';
    this.share = 0;
    this.terms = { ...NO_TERMS, source: this.terms.source, isPercent: this.terms.isPercent };
    this.worked = { ...NO_WORKED, isPercent: this.worked.isPercent };
    this.guard = { ...NO_GUARD };
    this.isGuarded = false;
  }
}
