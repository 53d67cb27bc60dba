/** A sign-up under way: the form, then the code that came to the contact, then the session. */
import { contactKind, namesIn } from '$lib/model/contacts';
import { isComplete, strengthOf } from '$lib/model/password';
import { outcomeOf } from '$lib/model/sign-in';
import { arrival } from './arrival.svelte';
import { accountApi } from './exchange.svelte';
import { refusalCode, refusalText } from './refusal-texts';
import { Remote } from './remote.svelte';
import { session } from './session.svelte';
import { t } from './text.svelte';

export interface Agreement {
  name: string;
  version: string;
  text_hash: string;
  text: string;
}

export type SignUpField = 'contact' | 'password' | 'residence' | 'agreements' | 'invitation';

const FIELD_OF: Readonly<Record<string, SignUpField>> = {
  email_invalid: 'contact',
  phone_invalid: 'contact',
  contact_missing: 'contact',
  password_form: 'password',
  password_leaked: 'password',
  password_weak: 'password',
  residence_unknown: 'residence',
  residence_closed: 'residence',
  agreement_missing: 'agreements',
  invitation_invalid: 'invitation',
};

export class SignUp {
  phase = $state<'form' | 'code' | 'done'>('form');
  isBusy = $state(false);
  contact = $state('');
  password = $state('');
  residence = $state('');
  invitation = $state('');
  agreed = $state<Record<string, boolean>>({});
  /** What is wrong, each by its field; '' under `form` is nothing. */
  problems = $state<Partial<Record<SignUpField | 'form' | 'code', string>>>({});
  sentMs = $state(0);
  readonly texts = new Remote<Agreement[]>();
  readonly strength = $derived(strengthOf(this.password, namesIn(this.contact)));
  /** Who came from another provider: they need no password, and their address there will do. */
  readonly arrived = $derived(arrival.current);
  /** Where the code went. */
  readonly sentTo = $derived(this.contact.trim() || (this.arrived?.label ?? ''));
  #token = '';

  /** What a resident of there has to agree to. */
  async live(residence: string): Promise<void> {
    this.residence = residence;
    this.agreed = {};
    this.problems = { ...this.problems, residence: '', agreements: '' };
    this.texts.clear();
    if (residence) await this.texts.load(() => accountApi.get<Agreement[]>('/sign-up/agreements', { residence }));
  }

  /** Put right one field: what was said of it is no longer said. */
  set(field: 'contact' | 'password' | 'invitation', value: string): void {
    this[field] = value;
    this.problems = { ...this.problems, [field]: '', form: '' };
  }

  agree(hash: string, isAgreed: boolean): void {
    this.agreed = { ...this.agreed, [hash]: isAgreed };
    this.problems = { ...this.problems, agreements: '' };
  }

  /** Send the form; the first field that is wrong, '' when none is. */
  async begin(): Promise<SignUpField | ''> {
    this.problems = this.#check();
    const wrong = this.#firstWrong();
    if (wrong) return wrong;
    await this.#try(async () => {
      const agreements = (this.texts.value ?? []).map((text) => text.text_hash);
      const { arrived, password, residence } = this;
      const form = { contact: this.contact.trim(), residence, agreements, invitation: this.invitation.trim() };
      const begun = arrived
        ? accountApi.send<{ sign_up: string }>('POST', '/connected/sign-up', { ...form, arrival: arrived.token })
        : accountApi.send<{ sign_up: string }>('POST', '/sign-up', { ...form, password });
      this.#token = (await begun).sign_up;
      this.sentMs = Date.now();
      this.phase = 'code';
    });
    return this.#firstWrong();
  }

  async resend(): Promise<void> {
    await this.#try(async () => {
      await accountApi.send('POST', '/sign-up/code', { sign_up: this.#token });
      this.sentMs = Date.now();
    });
  }

  async confirm(code: string): Promise<void> {
    await this.#try(async () => {
      await accountApi.send('POST', '/sign-up/confirm', { sign_up: this.#token, code });
      this.password = '';
      arrival.forget();
      await session.continuePerson();
      this.phase = 'done';
    });
  }

  /** Back to the form, with what was filled in. */
  goBack(): void {
    this.phase = 'form';
    this.problems = {};
  }

  #check(): Partial<Record<SignUpField, string>> {
    const { texts, agreed, arrived } = this;
    const hasContact = contactKind(this.contact) !== null || (arrived !== null && !this.contact.trim());
    const isAgreed = texts.value?.every((text) => agreed[text.text_hash]) ?? false;
    return {
      contact: hasContact ? '' : t('entry.problem_contact'),
      password: arrived || isComplete(this.password) ? '' : t('entry.problem_password'),
      residence: this.residence ? '' : t('entry.problem_residence'),
      agreements: !this.residence || isAgreed ? '' : t('entry.problem_agreements'),
    };
  }

  #firstWrong(): SignUpField | '' {
    const order: SignUpField[] = ['contact', 'password', 'residence', 'agreements', 'invitation'];
    return order.find((field) => this.problems[field]) ?? '';
  }

  async #try(act: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    try {
      await act();
    } catch (error) {
      const code = refusalCode(error);
      if (outcomeOf(code) === 'over') this.phase = 'form';
      const field = FIELD_OF[code] ?? (this.phase === 'code' ? 'code' : 'form');
      this.problems = { [field]: refusalText(error) };
    } finally {
      this.isBusy = false;
    }
  }
}
