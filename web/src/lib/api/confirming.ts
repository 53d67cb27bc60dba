/** Acts that the account API wants confirmed first: "is it you?" is asked once, then the act is tried once more. */
import { RefusedError } from './errors';

/** The person closed the question instead of answering it; nothing was done. */
export class NotConfirmedError extends RefusedError {
  constructor(message: string) {
    super('not_confirmed', message, '', 403);
    this.name = 'NotConfirmedError';
  }
}

export class Confirming {
  readonly #ask: () => Promise<void>;
  #asked: Promise<void> | null = null;

  /** `ask` ends once the person confirmed, and raises `NotConfirmedError` when they would not. */
  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
  }

  /** What `act` answers. Raises what it raises, and `NotConfirmedError`. Acts that come together wait for one answer. */
  async run<Value>(act: () => Promise<Value>): Promise<Value> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof RefusedError && error.code === 'step_up_required')) throw error;
    }
    this.#asked ??= this.#ask().finally(() => (this.#asked = null));
    await this.#asked;
    return act();
  }
}
