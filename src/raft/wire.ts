import { assert } from '../base/assert.ts';
import type { RaftBody } from '../gen/ottla.ts';
import { RaftEntry } from '../gen/ottla.ts';
import type { Entry } from './core/entry.ts';
import type { RaftMessage } from './core/messages.ts';

/**
 * The core's messages and the wire's have the same fields under the same names, but for three:
 * an entry's kind is a flag there, a snapshot id and a leader id may be absent.
 */
export const toWire = (message: RaftMessage): RaftBody =>
  message.kind === 'append'
    ? { kind: 'append', value: { ...message, entries: message.entries.map(entryToWire) } }
    : ({ kind: message.kind, value: message } as RaftBody);

/** A message as the core takes it; the core itself checks that it makes sense. */
export const fromWire = (body: RaftBody): RaftMessage => {
  switch (body.kind) {
    case 'append':
      return { ...body.value, kind: 'append', entries: body.value.entries.map(entryFromWire) };
    case 'installSnapshot':
    case 'installSnapshotReply': {
      const { snapshotId } = body.value;
      assert(snapshotId !== undefined, 'a snapshot message names its snapshot');
      return { ...body.value, kind: body.kind, snapshotId } as RaftMessage;
    }
    case 'leaderHint':
      return { ...body.value, kind: 'leaderHint', leaderId: body.value.leaderId };
    default:
      return { ...body.value, kind: body.kind } as RaftMessage;
  }
};

const entryToWire = (entry: Entry): RaftEntry => ({
  index: entry.index,
  term: entry.term,
  leaderChange: entry.kind === 'leaderChange',
  payload: entry.payload,
});

const entryFromWire = (entry: RaftEntry): Entry => ({
  index: entry.index,
  term: entry.term,
  kind: entry.leaderChange ? 'leaderChange' : 'data',
  payload: entry.payload,
});

/** An entry as the store keeps it. */
export const encodeEntry = (entry: Entry): Uint8Array => RaftEntry.encode(entryToWire(entry));

/** The entry that `encodeEntry` wrote. */
export const decodeEntry = (bytes: Uint8Array): Entry => entryFromWire(RaftEntry.decode(bytes));
