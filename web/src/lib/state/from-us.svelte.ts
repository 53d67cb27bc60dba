/** Is it really from this house: its official channels, and mails that somebody received. */
import type { Grade, Verdict } from '$lib/model/from-us';
import { accountApi } from './exchange.svelte';
import { Remote } from './remote.svelte';

export interface Channels {
  house: string;
  version: number;
  channels: readonly { kind: string; value: string }[];
}

export interface CheckedChannel {
  standing: 'official' | 'look_alike' | 'not_official';
  sentence: string;
  resembles: string;
}

export interface CheckedMail {
  verdict: Verdict;
  sentence: string;
  sender: string;
  dkim: readonly string[];
  spf: string;
  dmarc: string;
  arc: string;
  findings: readonly { code: string; grade: Grade; sentence: string }[];
}

class ChannelList extends Remote<Channels> {
  async start(): Promise<void> {
    if (this.value === null) await this.load(() => accountApi.get<Channels>('/from-us/channels'));
  }
}

export const channels = new ChannelList();

/** Whether something is an official channel. Raises `RefusedError`. */
export async function checkChannel(text: string): Promise<CheckedChannel> {
  return accountApi.send<CheckedChannel>('POST', '/from-us/channel', { text });
}

/** Judge a mail as it was saved. Raises `RefusedError`. */
export async function checkMail(mail: File): Promise<CheckedMail> {
  return accountApi.send<CheckedMail>('POST', '/from-us/mail', new Blob([mail], { type: 'message/rfc822' }));
}
