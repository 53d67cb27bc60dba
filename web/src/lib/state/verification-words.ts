/** What verification names by codes, in the person's words; what is new to the pages is said as the exchange says it. */
import type { Reason } from '$lib/model/verification';
import { said } from './text.svelte';

export const failureText = ({ code, message }: Reason) => said(`verification.failure_${code}`, message);
export const failureRemedy = ({ code, remedy }: Reason) => said(`verification.remedy_${code}`, remedy);

/** A code as words, for one that has none of its own: `tax_form` is `tax form`. */
const spelled = (code: string) => code.replaceAll('_', ' ');

/** What may be chosen from a list of the exchange, as a field shows it. */
export const choicesOf = (list: string, codes: readonly string[]) =>
  codes.map((name) => ({ name, title: choiceName(list, name) }));
export const choiceName = (list: string, code: string) => said(`verification.${list}_${code}`, spelled(code));
