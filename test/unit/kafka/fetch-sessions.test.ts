import { beforeEach, describe, expect, it } from 'vitest';
import type { OpenedFetch } from '../../../src/kafka/api/fetch-sessions.ts';
import { FetchSessions, rotate } from '../../../src/kafka/api/fetch-sessions.ts';
import type { FetchRequest } from '../../../src/kafka/wire/messages/fetch.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const VERSION = 12;

interface Asked {
  readonly sessionId?: number;
  readonly sessionEpoch?: number;
  readonly partitions?: readonly number[];
  readonly forgotten?: readonly number[];
  readonly fetchOffset?: number;
}

const request = (asked: Asked): FetchRequest =>
  ({
    sessionId: asked.sessionId ?? 0,
    sessionEpoch: asked.sessionEpoch ?? 0,
    topics: [
      {
        topic: 't',
        partitions: (asked.partitions ?? []).map((partition) => ({
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: asked.fetchOffset ?? 0,
          lastFetchedEpoch: -1,
          partitionMaxBytes: 1000,
        })),
      },
    ],
    forgottenTopicsData: [{ topic: 't', partitions: asked.forgotten ?? [] }],
  }) as unknown as FetchRequest;

const partitionsOf = (opened: OpenedFetch): number[] =>
  opened.kind === 'refused' ? [] : opened.targets.map(({ partition }) => partition);

describe('a fetch session', () => {
  let sessions: FetchSessions;
  const open = (asked: Asked, version = VERSION): OpenedFetch =>
    sessions.open(request(asked), version);
  const begin = (partitions: readonly number[]): number => {
    const opened = open({ partitions });
    return opened.kind === 'full' ? (opened.session?.sessionId ?? 0) : 0;
  };
  beforeEach(() => {
    sessions = new FetchSessions(new SeededRandom(1));
  });

  it('begins with a full fetch and has a number', () => {
    expect(begin([0, 1])).toBeGreaterThan(0);
    expect(sessions.count).toBe(1);
  });

  it('is not made for a client that wants none, or nothing', () => {
    open({ sessionEpoch: -1, partitions: [0] });
    open({ partitions: [] });

    expect(sessions.count).toBe(0);
  });

  it('remembers what was asked for before', () => {
    const sessionId = begin([0, 1]);

    const opened = open({ sessionId, sessionEpoch: 1 });

    expect(opened.kind).toBe('incremental');
    expect(partitionsOf(opened)).toEqual([0, 1]);
  });

  it('takes what is new, changed and forgotten', () => {
    const sessionId = begin([0, 1]);

    const asked = { sessionId, sessionEpoch: 1, partitions: [1, 2], forgotten: [0] };
    const opened = open({ ...asked, fetchOffset: 9 });

    expect(partitionsOf(opened)).toEqual([1, 2]);
    if (opened.kind === 'refused') return;
    expect(opened.targets.map(({ fetchOffset }) => fetchOffset)).toEqual([9, 9]);
  });

  it('gives those that had data their next turn behind the others', () => {
    const sessionId = begin([0, 1, 2]);
    const first = open({ sessionId, sessionEpoch: 1 });
    if (first.kind !== 'incremental') throw new Error('the session is there');

    rotate(first.session, first.targets.slice(0, 1));

    expect(partitionsOf(open({ sessionId, sessionEpoch: 2 }))).toEqual([1, 2, 0]);
  });

  it('refuses an epoch that is not the next one', () => {
    const sessionId = begin([0]);

    expect(open({ sessionId, sessionEpoch: 2 })).toEqual({
      kind: 'refused',
      code: 'INVALID_EPOCH',
    });
  });

  it('refuses a number that is not known', () => {
    expect(open({ sessionId: 7, sessionEpoch: 1 })).toEqual({ kind: 'refused', code: 'NOT_FOUND' });
  });

  it('refuses a change from names to ids', () => {
    const sessionId = begin([0]);

    const opened = open({ sessionId, sessionEpoch: 1 }, 13);

    expect(opened).toEqual({ kind: 'refused', code: 'TOPIC_ID_ERROR' });
  });

  it('ends when its client says so', () => {
    const sessionId = begin([0]);

    open({ sessionId, sessionEpoch: -1, partitions: [0] });

    expect(sessions.count).toBe(0);
  });

  it('goes when a thousand others were used after it', () => {
    const oldest = begin([0]);
    for (let count = 0; count < 1000; count += 1) begin([0]);

    expect(sessions.count).toBe(1000);
    expect(open({ sessionId: oldest, sessionEpoch: 1 })).toMatchObject({ code: 'NOT_FOUND' });
  });
});
