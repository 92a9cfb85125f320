import type { BrokerEpoch, NodeId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { Transport } from '../../env/transport.ts';
import type { PartitionRef, ReplicaEnd } from '../../gen/ottla.ts';
import { ReplicaService } from '../../gen/ottla.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import { partitionOf } from '../../metadata/image.ts';

/** What a broker has said of one of its replicas. */
export interface FoundEnd {
  readonly brokerId: NodeId;
  /** The registration that it spoke for. */
  readonly brokerEpoch: BrokerEpoch;
  readonly end: ReplicaEnd;
}

/** By `partitionKey`. */
export type FoundEnds = ReadonlyMap<string, readonly FoundEnd[]>;

const DEADLINE_MS = 2000;

/**
 * Asks every registered broker that has one of these partitions, in service or not. One that does
 * not answer in time, or has a replica not open, is left out there. Never rejects.
 */
export const askReplicaEnds = async (
  image: MetadataImage,
  refs: readonly PartitionRef[],
  transport: Transport,
): Promise<FoundEnds> => {
  const answers = await Promise.all(
    [...refsByBroker(image, refs)].map(([brokerId, replicas]) =>
      ask(image, { brokerId, replicas }, transport),
    ),
  );
  const found = new Map<string, FoundEnd[]>();
  for (const one of answers.flat()) {
    const key = partitionKey(one.end.topicId, one.end.partition);
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
};

const refsByBroker = (
  image: MetadataImage,
  refs: readonly PartitionRef[],
): ReadonlyMap<NodeId, readonly PartitionRef[]> => {
  const found = new Map<NodeId, PartitionRef[]>();
  for (const ref of refs) {
    for (const brokerId of partitionOf(image, ref.topicId, ref.partition)?.replicas ?? []) {
      found.set(brokerId, [...(found.get(brokerId) ?? []), ref]);
    }
  }
  return found;
};

const ask = async (
  image: MetadataImage,
  { brokerId, replicas }: { readonly brokerId: NodeId; readonly replicas: readonly PartitionRef[] },
  transport: Transport,
): Promise<FoundEnd[]> => {
  const broker = image.brokers.get(brokerId);
  if (broker === undefined) return [];
  try {
    const { brokerEpoch, ends } = await transport.call(
      broker.peerAddress,
      ReplicaService.replicaEnds,
      { request: { replicas }, deadlineMs: DEADLINE_MS, lane: 'control' },
    );
    return ends.map((end) => ({ brokerId, brokerEpoch, end }));
  } catch {
    // Down: what it has is not known.
    return [];
  }
};
