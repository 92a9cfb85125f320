import { partitionKey } from '../../../src/base/ids.ts';
import { nextOffsetOf, readBatchHeader } from '../../../src/record/batch-header.ts';
import { decodeBatch } from '../../../src/record/batch-reader.ts';
import type { DecodedRecord } from '../../../src/record/record.ts';
import { readBatches } from './delayed-steps.ts';
import type { ClusterView, Invariant, Replica } from './invariant.ts';

/** Where the record with an id is, by what is committed. */
interface Place {
  readonly offset: number;
  readonly leaderEpoch: number;
}

interface Committed {
  endOffset: number;
  readonly places: Map<string, Place>;
}

/**
 * On a topic with a window for ids, which no run outlives, an id is in the committed log once. Who
 * was answered for it, the first time or later, by whatever leader, was told of that offset, and
 * not before it was committed.
 */
export const repeatedRecords = (): Invariant => {
  const byPartition = new Map<string, Committed>();
  const answered = new Set<string>();
  const committedOf = (key: string): Committed => {
    const known = byPartition.get(key) ?? { endOffset: 0, places: new Map() };
    byPartition.set(key, known);
    return known;
  };
  return {
    name: 'repeated-records',
    source: 'docs/adr/011: an id is known by the log that its record is in',
    onEvent: (view) => {
      for (const replica of view.replicas) {
        const { key, log, highWatermark } = replica.partition;
        if (log.config.dedupWindowMs === 0) continue;
        const committed = committedOf(key);
        if (highWatermark > committed.endOffset) learn(view, replica, committed);
      }
    },
    onIdAnswered: (view, { topic, partition, id, offset }) => {
      const topicId = view.truth.topicIdsByName.get(topic) ?? '';
      const key = partitionKey(topicId, partition);
      const place = committedOf(key).places.get(id);
      const who = `${topic}-${partition}: ${id} is answered with offset ${offset}`;
      if (place === undefined) {
        view.violate('id-is-committed', `${who}, and nowhere in what is committed`);
        return;
      }
      if (place.offset !== offset) {
        view.violate('id-has-one-offset', `${who}, and lies at ${place.offset}`);
      }
      if (answered.has(id)) view.mark('repeat.answered');
      answered.add(id);
      const leader = view.replicas.find((it) => it.partition.key === key && it.partition.isLeader);
      if ((leader?.partition.core.leaderEpoch ?? 0) > place.leaderEpoch) {
        view.mark('repeat.by-a-later-leader');
      }
    },
  };
};

const learn = (view: ClusterView, { partition }: Replica, committed: Committed): void => {
  const { log, highWatermark } = partition;
  const from = Math.max(committed.endOffset, log.logStartOffset);
  for (const batch of readBatches(log, from, highWatermark)) {
    const header = readBatchHeader(batch);
    committed.endOffset = nextOffsetOf(header);
    for (const record of decodeBatch(batch).records) {
      const id = idOf(record);
      if (id === undefined) continue;
      const before = committed.places.get(id);
      if (before !== undefined) {
        const what = `${id} at ${record.offset}, and before at ${before.offset}`;
        view.violate('id-once', `${partition.describe()}: ${what}`);
      }
      const leaderEpoch = header.partitionLeaderEpoch;
      committed.places.set(id, { offset: record.offset, leaderEpoch });
    }
  }
};

/** Read from the bytes, and not by what looks for it. */
const idOf = ({ headers }: DecodedRecord): string | undefined => {
  const value = headers.find(({ key }) => key === 'message-id')?.value;
  return value === undefined || value === null ? undefined : Buffer.from(value).toString();
};
