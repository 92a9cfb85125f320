import type { BrokerEpoch } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import type { ReplicaEnd, ReplicaEndsRequest, ReplicaEndsResponse } from '../../gen/ottla.ts';
import type { Partition } from './partition.ts';

export interface EndsOf {
  readonly brokerEpoch: BrokerEpoch;
  readonly partitionAt: (key: string) => Partition | undefined;
}

/** How far these replicas go; one that is not open, or whose disk has failed, is left out. */
export const describeReplicaEnds = (
  { replicas }: ReplicaEndsRequest,
  { brokerEpoch, partitionAt }: EndsOf,
): ReplicaEndsResponse => ({
  brokerEpoch,
  ends: replicas.flatMap(({ topicId, partition }) => {
    const found = partitionAt(partitionKey(topicId, partition));
    return found === undefined || found.isOffline ? [] : [endOf(found)];
  }),
});

const endOf = ({ topicId, partition, log, highWatermark }: Partition): ReplicaEnd => {
  const { logStartOffset, logEndOffset, flushedOffset } = log;
  const written = logEndOffset > logStartOffset ? log.epochAt(logEndOffset - 1) : NONE;
  return {
    topicId,
    partition,
    // By the newest record: one that was elected and has written nothing has no more for that.
    lastEpoch: written === NONE ? log.latestEpoch() : written,
    logStartOffset,
    logEndOffset,
    flushedOffset,
    highWatermark,
  };
};
