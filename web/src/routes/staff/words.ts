/** Names of what the staff API has codes for. */
import { formatSpan } from '$lib/format/spans';
import { type QueuedCase, isLate } from '$lib/model/staff';
import { desk } from '$lib/state/staff/desk.svelte';
import { said, t, text } from '$lib/state/text.svelte';

export const kindName = (kind: string) => said(`staff.kind_${kind}`, kind);
export const decisionName = (decision: string) => said(`staff.decision_${decision}`, decision);
export const stateName = (state: string) => said(`staff.state_${state}`, state);
export const personState = (state: string) => said(`staff.person_${state}`, state);
export const valueName = (name: string) => said(`staff.value_${name}`, name);
export const span = (ms: number) => formatSpan(text.language, ms);

/** A member of staff by number; `null` for nobody. */
export function memberName(number: number | null): string {
  if (number === null) return t('staff.nobody');
  return number === desk.me?.user_id ? t('staff.you') : t('staff.memberNumber', { number: String(number) });
}

/** An act of two people: of the rules, or a decision of a case. */
export function actName(act: string): string {
  return act.startsWith('decide.') ? `${t('staff.decide')}: ${kindName(act.slice('decide.'.length))}` : act;
}

export function personName(number: number | null): string {
  return number === null ? t('staff.house') : t('staff.personNumber', { number: String(number) });
}

/** When a case is due, seen from now. */
export function dueText(row: QueuedCase): string {
  if (row.state === 'waiting_for_customer') return t('staff.still');
  if (row.state === 'decided' || row.state === 'closed') return '–';
  const { nowMs } = desk.here;
  const left = span(row.due_ms - nowMs);
  return isLate(row, nowMs) ? t('staff.late', { span: left }) : t('staff.dueIn', { span: left });
}
