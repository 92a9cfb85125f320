import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RaftBody } from '../../../src/gen/ottla.ts';
import type { Entry } from '../../../src/raft/core/entry.ts';
import type { RaftMessage } from '../../../src/raft/core/messages.ts';
import type { Voter } from '../../../src/raft/core/voters.ts';
import { decodeEntry, encodeEntry, fromWire, toWire } from '../../../src/raft/wire.ts';

const count = fc.oneof(fc.nat(3), fc.maxSafeNat());
const id = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const header = { term: count, from: id };
const last = { lastIndex: count, lastTerm: count };
const snapshotId = fc.record({ index: count, term: count });

const voterArb: fc.Arbitrary<Voter> = fc.record({
  id,
  directoryId: fc.string(),
  address: fc.string(),
});

const entryArb: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({
    index: count,
    term: count,
    kind: fc.constantFrom('data' as const, 'leaderChange' as const),
    payload: bytes,
  }),
  fc.record({
    index: count,
    term: count,
    kind: fc.constant('voters' as const),
    payload: bytes,
    voters: fc.array(voterArb, { minLength: 1, maxLength: 5 }),
  }),
);

const kind = <K extends string>(name: K): { kind: fc.Arbitrary<K> } => ({
  kind: fc.constant(name),
});

const messages: { readonly [K in RaftMessage['kind']]: fc.Arbitrary<RaftMessage> } = {
  preVote: fc.record({ ...kind('preVote'), ...header, ...last }),
  preVoteReply: fc.record({ ...kind('preVoteReply'), ...header, granted: fc.boolean() }),
  vote: fc.record({ ...kind('vote'), ...header, ...last }),
  voteReply: fc.record({ ...kind('voteReply'), ...header, granted: fc.boolean() }),
  append: fc.record({
    ...kind('append'),
    ...header,
    prevIndex: count,
    prevTerm: count,
    entries: fc.array(entryArb, { maxLength: 4 }),
    commitIndex: count,
    needsUpdate: fc.boolean(),
  }),
  appendReply: fc.record({
    ...kind('appendReply'),
    ...header,
    success: fc.boolean(),
    matchIndex: count,
    hintIndex: count,
    hintTerm: count,
  }),
  installSnapshot: fc.record({
    ...kind('installSnapshot'),
    ...header,
    snapshotId,
    offset: count,
    data: bytes,
    done: fc.boolean(),
    totalBytes: count,
    voters: fc.array(voterArb, { maxLength: 5 }),
  }),
  installSnapshotReply: fc.record({
    ...kind('installSnapshotReply'),
    ...header,
    snapshotId,
    offset: count,
  }),
  timeoutNow: fc.record({ ...kind('timeoutNow'), ...header }),
  observe: fc.record({ ...kind('observe'), ...header, ...last }),
  leaderHint: fc.record({
    ...kind('leaderHint'),
    ...header,
    leaderId: fc.option(id, { nil: undefined }),
    leaderAddress: fc.string(),
  }),
};

/** Bytes compare as bytes, whichever view of them a codec made. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part) =>
      part instanceof Uint8Array ? `hex ${Buffer.from(part).toString('hex')}` : part,
    ),
    (_, part) => (part?.type === 'Buffer' ? `hex ${Buffer.from(part.data).toString('hex')}` : part),
  );

describe('raft messages on the wire', () => {
  it.each(Object.entries(messages))('give back every %s message as it was sent', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (message) => {
        const sent = RaftBody.encode(toWire(message));

        const received = fromWire(RaftBody.decode(sent));

        expect(plain(received)).toEqual(plain(message));
      }),
      { numRuns: 60 },
    );
  });

  it.each(['installSnapshot', 'installSnapshotReply'] as const)(
    'refuse an %s that names no snapshot',
    (name) => {
      const [message] = fc.sample(messages[name], { numRuns: 1, seed: 1 });
      const body = { kind: name, value: { ...message, snapshotId: undefined } } as RaftBody;

      const receive = () => fromWire(RaftBody.decode(RaftBody.encode(body)));

      expect(receive).toThrow('a snapshot message names its snapshot');
    },
  );

  it('keep an entry in the store as it was', () => {
    fc.assert(
      fc.property(entryArb, (entry) => {
        const stored = encodeEntry(entry);

        expect(plain(decodeEntry(stored))).toEqual(plain(entry));
      }),
      { numRuns: 100 },
    );
  });
});
