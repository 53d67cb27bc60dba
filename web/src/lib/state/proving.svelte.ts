/** Factors given one after another until none is missing: on the way back in, and when one of them is lost. */
import { type Factor, factorOf, methodsFor } from '$lib/model/recovery';
import { FactorChoice, type SentMethod } from './factor-choice.svelte';
import { refusalCode, refusalText } from './refusal-texts';
import { accountApi } from './exchange.svelte';
import { t } from './text.svelte';

export interface ProofStep {
  missing: readonly string[];
}

/** Codes of refusals after which it has to be begun again. */
const OVER: ReadonlySet<string> = new Set(['recovery_over', 'reset_over', 'sign_in_over']);

export abstract class Proving extends FactorChoice {
  /** The factors that were right so far. */
  given = $state.raw<readonly Factor[]>([]);
  protected token = '';
  readonly #path: string;
  readonly #name: string;

  /** `path` is where codes and factors go, `name` what the token is called there. */
  constructor(path: string, name: string) {
    super();
    this.#path = path;
    this.#name = name;
  }

  async giveFactor(answer: string): Promise<void> {
    const { method } = this;
    if (!method) return;
    await this.attempt(async () => {
      const form = { [this.#name]: this.token, method, answer };
      const step = await accountApi.send<ProofStep>('POST', `${this.#path}/factor`, form);
      this.given = [...this.given, factorOf(method)];
      await this.take(step.missing);
    });
  }

  /** Go on with what is still missing. */
  protected async take(missing: readonly string[]): Promise<void> {
    this.isBusy = false;
    this.factors = methodsFor(missing);
    const [first] = this.factors;
    if (first) await this.choose(first);
    else await this.complete();
  }

  /** Nothing is missing any more. */
  protected abstract complete(): Promise<void> | void;

  /** Begin again, saying why. */
  protected abstract startOver(notice: string): void;

  protected async askForCode(method: SentMethod): Promise<string> {
    const form = { [this.#name]: this.token, method };
    const told = await accountApi.send<{ sent_to?: string } | null>('POST', `${this.#path}/code`, form);
    return told?.sent_to ?? t('recovery.yourContact');
  }

  protected fail(error: unknown): void {
    const code = refusalCode(error);
    if (OVER.has(code)) this.startOver(t('recovery.refused_recovery_over'));
    else this.problem = code === 'factors_missing' ? t('recovery.refused_factors_missing') : refusalText(error);
  }

  protected forget(): void {
    this.token = '';
    this.given = [];
    this.forgetCodes();
  }
}
