import { afterEach, describe, expect, it } from 'vitest';
import { History } from '../../chaos/checker/history.ts';
import { judge } from '../workload/judge.ts';
import { combined } from '../world/cluster-config.ts';
import type { World } from '../world.ts';
import { endOn, worldWithTopic } from './scenario.ts';

let world: World;

afterEach(() => world.close());

const ALL = [1, 2, 3];

/** Reads topic `t` from its start until `count` records have come. */
const readAll = async (count: number): Promise<Array<readonly [number, string]>> => {
  const assignments = [{ topic: 't', partition: 0, from: 'earliest' as const }];
  const reader = world.client('reader').sdk.reader({ assignments });
  const found: Array<readonly [number, string]> = [];
  const read = async (): Promise<void> => {
    for await (const { records } of reader.batches()) {
      for (const { offset, value } of records) {
        found.push([offset, Buffer.from(value ?? []).toString()]);
      }
      if (found.length >= count) return;
    }
  };
  await world.outcome(read(), 'reading');
  return found;
};

interface Story {
  /** `a` was acknowledged while no disk had it. */
  readonly isEarly: boolean;
  /** What the checker says of it all. */
  readonly anomalies: readonly string[];
}

/** Every in-sync replica loses power between the write of `a` and its sync; then `b` is written. */
const powerGoesBeforeTheSync = async (durability: 'memory' | 'fsync'): Promise<Story> => {
  world = await worldWithTopic(combined(3), { configs: { 'ack.durability': durability } });
  const history = new History();
  const send = (value: string): { readonly offset: Promise<number> } => {
    const sent = { key: 't-0', value };
    const begun = { f: 'send', process: 'p' } as const;
    const invocation = history.add({
      ...begun,
      type: 'invoke',
      sent: [sent],
      timeMs: world.nowMs,
    });
    const offset = world.produce('t', 0, value).then((at) => {
      const timeMs = world.nowMs;
      history.add({ ...begun, type: 'ok', invocation, sent: [{ ...sent, offset: at }], timeMs });
      return at;
    });
    return { offset };
  };

  // From here on the leader serves; its epoch is on its disk.
  await world.outcome(send('before').offset, 'before');
  for (const nodeId of ALL) world.machine(nodeId).disk.holdSyncs();
  let isEarly = false;
  const a = send('a').offset.then(() => {
    isEarly = true;
  });
  await world.until(() => ALL.every((nodeId) => endOn(world, nodeId) === 2), 2000, 1);
  await world.advance(200);
  const wasEarly = isEarly;
  world.powerCut(ALL, 'what was synced');
  world.healAll();
  await world.settle();
  await world.outcome(a, 'a');
  await world.outcome(send('b').offset, 'b');
  await world.settle();

  const records = await readAll(durability === 'memory' ? 1 : 3);
  const polled = [{ key: 't-0', records }];
  const reading = { process: 'r', timeMs: world.nowMs } as const;
  history.add({ ...reading, f: 'assign', type: 'ok', keys: ['t-0'] });
  history.add({ ...reading, f: 'poll', type: 'ok', polled });
  const topic = { name: 't', label: 't', keeps: 'all', partitionCount: 1 } as const;
  const anomalies = judge(history.operations, {
    topics: [{ ...topic, isKept: false, delays: false, dedups: false, deletedAt: undefined }],
    logStarts: new Map([['t-0', 0]]),
  });
  return { isEarly: wasEarly, anomalies };
};

describe('a record that every in-sync replica has written and none has synced', () => {
  it('is acknowledged under memory, lost with the power, and reported as lost', async () => {
    const { isEarly, anomalies } = await powerGoesBeforeTheSync('memory');

    expect(isEarly).toBe(true);
    expect(anomalies.join()).toMatch(/\ba\b/);
    expect(world.observer.marks.get('memory.lost')).toBe(1);
  });

  it('is not acknowledged under fsync, and is there once it is', async () => {
    const { isEarly, anomalies } = await powerGoesBeforeTheSync('fsync');

    expect({ isEarly, anomalies }).toEqual({ isEarly: false, anomalies: [] });
    expect(world.observer.marks.has('memory.lost')).toBe(false);
  });
});
