/** A sign-in under way: password or passkey, then a factor, then this device, then the session. */
import { usePasskey } from '$lib/api/passkey';
import type { Brought } from '$lib/model/brought';
import { type DeviceMethod, type Step, deviceWaysOf, factorsOf, outcomeOf, pollAfterMs } from '$lib/model/sign-in';
import { arrival } from './arrival.svelte';
import { accountApi } from './exchange.svelte';
import { FactorChoice, type SentMethod } from './factor-choice.svelte';
import { refusalCode, refusalText } from './refusal-texts';
import { session } from './session.svelte';
import { t } from './text.svelte';

export type Phase = 'password' | 'factor' | 'device' | 'done' | 'sign_up';

/** Somebody from another provider whose account there is linked to nobody here. */
interface Unknown {
  stage: 'sign_up';
  arrival: string;
  label: string;
}

export class SignIn extends FactorChoice {
  phase = $state<Phase>('password');
  /** Why the sign-in before ended, shown where the next one begins. */
  notice = $state('');

  ways = $state.raw<DeviceMethod[]>([]);
  way = $state<DeviceMethod | null>(null);
  askedOf = $state('');
  shownCode = $state('');
  #token = '';
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Check the password. */
  async begin(identifier: string, password: string): Promise<void> {
    this.notice = '';
    await this.attempt(async () =>
      this.#take(await accountApi.send<Step>('POST', '/sign-in', { identifier, password })),
    );
  }

  /** Sign in with nothing but a passkey. */
  async beginByPasskey(): Promise<void> {
    this.notice = '';
    await this.attempt(async () => {
      const options = await accountApi.send('POST', '/passkeys/sign-in/options');
      const credential = await usePasskey(options);
      await this.#take(await accountApi.send<Step>('POST', '/passkeys/sign-in', { credential }));
    });
  }

  /** Go on as who came back from another provider; whom nobody here knows may sign up. */
  async beginByProvider({ state, code }: Brought): Promise<void> {
    this.notice = '';
    await this.attempt(async () => {
      const step = await accountApi.send<Step | Unknown>('POST', '/connected/sign-in/finish', { state, code });
      if (step.stage !== 'sign_up') return this.#take(step);
      arrival.keep({ token: step.arrival, label: step.label });
      this.phase = 'sign_up';
    });
  }

  async giveFactor(answer: string): Promise<void> {
    const form = { sign_in: this.#token, method: this.method, answer };
    await this.attempt(async () => this.#take(await accountApi.send<Step>('POST', '/sign-in/factor', form)));
  }

  /** Ask the person by one of the ways whether this is their device, and wait for the answer. */
  async ask(way: DeviceMethod): Promise<void> {
    this.#stopWaiting();
    this.way = way;
    this.problem = this.askedOf = this.shownCode = '';
    if (way === 'authenticator') return;
    await this.attempt(async () => {
      const form = { sign_in: this.#token, method: way };
      const told = await accountApi.send<{ sent_to?: string; shown_code?: string }>('POST', '/sign-in/device', form);
      this.askedOf = told.sent_to ?? '';
      this.shownCode = told.shown_code ?? '';
      this.#wait(0);
    });
  }

  /** Let this device in by a code of the authenticator. */
  async confirmDevice(code: string): Promise<void> {
    const form = { sign_in: this.#token, code };
    await this.attempt(async () =>
      this.#take(await accountApi.send<Step>('POST', '/sign-in/device/authenticator', form)),
    );
  }

  /** Choose among the ways again. */
  chooseWay(): void {
    this.#stopWaiting();
    this.way = null;
    this.problem = '';
  }

  /** Begin again, saying why. */
  startOver(notice = ''): void {
    this.#stopWaiting();
    this.phase = 'password';
    this.forgetCodes();
    this.notice = notice;
    this.way = null;
    this.#token = '';
  }

  /** Nobody looks any more. */
  leave(): void {
    this.#stopWaiting();
  }

  protected async askForCode(method: SentMethod): Promise<string> {
    const form = { sign_in: this.#token, method };
    return (await accountApi.send<{ sent_to: string }>('POST', '/sign-in/code', form)).sent_to;
  }

  async #take(step: Step): Promise<void> {
    if (step.stage === 'done') {
      this.#stopWaiting();
      await session.continuePerson();
      this.phase = 'done';
      return;
    }
    this.#token = step.sign_in ?? this.#token;
    if (step.stage === 'device') {
      this.ways = deviceWaysOf(step);
      this.phase = 'device';
      return;
    }
    this.factors = factorsOf(step);
    this.phase = 'factor';
    this.isBusy = false;
    const [first] = this.factors;
    if (first) await this.choose(first);
  }

  #wait(asked: number): void {
    this.#timer = setTimeout(() => void this.#poll(asked), pollAfterMs(asked));
  }

  async #poll(asked: number): Promise<void> {
    const token = this.#token;
    try {
      const step = await accountApi.send<Step>('POST', '/sign-in/state', { sign_in: token });
      if (token !== this.#token || this.#timer === null) return;
      if (step.stage === 'done') await this.#take(step);
      else this.#wait(asked + 1);
    } catch (error) {
      if (token !== this.#token || this.#timer === null) return;
      // Who does not answer for a moment is asked again.
      if (!refusalCode(error)) this.#wait(asked + 1);
      else this.startOver(refusalCode(error) === 'sign_in_over' ? t('entry.deviceRefused') : refusalText(error));
    }
  }

  #stopWaiting(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  protected fail(error: unknown): void {
    if (error instanceof DOMException) this.problem = t('entry.passkeyNotUsed');
    else if (outcomeOf(refusalCode(error)) === 'over') this.startOver(refusalText(error));
    else this.problem = refusalText(error);
  }
}
