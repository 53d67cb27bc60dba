/** The ways to the exchange: three clients and three connections, one of each for the whole site. */
import { SvelteSet } from 'svelte/reactivity';

import { AccountClient } from '$lib/api/account';
import { SandboxClient } from '$lib/api/sandbox';
import { loginArgument } from '$lib/api/signing';
import { V5Client } from '$lib/api/v5';
import type { LinkStatus } from '$lib/stream/socket';
import { Stream } from '$lib/stream/stream';

export const v5 = new V5Client();
export const accountApi = new AccountClient();
export const sandboxApi = new SandboxClient();

type Endpoint = 'public' | 'business' | 'private';
type LinkName = Endpoint | 'ownBusiness';

class Links {
  public = $state<LinkStatus>('idle');
  business = $state<LinkStatus>('idle');
  private = $state<LinkStatus>('idle');
  ownBusiness = $state<LinkStatus>('idle');

  /** Channels that fell silent on connections that live, by name. */
  readonly late = new SvelteSet<string>();

  /** The worst of those in use, which is what a person wants to know. */
  get worst(): LinkStatus {
    const all: LinkStatus[] = [this.public, this.business, this.private, this.ownBusiness];
    const inUse: LinkStatus[] = all.filter((status) => status !== 'idle');
    const order: LinkStatus[] = ['waiting', 'connecting', 'late', 'live'];
    const worst = order.find((status) => inUse.includes(status)) ?? 'idle';
    return worst === 'live' && this.late.size > 0 ? 'late' : worst;
  }
}

export const links = new Links();

function address(endpoint: Endpoint): string {
  // The build looks at some modules where there is no window, and opens no connection.
  const { protocol, host } = 'window' in globalThis ? window.location : { protocol: 'http:', host: 'localhost' };
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws/v5/${endpoint}`;
}

const onStatus = (name: LinkName) => (status: LinkStatus) => {
  links[name] = status;
};

export const publicStream = new Stream(address('public'), { onStatus: onStatus('public') });
export const businessStream = new Stream(address('business'), { onStatus: onStatus('business') });

/** A connection that logs in with the key there is. */
function ownStream(endpoint: Endpoint, name: LinkName): Stream {
  const stream: Stream = new Stream(address(endpoint), {
    onStatus: onStatus(name),
    login: () => (v5.key ? loginArgument(v5.key, Date.now()) : null),
    onLoginRefused: () => {
      // The key ended: with another one the connection begins anew.
      void v5.renew?.().then((key) => {
        if (!key) return;
        v5.key = key;
        stream.restart();
      });
    },
  });
  return stream;
}

export const privateStream = ownStream('private', 'private');
/** Orders that wait are told at the endpoint of candles, to those who log in there. */
export const ownBusinessStream = ownStream('business', 'ownBusiness');
