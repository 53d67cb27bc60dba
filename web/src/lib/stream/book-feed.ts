/** The channel `books`, checked: every change must follow the one before it, or the book is asked for anew. */
import type { Push, Stream } from './stream';

export interface BookChange {
  isSnapshot: boolean;
  bids: readonly (readonly string[])[];
  asks: readonly (readonly string[])[];
  timeMs: number;
}

export interface BookListener {
  onChange(change: BookChange): void;
  /** What is shown is old: the connection was cut, or a change was missed. */
  onStale(): void;
}

interface Row {
  bids: readonly (readonly string[])[];
  asks: readonly (readonly string[])[];
  ts: string;
  seqId: number;
  prevSeqId: number;
}

/** Follow the book of `instrumentId` until the returned function is called. */
export function followBook(stream: Stream, instrumentId: string, listener: BookListener): () => void {
  const channel = { channel: 'books', instId: instrumentId };
  let last: number | null = null;

  const stale = () => {
    last = null;
    listener.onStale();
  };

  const take = (row: Row, isSnapshot: boolean): void => {
    if (!isSnapshot) {
      if (last === null) return; // the snapshot that was asked for is on its way
      if (row.prevSeqId !== last) {
        stale();
        stream.resync(channel);
        return;
      }
    }
    last = row.seqId;
    listener.onChange({ isSnapshot, bids: row.bids, asks: row.asks, timeMs: Number(row.ts) });
  };

  return stream.subscribe(channel, {
    onPush: (push: Push) => {
      for (const row of push.data as Row[]) take(row, push.action === 'snapshot');
    },
    onCut: stale,
  });
}
