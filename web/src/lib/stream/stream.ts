/** Channels of one endpoint: each is subscribed once, however many listen, and again after every cut. */
import { Link, type LinkStatus, type Socket } from './socket';

/** What names a channel: `{channel, instId, ...}`. */
export type Channel = Readonly<Record<string, string>>;

export interface Push {
  arg: Channel;
  action?: 'snapshot' | 'update';
  data: readonly unknown[];
}

export interface Listener {
  onPush(push: Push): void;
  /** Pushes may have been missed: what was known is old until the next one. */
  onCut?(): void;
  /** The exchange does not let this channel be followed. */
  onRefused?(code: string, message: string): void;
}

interface Message {
  event?: string;
  code?: string;
  msg?: string;
  arg?: Channel;
  action?: 'snapshot' | 'update';
  data?: readonly unknown[];
}

export interface StreamOptions {
  open?: (url: string) => Socket;
  random?: () => number;
  now?: () => number;
  /** The argument of the login, made anew for each; without it the endpoint needs none. */
  login?: () => Record<string, string> | null;
  onStatus?: (status: LinkStatus) => void;
  onLoginRefused?: (code: string, message: string) => void;
}

const nameOf = (channel: Channel): string =>
  JSON.stringify(Object.entries(channel).sort(([a], [b]) => (a < b ? -1 : 1)));

export class Stream {
  readonly #link: Link;
  readonly #options: StreamOptions;
  readonly #listeners = new Map<string, { channel: Channel; who: Set<Listener> }>();
  #isReady = false;

  constructor(url: string, options: StreamOptions = {}) {
    this.#options = options;
    this.#link = new Link(
      url,
      options.open ?? ((address) => new WebSocket(address) as Socket),
      {
        onStatus: (status) => options.onStatus?.(status),
        onOpen: () => this.#begin(),
        onMessage: (message) => this.#take(message as Message),
        onClose: () => this.#cut(),
      },
      options.random,
      options.now,
    );
  }

  get status(): LinkStatus {
    return this.#link.status;
  }

  /** Hear of a channel until the returned function is called. */
  subscribe(channel: Channel, listener: Listener): () => void {
    const name = nameOf(channel);
    const known = this.#listeners.get(name);
    if (known) known.who.add(listener);
    else this.#listeners.set(name, { channel, who: new Set([listener]) });
    this.#link.start();
    if (!known) this.#ask('subscribe', [channel]);
    else if (this.#isReady) this.#again(channel); // so that who comes later gets the snapshot as well
    return () => this.#leave(name, listener);
  }

  /** Unsubscribe and subscribe once more, for a fresh snapshot. */
  resync(channel: Channel): void {
    if (this.#isReady) this.#again(channel);
  }

  /** Connect anew, with a new login. */
  restart(): void {
    this.#cut();
    this.#link.restart();
  }

  /** Hang up; listeners stay, and are served again after `restart`. */
  stop(): void {
    this.#isReady = false;
    this.#link.stop();
  }

  #leave(name: string, listener: Listener): void {
    const entry = this.#listeners.get(name);
    if (!entry?.who.delete(listener) || entry.who.size > 0) return;
    this.#listeners.delete(name);
    this.#ask('unsubscribe', [entry.channel]);
  }

  #again(channel: Channel): void {
    this.#ask('unsubscribe', [channel]);
    this.#ask('subscribe', [channel]);
  }

  #begin(): void {
    const login = this.#options.login;
    if (!login) {
      this.#ready();
      return;
    }
    const argument = login();
    if (argument) this.#link.send({ op: 'login', args: [argument] });
    else this.#link.stop();
  }

  #ready(): void {
    this.#isReady = true;
    const channels = [...this.#listeners.values()].map((entry) => entry.channel);
    // Together, since subscriptions are counted.
    for (let at = 0; at < channels.length; at += 50) this.#ask('subscribe', channels.slice(at, at + 50));
  }

  #ask(op: 'subscribe' | 'unsubscribe', args: Channel[]): void {
    if (this.#isReady) this.#link.send({ op, args });
  }

  #cut(): void {
    this.#isReady = false;
    for (const { who } of this.#listeners.values()) for (const listener of [...who]) listener.onCut?.();
  }

  #take(message: Message): void {
    const { event, arg, data } = message;
    if (event === 'login') this.#ready();
    else if (event === 'error') this.#refused(message);
    else if (event === 'notice') this.restart();
    else if (!event && arg && data) this.#push({ ...message, arg, data });
  }

  #refused({ code = '', msg = '', arg }: Message): void {
    if (!this.#isReady) {
      this.#options.onLoginRefused?.(code, msg);
      this.#link.stop();
      return;
    }
    const who = arg ? this.#listeners.get(nameOf(arg))?.who : undefined;
    for (const listener of who ?? []) listener.onRefused?.(code, msg);
  }

  #push(push: Push): void {
    // What the exchange adds to the name of a private channel is not part of ours.
    const asked = Object.fromEntries(Object.entries(push.arg).filter(([name]) => name !== 'uid'));
    const entry = this.#listeners.get(nameOf(push.arg)) ?? this.#listeners.get(nameOf(asked));
    for (const listener of [...(entry?.who ?? [])]) listener.onPush(push);
  }
}
