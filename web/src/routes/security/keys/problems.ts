/** What is wrong with a key's form, in the person's words. */
import type { DraftField, DraftProblems, KeyChoices } from '$lib/model/api-key';
import type { Problems } from '$lib/state/form.svelte';
import { t } from '$lib/state/text.svelte';

export function problemTexts(problems: DraftProblems, choices: KeyChoices): Problems<DraftField> {
  const said = Object.entries(problems).map(([field, { why, about }]) => [
    field,
    t(`keys.problem_${why}`, { about, count: choices.networks_max }),
  ]);
  return Object.fromEntries(said) as Problems<DraftField>;
}
