/** Where the person lives: the question whether it still is so, and a change of it. */
import { type Paper, paperQuery } from '$lib/model/papers';
import { paperName } from '$lib/model/files';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { stepUp } from './step-up.svelte';
import { underWay } from './under-way.svelte';
import { Upload } from './upload.svelte';
import type { Wording } from './verification.svelte';

export interface PostalAddress {
  street: string;
  town: string;
  post_code: string;
  country: string;
  region?: string;
}

export interface ResidenceChange {
  state: 'preparing' | 'in_review' | 'moving' | 'done' | 'refused' | 'withdrawn';
  from_place: string;
  to_place: string;
  steps_done: number;
  stopped_by: readonly string[];
  address: PostalAddress | null;
  papers: readonly Paper[];
  proof_kinds: readonly string[];
  proof_months: number;
  begun_ms: number;
  done_ms: number | null;
}

export interface Preflight {
  is_possible: boolean;
  hindrances: readonly { code: string; sentence: string; blocks: boolean }[];
  agreements: readonly Wording[];
}

class ResidenceStore extends Remote<{ change: ResidenceChange | null }> {
  readonly preflight = new Remote<Preflight>();

  async reload(): Promise<void> {
    await this.load(async () => {
      await underWay.reload();
      const change = underWay.value?.residence ? await accountApi.get<ResidenceChange>('/residence') : null;
      return { change };
    });
    const { change } = this.value ?? {};
    if (change?.state === 'preparing') await this.look(change.to_place);
  }

  /** What a move to a place would meet. */
  async look(to: string): Promise<void> {
    this.preflight.clear();
    if (to) await this.preflight.load(() => accountApi.get<Preflight>('/residence/preflight', { to }));
  }

  // -- Acts; each raises `RefusedError` -------------------------------------------------------------------------------

  async begin(to: string): Promise<void> {
    await this.#change('POST', '', { to });
  }

  async withdraw(): Promise<void> {
    await this.#change('DELETE', '');
    this.preflight.clear();
  }

  async submit(address: PostalAddress, agreements: readonly string[]): Promise<void> {
    await stepUp.run(() => this.#change('POST', '/submit', { address, agreements }));
  }

  /** The question is answered: nothing changed. */
  async stillHere(): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/residence-question', { answer: 'still_here' }));
    await underWay.reload();
  }

  /** The question is answered: the person moved, and a change is begun. */
  async moved(to: string): Promise<void> {
    await stepUp.run(() => accountApi.send('POST', '/residence-question', { answer: 'moved', to }));
    await this.reload();
  }

  /** A proof of the new address. */
  uploadOf(kind: () => string, issuedOn: () => string): Upload<unknown> {
    const path = (name: string) => `/residence/papers/${kind()}?${paperQuery(paperName(name), issuedOn())}`;
    return new Upload(
      ({ name }) => ({ method: 'POST', path: path(name) }),
      async () => this.set({ change: await accountApi.get<ResidenceChange>('/residence') }),
    );
  }

  async #change(method: string, path: string, body?: unknown): Promise<void> {
    this.set({ change: await accountApi.send<ResidenceChange>(method, `/residence${path}`, body) });
  }
}

export const residence = new ResidenceStore();
