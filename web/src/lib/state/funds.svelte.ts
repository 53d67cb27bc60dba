/** Questions where money comes from, and answering them with papers and proved wallets. */
import { paperName } from '$lib/model/files';
import type { Source, TypedSource, Wallet } from '$lib/model/funds';
import type { Problem } from '$lib/model/institution';
import { type Paper, paperQuery } from '$lib/model/papers';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { Upload } from './upload.svelte';

export interface FundsQuestion {
  request_id: string;
  question: 'source_of_funds' | 'source_of_wealth';
  state: 'asked' | 'in_review' | 'more_needed' | 'accepted' | 'refused' | 'closed';
  asked_ms: number;
  due_ms: number;
  is_restricting: boolean;
  remedies: readonly { code: string; sentence: string }[];
  answer: { sources: readonly Source[] } | null;
  papers: readonly Paper[];
  wallets: readonly Wallet[];
  wanted: readonly { kind: string; papers: readonly (readonly string[])[] }[];
}

export interface Challenge {
  challenge_id: string;
  text: string;
  expires_ms: number;
}

class FundsStore extends Remote<readonly FundsQuestion[]> {
  /** What was typed and not handed in, by question. In memory alone: it says what somebody earns and owns. */
  readonly drafts = new Map<string, readonly TypedSource[]>();

  override clear(): void {
    super.clear();
    this.drafts.clear();
  }

  async reload(): Promise<void> {
    await this.load(() => accountApi.get<FundsQuestion[]>('/source-of-funds'));
  }

  // -- Acts; each raises `RefusedError` -------------------------------------------------------------------------------

  /** What an answer lacks; nothing is kept. */
  async check(id: string, sources: readonly Source[]): Promise<Problem[]> {
    return accountApi.send<Problem[]>('POST', `/source-of-funds/${id}/check`, { sources });
  }

  async answer(id: string, sources: readonly Source[]): Promise<void> {
    await accountApi.send('POST', `/source-of-funds/${id}/answer`, { sources });
    this.drafts.delete(id);
    await this.reload();
  }

  async removePaper(id: string, paper: Paper): Promise<void> {
    await accountApi.send('DELETE', `/source-of-funds/${id}/papers/${paper.paper_id}`);
    await this.reload();
  }

  async challenge(id: string, wallet: Wallet): Promise<Challenge> {
    return accountApi.send<Challenge>('POST', `/source-of-funds/${id}/challenge`, wallet);
  }

  async prove(id: string, challenge: string, signature: string): Promise<void> {
    await accountApi.send('POST', `/source-of-funds/${id}/proof`, { challenge_id: challenge, signature });
    await this.reload();
  }

  uploadOf(id: string, kind: () => string, issuedOn: () => string): Upload<unknown> {
    const query = (name: string) => paperQuery(paperName(name), issuedOn());
    return new Upload(
      ({ name }) => ({ method: 'POST', path: `/source-of-funds/${id}/papers/${kind()}?${query(name)}` }),
      () => this.reload(),
    );
  }
}

export const funds = new FundsStore();
