/** When whom we tell is told, in one sentence. */
import type { EmergencyChoices } from '$lib/state/leaving.svelte';
import { t } from '$lib/state/text.svelte';

interface Periods {
  name: string;
  inactivity_months: number;
  response_days: number;
}

export function howItGoes({ name, inactivity_months, response_days }: Periods, choices: EmergencyChoices): string {
  return t('doors.helperHow', {
    name: name.trim() || t('doors.helperThem'),
    months: t('doors.months', { count: inactivity_months }),
    days: t('doors.days', { count: response_days }),
    reminders: choices.reminder_count,
  });
}
