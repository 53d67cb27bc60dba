/** The answer to where money comes from, as it is typed and as it is sent. Amounts are cents of US dollars. */
import { type Decimal, isDecimal, places, scaled, trimmed, unscaled } from './decimals';

export interface Wallet {
  chain: string;
  address: string;
}

export interface OnChain {
  wallets: readonly Wallet[];
  transactions: readonly string[];
  protocol: string;
  entry: string;
  exit: string;
}

export interface Source {
  kind: string;
  description: string;
  amount_cents: number;
  country: string;
  on_chain?: OnChain;
}

/** A source with everything as it is typed: the amount in dollars, a transaction on each line. */
export interface TypedSource {
  kind: string;
  description: string;
  amount: Decimal;
  country: string;
  transactions: string;
  protocol: string;
  entry: string;
  exit: string;
}

export const CHAINS = ['ethereum', 'arbitrum', 'base', 'bsc', 'optimism', 'polygon', 'bitcoin'] as const;
/** Cents beyond this are refused by the exchange, and no number holds them exactly for much longer. */
const CENTS_MAX = 10n ** 15n;

export function emptySource(kind: string, country: string): TypedSource {
  return { kind, description: '', amount: '', country, transactions: '', protocol: '', entry: '', exit: '' };
}

/** Dollars as cents, `null` for what is no amount. */
export function centsOf(amount: Decimal): number | null {
  if (!isDecimal(amount) || places(trimmed(amount)) > 2) return null;
  const cents = scaled(amount, 2);
  return cents > 0n && cents <= CENTS_MAX ? Number(cents) : null;
}

/** What is sent, `null` while an amount is none. Earnings on chain name the wallets that were proved. */
export function sourceOf(typed: TypedSource, wallets: readonly Wallet[]): Source | null {
  const amount_cents = centsOf(typed.amount);
  if (amount_cents === null) return null;
  const { kind, country, protocol, entry, exit } = typed;
  const source = { kind, country, amount_cents, description: typed.description.trim() };
  if (kind !== 'defi') return source;
  const transactions = typed.transactions.split(/\s+/u).filter(Boolean);
  return { ...source, on_chain: { wallets, transactions, protocol, entry, exit } };
}

/** What was sent, to be changed again. */
export function typedOf({ kind, description, amount_cents, country, on_chain }: Source): TypedSource {
  const amount = trimmed(unscaled(BigInt(amount_cents), 2));
  const { transactions = [], protocol = '', entry = '', exit = '' } = on_chain ?? {};
  return { kind, description, amount, country, transactions: transactions.join('\n'), protocol, entry, exit };
}
