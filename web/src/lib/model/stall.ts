/** Whether one channel has fallen silent while another goes on: a connection that lives says nothing about that. */
import { type Decimal, big, isDecimal } from './decimals';

/** What two channels say of one thing, and when by the exchange's clock. */
export interface Told {
  value: Decimal;
  timeMs: number;
}

/** Whether `one` says something else than `other`, which was told later. */
export function isBehind(one: Told, other: Told): boolean {
  if (!isDecimal(one.value) || !isDecimal(other.value)) return false;
  return one.timeMs < other.timeMs && !big(one.value).eq(big(other.value));
}

/** Becomes true when something was so for long enough, without a break. */
export class Persistence {
  readonly #afterMs: number;
  #sinceMs: number | null = null;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  judge(isSo: boolean, nowMs: number): boolean {
    if (!isSo) this.#sinceMs = null;
    else this.#sinceMs ??= nowMs;
    return this.#sinceMs !== null && nowMs - this.#sinceMs >= this.#afterMs;
  }
}
