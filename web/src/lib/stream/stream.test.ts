import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { FakeNetwork } from './fake-socket';
import { DEAD_AFTER_MS, LATE_AFTER_MS, type LinkStatus, PING_AFTER_MS, SPEAK_AFTER_MS, WAIT_MS_MAX } from './socket';
import { type Push, Stream, type StreamOptions } from './stream';

const TICKERS = { channel: 'tickers', instId: 'A' };

let network: FakeNetwork;
let statuses: LinkStatus[];

beforeEach(() => {
  vi.useFakeTimers();
  network = new FakeNetwork();
  statuses = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function connected(options: StreamOptions = {}) {
  const stream = new Stream('ws://x', {
    open: network.open,
    random: () => 1,
    onStatus: (status) => statuses.push(status),
    ...options,
  });
  const heard: Push[] = [];
  const cuts: number[] = [];
  const listener = { onPush: (push: Push) => heard.push(push), onCut: () => cuts.push(1) };
  return { stream, heard, cuts, listener };
}

describe('subscriptions', () => {
  test('are sent when the connection is open, and pushes reach who asked', () => {
    const { stream, heard, listener } = connected();
    stream.subscribe(TICKERS, listener);
    expect(network.last.sent).toEqual([]);
    network.last.onopen?.();
    expect(network.last.sent).toEqual([{ op: 'subscribe', args: [TICKERS] }]);
    network.last.say({ event: 'subscribe', arg: TICKERS });
    network.last.say({ arg: { instId: 'A', channel: 'tickers' }, data: [{ last: '1' }] });
    network.last.say({ arg: { channel: 'trades', instId: 'A' }, data: [] });
    expect(heard.map((push) => push.data)).toEqual([[{ last: '1' }]]);
  });

  test('are counted: the last who leaves ends them', () => {
    const { stream, listener } = connected();
    const other = { onPush: vi.fn() };
    const leave = stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    const leaveToo = stream.subscribe(TICKERS, other);
    network.last.sent = [];
    leave();
    leave();
    expect(network.last.sent).toEqual([]);
    leaveToo();
    expect(network.last.sent).toEqual([{ op: 'unsubscribe', args: [TICKERS] }]);
  });

  test('of who comes later are asked for again, for the snapshot', () => {
    const { stream, listener } = connected();
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    network.last.sent = [];
    stream.subscribe(TICKERS, { onPush: vi.fn() });
    expect(network.last.sent).toMatchObject([{ op: 'unsubscribe' }, { op: 'subscribe' }]);
  });

  test('of a private channel are told with a user id that nobody asked for', () => {
    const { stream, heard, listener } = connected();
    stream.subscribe({ channel: 'account' }, listener);
    network.last.onopen?.();
    network.last.say({ arg: { channel: 'account', uid: '7' }, data: [{}] });
    expect(heard).toHaveLength(1);
  });

  test('that are refused say so', () => {
    const { stream } = connected();
    const onRefused = vi.fn();
    stream.subscribe(TICKERS, { onPush: vi.fn(), onRefused });
    network.last.onopen?.();
    network.last.say({ event: 'error', code: '60018', msg: 'no such channel', arg: TICKERS });
    expect(onRefused).toHaveBeenCalledWith('60018', 'no such channel');
  });
});

describe('a cut', () => {
  test('is told, and everything is subscribed again', () => {
    const { stream, cuts, listener } = connected();
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    network.last.onclose?.();
    expect([cuts.length, statuses.at(-1)]).toEqual([1, 'waiting']);
    vi.advanceTimersByTime(500);
    expect(network.sockets).toHaveLength(2);
    network.last.onopen?.();
    expect(network.last.sent).toEqual([{ op: 'subscribe', args: [TICKERS] }]);
    expect(statuses).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
  });

  test('that lasts is tried again ever later, but never rarer than the longest wait', () => {
    const { stream, listener } = connected();
    stream.subscribe(TICKERS, listener);
    const waits = [500, 1_000, 2_000, 4_000, 8_000, WAIT_MS_MAX, WAIT_MS_MAX];
    for (const [index, wait] of waits.entries()) {
      network.last.onclose?.();
      vi.advanceTimersByTime(wait - 1);
      expect(network.sockets).toHaveLength(index + 1);
      vi.advanceTimersByTime(1);
      expect(network.sockets).toHaveLength(index + 2);
    }
  });

  test('comes when the exchange announces its end', () => {
    const { stream, cuts, listener } = connected();
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    network.last.say({ event: 'notice', code: '64008', msg: 'closing' });
    expect([cuts.length, network.sockets.length]).toEqual([1, 2]);
  });
});

describe('silence', () => {
  test('is answered with a ping, then shown, then ended', () => {
    const { stream, listener } = connected();
    stream.subscribe(TICKERS, listener);
    const socket = network.last;
    socket.onopen?.();
    vi.advanceTimersByTime(PING_AFTER_MS);
    expect(socket.sent.at(-1)).toBe('ping');
    vi.advanceTimersByTime(LATE_AFTER_MS - PING_AFTER_MS);
    expect(statuses.at(-1)).toBe('late');
    socket.say('pong');
    expect(statuses.at(-1)).toBe('live');
    vi.advanceTimersByTime(DEAD_AFTER_MS);
    expect([socket.isClosed, statuses.at(-1)]).toEqual([true, 'waiting']);
  });

  test('of ours is broken in time, however much is heard', () => {
    const { stream, listener } = connected();
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    network.last.sent = [];
    for (let second = 0; second < SPEAK_AFTER_MS / 1_000; second += 1) {
      network.last.say({ arg: TICKERS, data: [] });
      vi.advanceTimersByTime(1_000);
    }
    expect(network.last.sent).toEqual(['ping']);
  });
});

describe('a login', () => {
  const login = { apiKey: 'k' };

  test('comes before what needs it', () => {
    const { stream, listener } = connected({ login: () => login });
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    expect(network.last.sent).toEqual([{ op: 'login', args: [login] }]);
    network.last.say({ event: 'login', code: '0' });
    expect(network.last.sent.at(-1)).toEqual({ op: 'subscribe', args: [TICKERS] });
  });

  test('that is refused is told, and not tried for ever', () => {
    const onLoginRefused = vi.fn();
    const { stream, listener } = connected({ login: () => login, onLoginRefused });
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    network.last.say({ event: 'error', code: '60005', msg: 'Invalid apiKey' });
    expect(onLoginRefused).toHaveBeenCalledWith('60005', 'Invalid apiKey');
    vi.advanceTimersByTime(60_000);
    expect(network.sockets).toHaveLength(1);
  });

  test('is not tried by nobody, but by who comes later', () => {
    let argument: Record<string, string> | null = null;
    const { stream, listener } = connected({ login: () => argument });
    stream.subscribe(TICKERS, listener);
    network.last.onopen?.();
    expect(stream.status).toBe('idle');
    argument = login;
    stream.restart();
    network.last.onopen?.();
    expect(network.last.sent).toEqual([{ op: 'login', args: [login] }]);
  });
});

test('what is stopped is silent', () => {
  const { stream, listener } = connected();
  stream.subscribe(TICKERS, listener);
  network.last.onopen?.();
  stream.stop();
  vi.advanceTimersByTime(60_000);
  expect([network.sockets.length, network.last.isClosed, stream.status]).toEqual([1, true, 'idle']);
});
