/** The application of an institution: its sections, papers and signature. Every change names the revision it saw. */
import { paperName } from '$lib/model/files';
import type { Entity, Official, Ownership, Section, WantedOfInstitution } from '$lib/model/institution';
import { type Paper, paperQuery } from '$lib/model/papers';
import { accountApi } from './exchange.svelte';
import { refusalCode } from './refusal-texts';
import { Remote } from './remote.svelte';
import type { PostalAddress } from './residence.svelte';
import { stepUp } from './step-up.svelte';
import { Upload } from './upload.svelte';
import type { Wording } from './verification.svelte';

export interface Application {
  entity_type: string;
  state: 'draft' | 'in_review' | 'more_needed' | 'approved' | 'refused';
  revision: number;
  entity: Entity | null;
  addresses: { registered: PostalAddress; business: PostalAddress } | null;
  people: { people: readonly Official[] } | null;
  ownership: Ownership | null;
  sections: readonly Section[];
  papers: readonly Paper[];
  wanted: WantedOfInstitution;
  remedies: readonly { code: string; sentence: string }[];
  attestation: Wording;
  attested_ms: number | null;
  submitted_ms: number | null;
  decided_ms: number | null;
  in_force_since_ms: number | null;
}

class InstitutionStore extends Remote<{ application: Application | null }> {
  get application(): Application | null {
    return this.value?.application ?? null;
  }

  async reload(): Promise<void> {
    await this.load(async () => {
      const { institution } = await accountApi.get<{ institution: string | null }>('/under-way');
      return { application: institution ? await accountApi.get<Application>('/institution') : null };
    });
  }

  // -- Acts; each raises `RefusedError` -------------------------------------------------------------------------------

  async begin(entityType: string): Promise<void> {
    await this.#change('POST', '', { entity_type: entityType });
  }

  async beginChange(): Promise<void> {
    await this.#change('POST', '/change');
  }

  async save(section: 'entity' | 'addresses' | 'people' | 'ownership', data: object): Promise<void> {
    await this.#change('PUT', `/${section}?revision=${this.#revision}`, data);
  }

  async removePaper(paper: Paper): Promise<void> {
    await this.#change('DELETE', `/papers/${paper.paper_id}?revision=${this.#revision}`);
  }

  async attest(personId: string, signedName: string): Promise<void> {
    const signed = { text_hash: this.application?.attestation.text_hash, person_id: personId, signed_name: signedName };
    await stepUp.run(() => this.#change('POST', '/attestation', { ...signed, revision: Number(this.#revision) }));
  }

  async submit(): Promise<void> {
    await stepUp.run(() => this.#change('POST', '/submit', { revision: Number(this.#revision) }));
  }

  uploadOf(kind: () => string, issuedOn: () => string): Upload<unknown> {
    const query = (name: string) => paperQuery(paperName(name), issuedOn(), { revision: this.#revision });
    return new Upload(
      ({ name }) => ({ method: 'POST', path: `/institution/papers/${kind()}?${query(name)}` }),
      () => this.reload(),
    );
  }

  get #revision(): string {
    return String(this.application?.revision ?? 0);
  }

  async #change(method: string, path: string, body?: unknown): Promise<void> {
    try {
      this.set({ application: await accountApi.send<Application>(method, `/institution${path}`, body) });
    } catch (error) {
      // Somebody else's change is shown, so that the next try sees it.
      if (refusalCode(error) === 'changed_meanwhile') await this.reload();
      throw error;
    }
  }
}

export const institution = new InstitutionStore();
