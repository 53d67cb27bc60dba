/** The verification of the person signed in: what is stated and handed in, what is wanted, and what was decided. */
import type { Opening } from '$lib/model/ladder';
import { type Rung, rungs } from '$lib/model/ladder';
import { LEVELS } from '$lib/model/rights';
import type {
  Answers,
  HomeAddress,
  PartName,
  Person,
  Reason,
  Stated,
  VerificationState,
} from '$lib/model/verification';
import type { Slot } from '$lib/model/verification';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { Upload } from './upload.svelte';

export interface Wording {
  name: string;
  version: string;
  text_hash: string;
  text: string;
}

export interface Preview {
  part: PartName;
  level: number;
  opens: readonly Opening[];
  texts: readonly Wording[];
}

class VerificationStore extends Remote<VerificationState> {
  readonly stated = new Remote<Stated>();
  readonly preview = new Remote<Preview>();
  readonly ladder = new Remote<Rung[]>();
  readonly reasons = new Remote<readonly Reason[]>();
  /** Where the account says the person lives. */
  residence = $state('');

  async reload(): Promise<void> {
    await this.load(() => accountApi.get<VerificationState>('/verification'));
  }

  async loadLadder(): Promise<void> {
    await this.ladder.load(async () => {
      const asked = LEVELS.map((level) => accountApi.get<Opening[]>(`/me/rights/at-level/${String(level)}`));
      return rungs(await Promise.all(asked));
    });
  }

  async loadReasons(): Promise<void> {
    await this.reasons.load(() => accountApi.get<Reason[]>('/verification/reasons'));
  }

  /** All that the screen of a part shows. */
  async open(part: PartName): Promise<void> {
    await Promise.all([
      this.reload(),
      this.stated.load(() => accountApi.get<Stated>('/verification/stated')),
      this.preview.load(() => accountApi.get<Preview>(`/verification/preview/${part}`)),
      accountApi.get<{ residence: string }>('/me').then((me) => (this.residence = me.residence)),
    ]).catch((error: unknown) => this.fail(error instanceof Error ? error.message : ''));
  }

  /** Forget whose it was. */
  forget(): void {
    for (const each of [this, this.stated, this.preview, this.ladder]) each.clear();
    this.residence = '';
  }

  // -- Acts; each raises `RefusedError` -------------------------------------------------------------------------------

  async agree(hashes: readonly string[]): Promise<void> {
    await this.#change('PUT', '/consent', { text_hashes: hashes });
  }

  async statePerson(person: Person): Promise<void> {
    await this.#change('PUT', '/person', person);
    this.#keep({ person });
  }

  async stateAnswers(answers: Answers): Promise<void> {
    await this.#change('PUT', '/answers', answers);
    this.#keep({ answers });
  }

  async stateAddress(address: HomeAddress): Promise<void> {
    await this.#change('PUT', '/address', address);
    this.#keep({ address });
  }

  async takeOut(slot: Slot): Promise<void> {
    await this.#change('DELETE', `/pictures/${slot}`);
  }

  async submit(part: PartName): Promise<void> {
    await this.#change('POST', `/${part}/submit`);
  }

  /** A picture for a slot, in place of the one before. */
  upload(slot: Slot): Upload<VerificationState> {
    const target = { method: 'PUT', path: `/verification/pictures/${slot}` } as const;
    return new Upload<VerificationState>(
      () => target,
      (state) => this.set(state),
    );
  }

  async #change(method: string, path: string, body?: unknown): Promise<void> {
    this.set(await accountApi.send<VerificationState>(method, `/verification${path}`, body));
  }

  #keep(stated: Partial<Stated>): void {
    this.stated.set({ person: null, answers: null, address: null, ...this.stated.value, ...stated });
  }
}

export const verification = new VerificationStore();
