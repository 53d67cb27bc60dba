import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { type BookChange, followBook } from './book-feed';
import { FakeNetwork } from './fake-socket';
import { Stream } from './stream';

const ARG = { channel: 'books', instId: 'A' };
const row = (prevSeqId: number, seqId: number) => ({
  bids: [['1', '2', '0', '1']],
  asks: [],
  ts: '5',
  prevSeqId,
  seqId,
});

let network: FakeNetwork;
let changes: BookChange[];
let onStale: () => void;
let leave: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  network = new FakeNetwork();
  changes = [];
  onStale = vi.fn();
  const stream = new Stream('ws://x', { open: network.open, random: () => 1 });
  leave = followBook(stream, 'A', { onChange: (change) => changes.push(change), onStale });
  network.last.onopen?.();
  network.last.say({ arg: ARG, action: 'snapshot', data: [row(-1, 10)] });
  network.last.sent = [];
});
afterEach(() => {
  vi.useRealTimers();
});

test('changes that follow each other are passed on', () => {
  network.last.say({ arg: ARG, action: 'update', data: [row(10, 12), row(12, 12)] });
  expect(changes.map((change) => change.isSnapshot)).toEqual([true, false, false]);
  expect(changes[0]).toMatchObject({ bids: [['1', '2', '0', '1']], timeMs: 5 });
});

test('after a gap the book is asked for anew, and nothing is shown until it comes', () => {
  network.last.say({ arg: ARG, action: 'update', data: [row(11, 13)] });
  expect(onStale).toHaveBeenCalledOnce();
  expect(network.last.sent).toEqual([
    { op: 'unsubscribe', args: [ARG] },
    { op: 'subscribe', args: [ARG] },
  ]);
  network.last.say({ arg: ARG, action: 'update', data: [row(13, 14)] });
  expect(changes).toHaveLength(1);
  network.last.say({ arg: ARG, action: 'snapshot', data: [row(-1, 20)] });
  network.last.say({ arg: ARG, action: 'update', data: [row(20, 21)] });
  expect(changes).toHaveLength(3);
});

test('after a cut a new connection begins with a snapshot', () => {
  network.last.onclose?.();
  expect(onStale).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(500);
  network.last.onopen?.();
  expect(network.last.sent).toEqual([{ op: 'subscribe', args: [ARG] }]);
});

test('who leaves hears no more', () => {
  leave();
  expect(network.last.sent).toEqual([{ op: 'unsubscribe', args: [ARG] }]);
});
