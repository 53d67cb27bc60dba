/** Something a person asks for: whether it is under way, and what was said against it. */
import type { TextKey } from '$lib/text/catalog';
import { refusalCode, refusalText } from './refusal-texts';
import { t } from './text.svelte';

export class Act {
  isBusy = $state(false);
  problem = $state('');
  /** The code of the refusal, '' for anything else that went wrong. */
  code = $state('');
  readonly #words: Readonly<Record<string, TextKey>>;

  /** `words` say a refusal, by its code, as this page would. */
  constructor(words: Readonly<Record<string, TextKey>> = {}) {
    this.#words = words;
  }

  /** Do it; whether it was done. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    this.isBusy = true;
    this.clear();
    try {
      await act();
      return true;
    } catch (error) {
      this.code = refusalCode(error);
      this.problem = this.#said(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  clear(): void {
    this.problem = this.code = '';
  }

  #said(error: unknown): string {
    if (error instanceof DOMException) return t('protect.passkeyNotMade');
    const key = this.#words[this.code];
    return key ? t(key) : refusalText(error);
  }
}
