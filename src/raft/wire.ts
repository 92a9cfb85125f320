import { assert } from '../base/assert.ts';
import type { RaftAppend, RaftBody, RaftVoter } from '../gen/ottla.ts';
import { RaftEntry } from '../gen/ottla.ts';
import type { Entry } from './core/entry.ts';
import type { Append, RaftMessage } from './core/messages.ts';
import type { Voter } from './core/voters.ts';

/**
 * The core's messages and the wire's have the same fields under the same names, but for four: an
 * entry's kind shows in its content there, a snapshot id and a leader id may be absent, and a
 * voter's number is called as in all other messages.
 */
export const toWire = (message: RaftMessage): RaftBody => {
  switch (message.kind) {
    case 'append':
      return { kind: 'append', value: appendToWire(message) };
    case 'installSnapshot':
      return {
        kind: 'installSnapshot',
        value: { ...message, voters: message.voters.map(voterToWire) },
      };
    default:
      return { kind: message.kind, value: message } as RaftBody;
  }
};

const appendToWire = ({ entries, needsUpdate = false, ...message }: Append): RaftAppend => ({
  ...message,
  entries: entries.map(entryToWire),
  needsUpdate,
});

/** A message as the core takes it; the core itself checks that it makes sense. */
export const fromWire = (body: RaftBody): RaftMessage => {
  switch (body.kind) {
    case 'append':
      return { ...body.value, kind: 'append', entries: body.value.entries.map(entryFromWire) };
    case 'installSnapshot': {
      const { snapshotId, voters } = body.value;
      assert(snapshotId !== undefined, 'a snapshot message names its snapshot');
      return { ...body.value, kind: body.kind, snapshotId, voters: voters.map(voterFromWire) };
    }
    case 'installSnapshotReply': {
      const { snapshotId } = body.value;
      assert(snapshotId !== undefined, 'a snapshot message names its snapshot');
      return { ...body.value, kind: body.kind, snapshotId };
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
  voters: entry.voters?.map(voterToWire) ?? [],
});

const entryFromWire = ({ index, term, leaderChange, payload, voters }: RaftEntry): Entry => {
  if (voters.length > 0) {
    return { index, term, kind: 'voters', payload, voters: voters.map(voterFromWire) };
  }
  return { index, term, kind: leaderChange ? 'leaderChange' : 'data', payload };
};

export const voterToWire = ({ id, directoryId, address }: Voter): RaftVoter => ({
  nodeId: id,
  directoryId,
  address,
});

export const voterFromWire = ({ nodeId, directoryId, address }: RaftVoter): Voter => ({
  id: nodeId,
  directoryId,
  address,
});

/** An entry as the store keeps it. */
export const encodeEntry = (entry: Entry): Uint8Array => RaftEntry.encode(entryToWire(entry));

/** The entry that `encodeEntry` wrote. */
export const decodeEntry = (bytes: Uint8Array): Entry => entryFromWire(RaftEntry.decode(bytes));
