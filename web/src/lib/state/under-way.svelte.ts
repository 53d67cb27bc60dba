/** What waits for the person, or for the house, beside their own verification: all of it in one look. */
import type { Restriction } from './overview.svelte';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface ResidenceQuestion {
  open: boolean;
  residence: string;
  due_ms: number;
}

export interface Appeal {
  appeal: number;
  restriction_ids: readonly number[];
  state: 'in_review' | 'waiting_for_you' | 'granted' | 'refused' | 'withdrawn';
  text: string;
  reason: string;
  opened_ms: number;
  due_ms: number;
  decided_ms: number | null;
  messages: readonly { kind: 'question' | 'answer'; time_ms: number; text: string }[];
}

interface States {
  institution: string | null;
  residence: string | null;
  questions_open: number;
}

export interface UnderWay extends States {
  me: { residence: string; missing_factors: readonly string[] };
  question: ResidenceQuestion;
  restrictions: readonly Restriction[];
  appeals: readonly Appeal[];
}

class UnderWayStore extends Remote<UnderWay> {
  async reload(): Promise<void> {
    await this.load(async () => {
      const [states, me, question, restrictions, appeals] = await Promise.all([
        accountApi.get<States>('/under-way'),
        accountApi.get<UnderWay['me']>('/me'),
        accountApi.get<ResidenceQuestion>('/residence-question'),
        accountApi.get<Restriction[]>('/me/restrictions'),
        accountApi.get<Appeal[]>('/appeals'),
      ]);
      return { ...states, me, question, restrictions, appeals };
    });
  }

  /** Ask for a restriction to be looked at again. Raises `RefusedError`. */
  async appeal(restriction: number, text: string): Promise<void> {
    await accountApi.send('POST', '/appeals', { restriction_id: restriction, text });
    await this.reload();
  }

  /** Answer what was asked about an appeal. Raises `RefusedError`. */
  async answerAppeal(appeal: number, text: string): Promise<void> {
    await accountApi.send('POST', `/appeals/${String(appeal)}/answer`, { text });
    await this.reload();
  }
}

export const underWay = new UnderWayStore();
