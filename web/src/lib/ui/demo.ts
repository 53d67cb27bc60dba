import { messageOf } from '$lib/state/remote.svelte';
import { session } from '$lib/state/session.svelte';
import { t } from '$lib/state/text.svelte';
import { toasts } from '$lib/state/toasts.svelte';

/** Open a demo account and trade with it; what fails is told. */
export async function startDemo(): Promise<void> {
  try {
    await session.startDemo();
  } catch (error) {
    toasts.show('bad', t('common.demoFailed'), messageOf(error) || t('common.unreachable'));
  }
}
