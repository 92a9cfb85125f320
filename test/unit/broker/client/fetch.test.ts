import { describe, expect, test } from 'vitest';
import { errorCodeOf } from '../../../../src/base/errors.ts';
import { openFetch } from '../harness/client-streams.ts';
import { batchOf, TestCluster } from '../harness/test-cluster.ts';
import { oneBroker } from './fixture.ts';

describe('fetch', () => {
  test('answers at once with what is committed', async () => {
    const cluster = await oneBroker();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a', 'b']));
    await cluster.run(20);
    const { ask, frames, valuesIn } = openFetch(cluster);

    ask(1);
    await cluster.run(5);

    expect(valuesIn(frames[0])).toEqual(['a', 'b']);
    expect(frames[0]?.header).toMatchObject({
      requestId: 1,
      partitions: [{ topicId: 't', errorCode: 0, highWatermark: 2, logStartOffset: 0 }],
    });
  });

  test('waits for the commit and not for the append', async () => {
    const cluster = await oneBroker();
    const { ask, frames, valuesIn } = openFetch(cluster);
    ask(1);
    await cluster.run(50);
    cluster.broker(1).disk.holdSyncs();
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']), { acks: 1 });
    await cluster.run(50);
    expect(frames).toEqual([]);

    cluster.broker(1).disk.releaseSyncs();
    await cluster.run(10);

    expect(valuesIn(frames[0])).toEqual(['a']);
  });

  test('answers with nothing after its wait', async () => {
    const cluster = await oneBroker();
    const { ask, frames } = openFetch(cluster);

    ask(1, { maxWaitMs: 200 });
    await cluster.run(195);
    expect(frames).toEqual([]);
    await cluster.run(30);

    expect(frames[0]?.header.partitions[0]).toMatchObject({ errorCode: 0, lengthBytes: 0 });
  });

  test('waits for as many bytes as were asked for', async () => {
    const cluster = await oneBroker();
    const { ask, frames, valuesIn } = openFetch(cluster);
    ask(1, { minBytes: 100 });
    cluster.produce(cluster.broker(1).replica('t'), batchOf(['a']));
    await cluster.run(50);
    expect(frames).toEqual([]);

    cluster.produce(cluster.broker(1).replica('t'), batchOf(['b']));
    await cluster.run(50);

    expect(valuesIn(frames[0])).toEqual(['a', 'b']);
  });

  test('ends when it is cancelled, and another on the same stream waits on', async () => {
    const cluster = await oneBroker();
    const { ask, frames, stream } = openFetch(cluster);
    ask(1);
    ask(2, { topicId: 'u' });
    await cluster.run(20);

    stream.send({
      requestId: 0,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 0,
      partitions: [],
      cancelRequestId: 1,
    });
    await cluster.run(20);

    expect(frames.map(({ header }) => header.requestId)).toEqual([1]);
  });

  test('wakes when the leader is deposed', async () => {
    const cluster = await TestCluster.start(2);
    cluster.controller.createTopic('t', [1, 2]);
    await cluster.run(50);
    const { ask, frames } = openFetch(cluster);
    ask(1);
    await cluster.run(20);

    cluster.controller.change('t', { leader: 2 });
    await cluster.run(10);

    const result = frames[0]?.header.partitions[0];
    expect(errorCodeOf(result?.errorCode ?? 0)).toBe('NOT_LEADER_OR_FOLLOWER');
    expect(result?.leaderHint).toEqual({ leaderId: 2, leaderEpoch: 1 });
  });

  test.each([
    ['beyond the end', { fetchOffset: 5 }, 'OFFSET_OUT_OF_RANGE'],
    ['with an older leader epoch', { currentLeaderEpoch: 0 }, 'FENCED_LEADER_EPOCH'],
    ['with a newer leader epoch', { currentLeaderEpoch: 9 }, 'UNKNOWN_LEADER_EPOCH'],
    ['of an unknown topic', { topicId: 'nowhere' }, 'UNKNOWN_TOPIC_ID'],
  ] as const)('%s is refused at once', async (_name, change, code) => {
    const cluster = await oneBroker();
    cluster.controller.change('t', { leader: 1 });
    await cluster.run(30);
    const { ask, frames } = openFetch(cluster);

    ask(1, change);
    await cluster.run(10);

    expect(errorCodeOf(frames[0]?.header.partitions[0]?.errorCode ?? 0)).toBe(code);
  });
});
