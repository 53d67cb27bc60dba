/** API keys of people: what a form for one lacks, how long a key lasts, and a passphrase that nobody guesses. */
import { readAddresses } from './network-address';

export const SCOPES = ['read', 'trade', 'withdraw'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiKey {
  api_key: string;
  label: string;
  permissions: readonly Scope[];
  networks: readonly string[];
  created_ms: number;
  last_used_ms: number;
  withdraw_from_ms: number;
  lapsed: boolean;
  lapses_ms: number;
  sub_account: string;
}

export interface KeyChoices {
  sub_accounts: readonly string[];
  keys_max: number;
  networks_max: number;
  unused_days_max: number;
  withdraw_wait_ms: number;
}

export interface KeyDraft {
  label: string;
  passphrase: string;
  scopes: readonly Scope[];
  addresses: string;
  subAccount: string;
}

export type DraftField = 'label' | 'passphrase' | 'addresses';
export type DraftProblem =
  'label' | 'passphrase' | 'addressForm' | 'addressHost' | 'addressMany' | 'addressMissing' | 'addressBook';
/** What is wrong with a field; `about` is the entry meant, where it is one of many. */
export type DraftProblems = Partial<Record<DraftField, { why: DraftProblem; about: string }>>;

const LABEL_LENGTH_MAX = 50;
const PASSPHRASE = /^[\x21-\x7e]{8,32}$/u;

/** What keeps a key from being made; `hasBook`: withdrawal addresses are listed. */
export function problemsOf(draft: KeyDraft, choices: KeyChoices, hasBook: boolean): DraftProblems {
  const found: DraftProblems = {};
  if (!isLabel(draft.label)) found.label = { why: 'label', about: '' };
  if (!PASSPHRASE.test(draft.passphrase)) found.passphrase = { why: 'passphrase', about: '' };
  const addresses = addressProblem(draft, choices.networks_max, hasBook);
  if (addresses) found.addresses = addresses;
  return found;
}

function addressProblem(
  { addresses, scopes }: Pick<KeyDraft, 'addresses' | 'scopes'>,
  countMax: number,
  hasBook: boolean,
): { why: DraftProblem; about: string } | null {
  const read = readAddresses(addresses, countMax);
  if (!read.isFine) {
    const why = { form: 'addressForm', host: 'addressHost', many: 'addressMany' } as const;
    return { why: why[read.why], about: read.wrong };
  }
  if (!scopes.includes('withdraw')) return null;
  if (read.networks.length === 0) return { why: 'addressMissing', about: '' };
  return hasBook ? null : { why: 'addressBook', about: '' };
}

/** What keeps a key from being changed. */
export function changeProblems(draft: Pick<KeyDraft, 'label' | 'addresses' | 'scopes'>, choices: KeyChoices) {
  const passphrase = '--------'; // is not changed
  return problemsOf({ ...draft, passphrase, subAccount: '' }, choices, true);
}

/** Whether the exchange takes `label`: short, and all of it shows. An empty one is taken, too. */
export function isLabel(label: string): boolean {
  return label.trim().length <= LABEL_LENGTH_MAX && !/\p{C}/u.test(label);
}

/** What a passphrase has of what it must: for marks beside the field. */
export function passphraseParts(passphrase: string): { name: 'length' | 'signs'; isThere: boolean }[] {
  return [
    { name: 'length', isThere: passphrase.length >= 8 && passphrase.length <= 32 },
    { name: 'signs', isThere: /^[\x21-\x7e]+$/u.test(passphrase) },
  ];
}

const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789-_';

/** A passphrase of 20 signs that no two eyes read differently. `random` fills an array, as `crypto.getRandomValues` does. */
export function newPassphrase(random: (bytes: Uint8Array) => void): string {
  let made = '';
  const bytes = new Uint8Array(64);
  // Bytes beyond the last whole round are thrown away, or some signs would come more often.
  const fair = 256 - (256 % SIGNS.length);
  while (made.length < 20) {
    random(bytes);
    for (const byte of bytes) if (byte < fair && made.length < 20) made += SIGNS[byte % SIGNS.length] ?? '';
  }
  return made;
}

export type KeyState = 'lapsed' | 'lapsing' | 'lasting';
const SOON_MS = 3 * 86_400_000;

/** How long a key lasts: `lapsing` when it ends unused within days. */
export function keyState(key: Pick<ApiKey, 'lapsed' | 'lapses_ms'>, nowMs: number): KeyState {
  if (key.lapsed) return 'lapsed';
  return key.lapses_ms > 0 && key.lapses_ms - nowMs < SOON_MS ? 'lapsing' : 'lasting';
}

/** Whether a key was ever used: one that was not is told to have been used when it was made. */
export function wasUsed(key: Pick<ApiKey, 'created_ms' | 'last_used_ms'>): boolean {
  return key.last_used_ms > key.created_ms;
}
