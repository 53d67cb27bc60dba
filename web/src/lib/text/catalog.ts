/** Text by key, in the person's language. English is complete; what another language lacks would fail its test. */
import IntlMessageFormat from 'intl-messageformat';

import type en from './en';
import type staff from './en/staff.json';

export type Catalog = typeof en & { staff: typeof staff };
/** `part.name`, such as `trade.buy`. */
export type TextKey = {
  [Part in keyof Catalog & string]: `${Part}.${keyof Catalog[Part] & string}`;
}[keyof Catalog & string];
export type TextValues = Readonly<Record<string, string | number | Date>>;

export const LANGUAGES = { en: 'English', es: 'Español' } as const;
export type Language = keyof typeof LANGUAGES;

type Parts = Record<string, Record<string, string>>;

const LOADERS: Record<Language, () => Promise<{ default: Parts }>> = {
  en: () => import('./en'),
  es: () => import('./es'),
};
/** What only the pages of staff say; nobody else loads it. */
const STAFF_LOADERS: Record<Language, () => Promise<{ default: Record<string, string> }>> = {
  en: () => import('./en/staff.json'),
  es: () => import('./es/staff.json'),
};

/** What the exchange refuses, by its codes. Its own sentences are English; those with figures in them stay as they are. */
const REFUSAL_LOADERS: Partial<Record<Language, () => Promise<{ default: Record<string, string> }>>> = {
  es: () => import('./es/refusals.json'),
};

export function isLanguage(text: string): text is Language {
  return text in LANGUAGES;
}

/** The first of the person's languages that we speak. */
export function bestLanguage(wanted: readonly string[]): Language {
  const found = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage);
  return found ?? 'en';
}

export type Translate = (key: TextKey, values?: TextValues) => string;

/** How to write in `language`, with the words of staff where they are wanted; text is loaded when it is first wanted. */
export async function translator(language: Language, withStaff = false): Promise<Translate> {
  const [main, staff, refusals] = await Promise.all([
    LOADERS[language](),
    withStaff ? STAFF_LOADERS[language]() : null,
    REFUSAL_LOADERS[language]?.(),
  ]);
  const catalog: Parts = { ...main.default, staff: staff?.default ?? {}, refusals: refusals?.default ?? {} };
  const parsed = new Map<TextKey, IntlMessageFormat>();
  return (key, values) => {
    const [part = '', name = ''] = key.split('.');
    const message = catalog[part]?.[name] ?? key;
    if (!message.includes('{')) return message;
    let format = parsed.get(key);
    if (!format) parsed.set(key, (format = new IntlMessageFormat(message, language, undefined, { ignoreTag: true })));
    return String(format.format(values));
  };
}
