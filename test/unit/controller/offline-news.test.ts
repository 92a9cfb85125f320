import { beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../../src/controller/sessions.ts';
import { BrokerSessions } from '../../../src/controller/sessions.ts';
import type { BrokerHeartbeat } from '../../../src/gen/ottla.ts';

const REPLICAS = [{ topicId: 't', partition: 3 }];
const DIRECTORIES = [{ path: '/disk2', reason: 'EIO' }];
const OFFLINE = { offline: REPLICAS, offlineDirectories: DIRECTORIES };
const OF_TWO = { brokers: [{ brokerId: 2, directories: DIRECTORIES, replicas: REPLICAS }] };

let sessions: BrokerSessions;

beforeEach(() => {
  sessions = new BrokerSessions(1000);
});

const beat = (
  brokerId: number,
  change: Partial<BrokerHeartbeat> = {},
  stream: object = streamOf(brokerId),
): Session => {
  const nothing = { damaged: [], offline: [], offlineDirectories: [] };
  const standing = { metadataIndex: 1, wantFence: false, wantShutdown: false };
  const session = sessions.onBeat(
    { brokerId, brokerEpoch: 1, ...standing, ...nothing, ...change },
    0,
  );
  sessions.onStream(session, stream);
  return session;
};

const streams = new Map<number, object>();
const streamOf = (brokerId: number): object => {
  const stream = streams.get(brokerId) ?? { brokerId };
  streams.set(brokerId, stream);
  return stream;
};

describe('what is offline in the cluster', () => {
  it('is told to every broker once, and again when it changes', () => {
    beat(1);
    beat(2);
    expect([sessions.newsFor(1), sessions.newsFor(1)]).toEqual([{ brokers: [] }, undefined]);

    beat(2, OFFLINE);
    expect([1, 2, 1, 2].map((id) => sessions.newsFor(id))).toEqual([
      OF_TWO,
      OF_TWO,
      undefined,
      undefined,
    ]);
    beat(2, { offline: [...REPLICAS], offlineDirectories: [...DIRECTORIES] });
    expect(sessions.newsFor(1)).toBeUndefined();

    beat(2);
    expect(sessions.newsFor(1)).toEqual({ brokers: [] });
  });

  it('is told again on a new stream, whoever served the old one', () => {
    beat(2, OFFLINE);
    beat(1);
    sessions.newsFor(1);

    beat(1, {}, { another: true });

    expect(sessions.newsFor(1)).toEqual(OF_TWO);
  });

  it('does not outlive the process that said it', () => {
    const session = beat(2, OFFLINE);
    beat(1);
    sessions.newsFor(1);

    sessions.begin({ brokerId: 2, brokerEpoch: 2 }, 0);
    expect(sessions.newsFor(1)).toEqual({ brokers: [] });

    beat(2, { ...OFFLINE, brokerEpoch: 2 });
    expect(sessions.newsFor(1)).toEqual(OF_TWO);
    sessions.remove(session);
    expect(sessions.newsFor(1)).toBeUndefined();
    const latest = sessions.get(2);
    if (latest !== undefined) sessions.remove(latest);
    expect(sessions.newsFor(1)).toEqual({ brokers: [] });
  });
});
