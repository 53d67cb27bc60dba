/** What the checks name by codes, in the person's words. */
import { said } from '$lib/state/text.svelte';

export const kindName = (kind: string) => said(`fromUs.kind_${kind}`, kind);
export const verdictName = (verdict: string) => said(`fromUs.verdict_${verdict}`, verdict);
export const standingName = (standing: string) => said(`fromUs.standing_${standing}`, standing);
