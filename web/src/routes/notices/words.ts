/** By what a message travels, in the person's words. */
import { said } from '$lib/state/text.svelte';

export const channelName = (channel: string) => said(`notices.channel_${channel}`, channel);
