import type { ProduceOutcome } from '../../../../src/broker/replication/produce-outcome.ts';
import type { SentRecord } from '../delayed/delayed-cluster.ts';
import { DelayedCluster, sentBatch } from '../delayed/delayed-cluster.ts';

export const WINDOW_MS = 60_000;

/** Brokers that replicate topic `t`, in which repeats are known by their ids. */
export const startDedup = (
  count: 1 | 3 = 3,
  configs: Readonly<Record<string, string>> = {},
): Promise<DelayedCluster> =>
  DelayedCluster.start(count, {
    'delay.enable': 'false',
    'dedup.window.ms': String(WINDOW_MS),
    'min.insync.replicas': count === 1 ? '1' : '2',
    ...configs,
  });

/** A record whose id is its value, or another one. */
export const named = (value: string, id = value): SentRecord => ({
  value,
  headers: { 'message-id': id },
});

/** Where a batch went, record by record. */
export const offsetsOf = (outcome: ProduceOutcome | undefined, count: number): number[] => {
  if (outcome?.code !== 'NONE') throw new Error(`not appended: ${outcome?.code}`);
  const { baseOffset, offsets } = outcome;
  return Array.from(
    { length: count },
    (_, index) => offsets?.[index] ?? (baseOffset < 0 ? -1 : baseOffset + index),
  );
};

/** Sends ids, five a batch; where they went. Retries what is refused for a while, as clients do. */
export const sendIds = async (
  world: DelayedCluster,
  brokerId: number,
  ids: readonly string[],
): Promise<number[]> => {
  const offsets: number[] = [];
  for (let at = 0; at < ids.length; at += 5) {
    const records = ids.slice(at, at + 5).map((id) => named(id));
    for (let attempt = 0; ; attempt += 1) {
      const sent = world.send(brokerId, sentBatch(records));
      for (let step = 0; step < 200 && sent.outcome === undefined; step += 1) await world.run(1);
      const isRefused = sent.outcome?.code === 'REPLICA_NOT_AVAILABLE';
      if (isRefused && attempt < 20) {
        await world.run(50);
        continue;
      }
      offsets.push(...offsetsOf(sent.outcome, records.length));
      break;
    }
  }
  return offsets;
};
