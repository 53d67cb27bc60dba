/** The text of the page in the person's language; changing it changes the page where it stands. */
import { type Language, type TextKey, type TextValues, type Translate, translator } from '$lib/text/catalog';

class Text {
  language = $state<Language>('en');
  #translate = $state.raw<Translate>((key) => key);
  /** Whether the words of staff are wanted, too. */
  #withStaff = false;

  /** Load the words of staff beside those of everybody. */
  async useStaff(): Promise<void> {
    if (this.#withStaff) return;
    this.#withStaff = true;
    await this.use(this.language);
  }

  /** Load a language and write in it from then on. */
  async use(language: Language): Promise<void> {
    const translate = await translator(language, this.#withStaff);
    this.#translate = translate;
    this.language = language;
    document.documentElement.lang = language;
  }

  write(key: TextKey, values?: TextValues): string {
    return this.#translate(key, values);
  }
}

export const text = new Text();

/** The text of `key`, as a component writes it. */
export function t(key: TextKey, values?: TextValues): string {
  return text.write(key, values);
}

/** The text of a key that is made of a code; `otherwise` for a code that is new to the pages. */
export function said(key: string, otherwise: string): string {
  const found = text.write(key as TextKey);
  return found === key ? otherwise : found;
}
