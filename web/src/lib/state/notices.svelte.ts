/** What the exchange wrote to the person signed in, and whether they have seen it here. */
import { unseen } from '$lib/model/notices';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';
import { settings } from './settings.svelte';

export interface Notice {
  time_ms: number;
  channel: string;
  sent_to: string;
  template: string;
  subject: string;
}

class NoticesStore extends Remote<readonly Notice[]> {
  readonly unseen = $derived(unseen(this.value ?? [], settings.get('noticesSeenMs')));

  async reload(): Promise<void> {
    await this.load(() => accountApi.get<Notice[]>('/me/notices'));
  }

  /** Everything there is was looked at. */
  see(): void {
    settings.set('noticesSeenMs', this.value?.[0]?.time_ms ?? settings.get('noticesSeenMs'));
  }
}

export const notices = new NoticesStore();
