/** One connection that stays up: it pings, notices silence, and comes back after a cut, each time a little later. */

/** What is needed of a WebSocket; tests bring their own. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** `late`: connected, but nothing has been heard for longer than the exchange is ever silent. */
export type LinkStatus = 'idle' | 'connecting' | 'live' | 'late' | 'waiting';

export interface LinkEvents {
  onStatus(status: LinkStatus): void;
  /** Connected; subscriptions and logins are to be sent. */
  onOpen(): void;
  onMessage(message: unknown): void;
  onClose(): void;
}

export const TICK_MS = 1_000;
export const PING_AFTER_MS = 5_000;
export const LATE_AFTER_MS = 8_000;
export const DEAD_AFTER_MS = 16_000;
/** The exchange closes what says nothing for 30 seconds, however much it hears itself. */
export const SPEAK_AFTER_MS = 20_000;
export const WAIT_MS_MIN = 500;
export const WAIT_MS_MAX = 15_000;

export class Link {
  readonly #url: string;
  readonly #open: (url: string) => Socket;
  readonly #events: LinkEvents;
  readonly #random: () => number;
  readonly #now: () => number;
  #socket: Socket | null = null;
  #status: LinkStatus = 'idle';
  #ticking: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #heardMs = 0;
  #spokeMs = 0;
  #isPinged = false;

  constructor(
    url: string,
    open: (url: string) => Socket,
    events: LinkEvents,
    random: () => number = Math.random,
    now: () => number = Date.now,
  ) {
    this.#url = url;
    this.#open = open;
    this.#events = events;
    this.#random = random;
    this.#now = now;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** Connect, unless it is connected or about to be. */
  start(): void {
    if (this.#status === 'idle') this.#connect();
  }

  /** Hang up for good; `start` begins anew. */
  stop(): void {
    clearTimeout(this.#retry);
    this.#drop();
    this.#failures = 0;
    this.#set('idle');
  }

  /** Hang up and connect again at once: after a login that is no longer good, or when the machine woke up. */
  restart(): void {
    this.stop();
    this.start();
  }

  send(message: unknown): void {
    if (!this.#socket || (this.#status !== 'live' && this.#status !== 'late')) return;
    this.#say(JSON.stringify(message));
  }

  #connect(): void {
    this.#set('connecting');
    const socket = this.#open(this.#url);
    this.#socket = socket;
    this.#hear();
    this.#spokeMs = this.#now();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    socket.onopen = () => {
      this.#failures = 0;
      this.#hear();
      this.#set('live');
      this.#events.onOpen();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#lost();
  }

  #take(data: unknown): void {
    this.#hear();
    if (this.#status === 'late') this.#set('live');
    if (typeof data !== 'string' || data === 'pong') return;
    this.#events.onMessage(JSON.parse(data));
  }

  #tick(): void {
    const silentMs = this.#now() - this.#heardMs;
    if (silentMs >= DEAD_AFTER_MS) {
      this.#lost();
    } else if (this.#status === 'live' || this.#status === 'late') {
      const isSilent = silentMs >= PING_AFTER_MS && !this.#isPinged;
      if (isSilent || this.#now() - this.#spokeMs >= SPEAK_AFTER_MS) {
        this.#isPinged = true;
        this.#say('ping');
      }
      if (silentMs >= LATE_AFTER_MS) this.#set('late');
    }
  }

  #lost(): void {
    if (!this.#socket) return;
    this.#drop();
    this.#events.onClose();
    this.#set('waiting');
    // Twice as long each time, and nobody at the same moment as everybody else.
    const longest = Math.min(WAIT_MS_MAX, WAIT_MS_MIN * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(() => this.#connect(), longest / 2 + this.#random() * (longest / 2));
  }

  #drop(): void {
    clearInterval(this.#ticking);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #hear(): void {
    this.#heardMs = this.#now();
    this.#isPinged = false;
  }

  #say(text: string): void {
    this.#spokeMs = this.#now();
    this.#socket?.send(text);
  }

  #set(status: LinkStatus): void {
    if (this.#status === status) return;
    this.#status = status;
    this.#events.onStatus(status);
  }
}
