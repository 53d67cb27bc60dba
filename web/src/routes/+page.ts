import { redirect } from '@sveltejs/kit';

import { settings } from '$lib/state/settings.svelte';

// The house opens on the market that was looked at last.
export function load(): never {
  redirect(307, `/trade/${settings.get('instrument')}`);
}
