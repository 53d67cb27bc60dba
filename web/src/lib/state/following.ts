/** What follows the account that is signed in begins and ends with the session, or with the pages that show it. */
import { account } from './account.svelte';
import { accountConfig } from './account-config.svelte';
import { algos } from './algos.svelte';
import { orders } from './orders.svelte';
import { positions } from './positions.svelte';

/** Follow the account until the returned function is called. */
export const followAccount = () => follow([account, accountConfig]);

/** Follow what it trades: for pages of trading alone, since it takes a dozen questions to begin. */
export const followTrading = () => follow([orders, algos, positions]);

function follow(stores: readonly { start: () => void; stop: () => void }[]): () => void {
  for (const store of stores) store.start();
  return () => {
    for (const store of stores) store.stop();
  };
}
