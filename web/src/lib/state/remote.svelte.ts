/** Something that is fetched: the four states that every panel shows. */
import { RefusedError, UnreachableError } from '$lib/api/errors';
import { said } from './text.svelte';

export type RemoteStatus = 'idle' | 'loading' | 'error' | 'ready';

/** What a panel reads: an error keeps the value of before, which is then old. */
export interface Loadable {
  readonly status: RemoteStatus;
  readonly message: string;
  readonly isStale: boolean;
}

export class Remote<Value> implements Loadable {
  status = $state<RemoteStatus>('idle');
  value = $state.raw<Value | null>(null);
  message = $state('');
  #asked = 0;

  get isStale(): boolean {
    return this.status === 'error' && this.value !== null;
  }

  /** Fetch it; an answer that is overtaken by a later question is dropped. */
  async load(fetchIt: () => Promise<Value>): Promise<void> {
    const asked = ++this.#asked;
    if (this.value === null) this.status = 'loading';
    try {
      const value = await fetchIt();
      if (asked === this.#asked) this.set(value);
    } catch (error) {
      if (asked === this.#asked) this.fail(messageOf(error));
    }
  }

  set(value: Value): void {
    this.value = value;
    this.message = '';
    this.status = 'ready';
  }

  fail(message: string): void {
    this.message = message;
    this.status = 'error';
  }

  clear(): void {
    this.#asked += 1;
    this.value = null;
    this.message = '';
    this.status = 'idle';
  }
}

/** A sentence about what went wrong; `''` where there is none to show. */
export function messageOf(error: unknown): string {
  if (error instanceof RefusedError) {
    return said(`refusals.${error.code}`, [error.message, error.remedy].filter(Boolean).join(' '));
  }
  if (error instanceof UnreachableError) return '';
  return error instanceof Error ? error.message : '';
}
