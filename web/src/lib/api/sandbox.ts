/** The sandbox's own controls; no other mode of the exchange has them. */
import { type Fetch, type Query, ask, withQuery } from './http';
import type { TradingKey } from './signing';
import { rowsOf } from './v5';

export interface DemoAccount {
  name: string;
  uid: string;
  key: TradingKey;
}

export class SandboxClient {
  readonly #fetch: Fetch;

  constructor(fetcher: Fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  /** Whether the exchange is a sandbox whose controls this page may use. */
  async isOpen(): Promise<boolean> {
    try {
      await this.get('/clock');
      return true;
    } catch {
      return false;
    }
  }

  /** `path` begins after `/sandbox`. Raises `RefusedError` and `UnreachableError`. */
  async get<Row>(path: string, query: Query = {}): Promise<Row[]> {
    const answer = await ask(this.#fetch, withQuery(`/sandbox${path}`, query), { method: 'GET' });
    return rowsOf(answer.body, answer.status) as Row[];
  }

  /** POST or DELETE. */
  async send<Row>(method: string, path: string, body: unknown = {}): Promise<Row[]> {
    const headers = { 'content-type': 'application/json' };
    const answer = await ask(this.#fetch, `/sandbox${path}`, { method, headers, body: JSON.stringify(body) });
    return rowsOf(answer.body, answer.status) as Row[];
  }

  /** What the exchange wrote to people, the newest first: the one list that comes in no envelope. */
  async messages(query: Query = {}): Promise<Record<string, unknown>[]> {
    const answer = await ask(this.#fetch, withQuery('/sandbox/outbox', query), { method: 'GET' });
    return Array.isArray(answer.body)
      ? (answer.body as Record<string, unknown>[])
      : (rowsOf(answer.body, answer.status) as Record<string, unknown>[]);
  }

  /** A new account with play money, and the key that trades for it. */
  makeAccount(name: string): Promise<DemoAccount> {
    return this.#account('/accounts', { name });
  }

  /** The account of that name or user id, with its key. Raises `RefusedError` when the sandbox does not know it. */
  account(account: string): Promise<DemoAccount> {
    return this.#account('/accounts/key', { account });
  }

  async #account(path: string, body: unknown): Promise<DemoAccount> {
    interface Told {
      name: string;
      uid: string;
      api_key: string;
      secret_key: string;
      passphrase: string;
    }
    const [made] = await this.send<Told>('POST', path, body);
    if (!made) throw new Error('the sandbox told no account');
    const key = { apiKey: made.api_key, secret: made.secret_key, passphrase: made.passphrase };
    return { name: made.name, uid: made.uid, key };
  }
}
