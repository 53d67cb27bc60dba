/** What protects the person signed in: their contacts and factors, and the checklist. Every part of the center reads it. */
import type { ChecklistItem } from '$lib/model/checklist';
import { accountApi } from './exchange.svelte';
import type { Me } from './overview.svelte';
import { Remote } from './remote.svelte';

export interface Protection {
  me: Me & { factors: readonly string[]; has_anti_phishing_code: boolean };
  items: readonly ChecklistItem[];
}

class SecurityStore extends Remote<Protection> {
  async reload(): Promise<void> {
    await this.load(async () => {
      const [me, checklist] = await Promise.all([
        accountApi.get<Protection['me']>('/me'),
        accountApi.get<{ items: ChecklistItem[] }>('/security/checklist'),
      ]);
      return { me, items: checklist.items };
    });
  }
}

export const security = new SecurityStore();
