/** What a person chose for this browser. Nothing of it is secret; all of it may be forgotten. */
import { type Language, bestLanguage, isLanguage } from '$lib/text/catalog';

export type Theme = 'system' | 'light' | 'dark';

const NAME = 'lonja';

interface Stored {
  theme: Theme;
  language: Language | '';
  favorites: string[];
  instrument: string;
  bar: string;
  indicators: string[];
  chart: 'candles' | 'depth';
  /** Balances as money to spend, or as margin of contracts. */
  assets: 'spot' | 'futures';
  /** Whether single keys do something in the terminal. */
  shortcuts: boolean;
  /** Whether somebody signed in here: then it is worth asking who. */
  wasSignedIn: boolean;
  /** Which demo account was traded with last, by name. */
  demo: string;
  /** Whether a member of staff signed in here, and which of a sandbox's ready ones, '' for another. */
  wasStaff: boolean;
  readyStaff: string;
  /** Of when the newest notice is that was looked at. */
  noticesSeenMs: number;
}

const DEFAULTS: Stored = {
  theme: 'system',
  language: '',
  favorites: [],
  instrument: 'BTC-USDT',
  bar: '15m',
  indicators: [],
  chart: 'candles',
  assets: 'spot',
  shortcuts: true,
  wasSignedIn: false,
  demo: '',
  wasStaff: false,
  readyStaff: '',
  noticesSeenMs: 0,
};

function read(): Stored {
  try {
    const stored = JSON.parse(localStorage.getItem(NAME) ?? '{}') as Partial<Stored>;
    const listOf = (found: unknown) => (Array.isArray(found) ? (found as string[]) : []);
    return { ...DEFAULTS, ...stored, favorites: listOf(stored.favorites), indicators: listOf(stored.indicators) };
  } catch {
    return DEFAULTS;
  }
}

class Settings {
  #stored = $state<Stored>(read());

  get<Name extends keyof Stored>(name: Name): Stored[Name] {
    return this.#stored[name];
  }

  set<Name extends keyof Stored>(name: Name, value: Stored[Name]): void {
    this.#stored[name] = value;
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#stored));
    } catch {
      // A browser that keeps nothing is obeyed all the same until it is closed.
    }
  }

  get language(): Language {
    const chosen = this.#stored.language;
    return isLanguage(chosen) ? chosen : bestLanguage(navigator.languages);
  }

  readonly favorites = $derived(new Set(this.#stored.favorites));

  toggleFavorite(id: string): void {
    const { favorites } = this.#stored;
    this.set('favorites', favorites.includes(id) ? favorites.filter((one) => one !== id) : [...favorites, id]);
  }
}

export const settings = new Settings();
