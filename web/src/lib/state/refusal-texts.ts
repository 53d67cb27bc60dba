/** What the account API refuses, in the person's language; what we have no words for is said in those of the exchange. */
import { RefusedError, UnreachableError } from '$lib/api/errors';
import type { TextKey } from '$lib/text/catalog';
import { messageOf } from './remote.svelte';
import { said, t } from './text.svelte';

const KNOWN: Readonly<Record<string, TextKey>> = {
  credentials_wrong: 'entry.refused_credentials_wrong',
  factor_wrong: 'entry.refused_factor_wrong',
  code_wrong: 'entry.refused_factor_wrong',
  sign_in_over: 'entry.refused_sign_in_over',
  sign_up_over: 'entry.refused_sign_up_over',
  environment_changed: 'entry.refused_environment_changed',
  account_frozen: 'entry.refused_account_frozen',
  signed_out: 'entry.refused_session_ended',
  too_many_attempts: 'entry.refused_too_many_attempts',
  code_locked: 'entry.refused_too_many_attempts',
  code_sent_recently: 'entry.refused_code_sent_recently',
  passkey_refused: 'entry.refused_passkey',
  passkey_over: 'entry.refused_passkey_over',
  email_invalid: 'entry.problem_contact',
  phone_invalid: 'entry.problem_contact',
  password_leaked: 'entry.refused_password_leaked',
  password_weak: 'entry.refused_password_weak',
  residence_closed: 'entry.refused_residence_closed',
  agreement_missing: 'entry.problem_agreements',
  invitation_invalid: 'entry.problem_invitation',
  last_passkey: 'protect.lastPasskey',
  last_way_in: 'protect.lastWayIn',
  connected_already: 'protect.connectedAlready',
  connecting_over: 'protect.connectOver',
  contact_taken: 'protect.contactTaken',
  anti_phishing_code_form: 'protect.phishingForm',
};

/** The code of a refusal, '' for anything else that went wrong. */
export function refusalCode(error: unknown): string {
  return error instanceof RefusedError ? error.code : '';
}

/** A sentence for people. */
export function refusalText(error: unknown): string {
  if (error instanceof UnreachableError) return t('common.unreachable');
  if (!(error instanceof RefusedError)) return messageOf(error) || t('common.somethingFailed');
  const key = KNOWN[error.code];
  // How long to wait is the one number in a remedy.
  const wait = Number(/\d+/u.exec(error.remedy)?.[0] ?? 1);
  return key ? t(key, { wait }) : said(`verification.refused_${error.code}`, messageOf(error));
}
