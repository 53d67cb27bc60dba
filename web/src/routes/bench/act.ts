import { messageOf } from '$lib/state/remote.svelte';
import { t } from '$lib/state/text.svelte';
import { toasts } from '$lib/state/toasts.svelte';

/** Do it and say so in one sentence; what is refused is told in the exchange's words. Answers whether it was done. */
export async function act(work: () => Promise<string>): Promise<boolean> {
  try {
    const said = await work();
    if (said) toasts.show('good', said);
    return true;
  } catch (error) {
    toasts.show('bad', t('bench.failed'), messageOf(error) || t('common.unreachable'));
    return false;
  }
}
