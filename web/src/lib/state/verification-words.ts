/** What verification names by codes, in the person's words; what is new to the pages is said as the exchange says it. */
import type { Problem } from '$lib/model/institution';
import type { Reason } from '$lib/model/verification';
import { said, t } from './text.svelte';

export const failureText = ({ code, message }: Reason) => said(`verification.failure_${code}`, message);
export const failureRemedy = ({ code, remedy }: Reason) => said(`verification.remedy_${code}`, remedy);

/** A code as words, for one that has none of its own: `tax_form` is `tax form`. */
const spelled = (code: string) => code.replaceAll('_', ' ');

/** What may be chosen from a list of the exchange, as a field shows it. */
export const choicesOf = (list: string, codes: readonly string[]) =>
  codes.map((name) => ({ name, title: choiceName(list, name) }));
export const choiceName = (list: string, code: string) => said(`verification.${list}_${code}`, spelled(code));

/** Papers of which one is enough: `pay slip or bank statement`. */
export function kindsName(kinds: readonly string[]): string {
  const names = kinds.map((kind) => choiceName('proof', kind));
  return names.reduce((first, second) => t('diligence.orPaper', { first, second }));
}

/** What is missing in a form. Most is about something that has a name of its own. */
export function problemText({ code, about, remedy }: Problem): string {
  if (code === 'role_missing') return t('diligence.problem_role', { role: eachOf('role', about) });
  if (code === 'paper_missing') return t('diligence.problem_paper', { paper: kindsName(groupOf(about)) });
  if (code === 'paper_outdated') return t('diligence.problem_outdated', { paper: kindsName(groupOf(about)) });
  return said(`diligence.problem_${code}`, remedy);
}

const eachOf = (list: string, about: string) =>
  about
    .split('|')
    .map((code) => choiceName(list, code))
    .join(` ${t('diligence.or')} `);
// A source of funds names itself before the papers it asks for: `salary: pay_slip|employment_letter`.
const groupOf = (about: string) => (about.split(': ').at(-1) ?? '').split('|');
