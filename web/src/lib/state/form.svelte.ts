/** A form under way: whether it is being sent, and what is wrong with it, each by its field. */
import { refusalCode, refusalText } from './refusal-texts';
import { t } from './text.svelte';

export type Problems<Field extends string> = Partial<Record<Field | 'form', string>>;

export class FormState<Field extends string> {
  isBusy = $state(false);
  problems = $state<Problems<Field>>({});
  readonly #fieldOf: Readonly<Record<string, Field>>;

  /** `fieldOf` names the field that a refusal is about, by its code; what is not there is said of the whole form. */
  constructor(fieldOf: Readonly<Record<string, Field>> = {}) {
    this.#fieldOf = fieldOf;
  }

  /** What is wrong with a field, `''` for nothing. */
  of(field: Field | 'form'): string {
    return this.problems[field] ?? '';
  }

  /** What was said of a field is no longer said: it is being put right. */
  clear(field: Field): void {
    this.problems = { ...this.problems, [field]: '', form: '' };
  }

  /** Do `act` unless something is missing; whether it was done. */
  async send(missing: Problems<Field>, act: () => Promise<unknown>): Promise<boolean> {
    this.problems = missing;
    if (Object.values(missing).some(Boolean) || this.isBusy) return false;
    this.isBusy = true;
    try {
      await act();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  fail(error: unknown): void {
    const field = this.#fieldOf[refusalCode(error)] ?? 'form';
    this.problems = { [field]: refusalText(error) } as Problems<Field>;
  }
}

/** Says of every empty field that it is needed. */
export function required<Field extends string>(values: Readonly<Partial<Record<Field, string>>>): Problems<Field> {
  const empty = Object.entries<string | undefined>(values).filter(([, value]) => !value?.trim());
  return Object.fromEntries(empty.map(([field]) => [field, t('verification.required')])) as Problems<Field>;
}
