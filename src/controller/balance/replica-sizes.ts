import type { NodeId } from '../../base/ids.ts';
import { partitionKey } from '../../base/ids.ts';
import type { Transport } from '../../env/transport.ts';
import { ReplicaService } from '../../gen/ottla.ts';
import type {
  BrokerRegistration,
  MetadataImage,
  PartitionRegistration,
} from '../../metadata/image.ts';
import { isUsableBroker } from '../../metadata/image.ts';

/** Bytes that brokers have on disk, by broker and `partitionKey`. */
export type ReplicaSizes = ReadonlyMap<NodeId, ReadonlyMap<string, number>>;

const DEADLINE_MS = 2000;

/** Asks every broker in service. One that does not answer in time is left out. Never rejects. */
export const askReplicaSizes = async (
  image: MetadataImage,
  transport: Transport,
): Promise<ReplicaSizes> => {
  const brokers = [...image.brokers.values()].filter((it) => isUsableBroker(image, it.brokerId));
  const answers = await Promise.all(brokers.map((broker) => ask(broker, transport)));
  return new Map(answers.flatMap((answer) => (answer === undefined ? [] : [answer])));
};

const ask = async (
  { brokerId, peerAddress }: BrokerRegistration,
  transport: Transport,
): Promise<[NodeId, ReadonlyMap<string, number>] | undefined> => {
  try {
    const { topics } = await transport.call(peerAddress, ReplicaService.replicaSizes, {
      request: {},
      deadlineMs: DEADLINE_MS,
      lane: 'control',
    });
    const sizes = topics.flatMap(({ topicId, partitions, sizeBytes }) =>
      partitions.map((partition, at): [string, number] => [
        partitionKey(topicId, partition),
        sizeBytes[at] ?? 0,
      ]),
    );
    return [brokerId, new Map(sizes)];
  } catch {
    // Down, or of an earlier release: its sizes are not known, which plans allow for.
    return undefined;
  }
};

/** What a whole replica of each partition takes, as far as that is known. */
export const sizesOfPartitions = (
  image: MetadataImage,
  sizes: ReplicaSizes,
): ReadonlyMap<string, number> => {
  const found = new Map<string, number>();
  for (const { topicId, partitions } of image.topics.values()) {
    for (const [partition, registration] of partitions.entries()) {
      const key = partitionKey(topicId, partition);
      const size = sizeOfReplica(registration, key, sizes);
      if (size !== undefined) found.set(key, size);
    }
  }
  return found;
};

/** As much as its leader has, else the largest; undefined: nobody has told. */
export const sizeOfReplica = (
  { leader, replicas }: Pick<PartitionRegistration, 'leader' | 'replicas'>,
  key: string,
  sizes: ReplicaSizes,
): number | undefined => {
  const known = [leader, ...replicas].flatMap((id) => sizes.get(id)?.get(key) ?? []);
  const size = sizes.get(leader)?.get(key) ?? Math.max(-1, ...known);
  return size < 0 ? undefined : size;
};
