/** How a sign-in goes on: what the exchange offers, in the order in which it is worth offering to people. */

export type Stage = 'factor' | 'device' | 'done';
export type FactorMethod = 'authenticator' | 'sms' | 'voice' | 'email' | 'backup_code';
export type DeviceMethod = 'email_link' | 'phone_call' | 'authorized_device' | 'authenticator';

export interface Step {
  stage: Stage;
  sign_in?: string;
  methods?: readonly string[];
}

const FACTORS: readonly FactorMethod[] = ['authenticator', 'email', 'sms', 'voice', 'backup_code'];
const DEVICES: readonly DeviceMethod[] = ['authorized_device', 'email_link', 'authenticator', 'phone_call'];
const SENT: ReadonlySet<string> = new Set(['sms', 'voice', 'email']);

/** The factors that are offered, the quickest first. */
export function factorsOf(step: Step): FactorMethod[] {
  return FACTORS.filter((method) => step.methods?.includes(method));
}

/** The ways to let this device in, the safest first. */
export function deviceWaysOf(step: Step): DeviceMethod[] {
  return DEVICES.filter((method) => step.methods?.includes(method));
}

/** Whether a code has to be sent first. */
export function isSent(method: FactorMethod): method is 'sms' | 'voice' | 'email' {
  return SENT.has(method);
}

/** Whether it is six digits, which nobody need confirm; a backup code is not. */
export function isSixDigits(method: FactorMethod): boolean {
  return method !== 'backup_code';
}

/** What was typed, with nothing but its digits. */
export function digitsOf(text: string, count = 6): string {
  return text.replace(/\D/gu, '').slice(0, count);
}

/** What a refusal means for the sign-in: try once more, begin again, or wait. */
export type Outcome = 'again' | 'over' | 'wait';

const OVER = new Set(['sign_in_over', 'environment_changed', 'account_frozen', 'sign_up_over', 'connecting_over']);
const WAIT = new Set(['too_many_attempts', 'code_locked', 'code_sent_recently']);

/** What to do after the refusal `code`. */
export function outcomeOf(code: string): Outcome {
  if (OVER.has(code)) return 'over';
  return WAIT.has(code) ? 'wait' : 'again';
}

/** How long to wait before the next look at a sign-in that waits for its device: soon at first, then less often. */
export function pollAfterMs(asked: number): number {
  return asked < 15 ? 2_000 : 5_000;
}
