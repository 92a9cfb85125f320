import { NONE } from '../../base/ids.ts';
import { askQuorum } from '../../broker/client/describe.ts';
import type { QuorumPeer } from '../../gen/ottla.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { DescribeQuorumResponse } from '../wire/messages/cluster.ts';
import { CLUSTER_OPERATIONS } from './authorized.ts';
import type { KafkaContext } from './context.ts';
import { wireCode } from './context.ts';
import { liveEndpoints } from './endpoints.ts';
import { anyController } from './metadata.ts';

const BROKERS = 1;
const UNSUPPORTED_ENDPOINT_TYPE = 115;
const METADATA_TOPIC = '__cluster_metadata';

/** DescribeCluster, 0 to 1: live brokers that have a Kafka listener; controllers have none. */
export const describeClusterHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeCluster, ({ body }) => {
    const { clusterId } = context.broker.config;
    if (body.endpointType !== BROKERS) {
      const errorMessage = 'only brokers have a Kafka listener: ask for endpoint type 1';
      return { errorCode: UNSUPPORTED_ENDPOINT_TYPE, errorMessage, clusterId, brokers: [] };
    }
    const brokers = liveEndpoints(context.broker.metadata.image);
    return {
      errorCode: 0,
      clusterId,
      controllerId: anyController(context, new Set(brokers.map(({ nodeId }) => nodeId))),
      brokers: brokers.map(({ nodeId, ...rest }) => ({ brokerId: nodeId, ...rest })),
      ...(body.includeClusterAuthorizedOperations
        ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS }
        : {}),
    };
  });

type Quorum = DescribeQuorumResponse['topics'][number]['partitions'][number];

/**
 * DescribeQuorum, 0 to 2: the voters as the active controller sees them, under the name that
 * Kafka's tools ask for. Offsets are ends, exclusive.
 */
export const describeQuorumHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.describeQuorum, async ({ body }) => {
    const described = await describeQuorum(context);
    const topics = body.topics.map(({ topicName, partitions }) => ({
      topicName,
      partitions: partitions.map(({ partitionIndex }) =>
        topicName === METADATA_TOPIC && partitionIndex === 0
          ? described
          : { ...NO_QUORUM, partitionIndex, errorCode: wireCode('UNKNOWN_TOPIC_OR_PARTITION') },
      ),
    }));
    return { errorCode: 0, topics };
  });

const NO_QUORUM: Quorum = {
  partitionIndex: 0,
  errorCode: 0,
  leaderId: NONE,
  leaderEpoch: NONE,
  highWatermark: NONE,
  currentVoters: [],
  observers: [],
};

const describeQuorum = async (context: KafkaContext): Promise<Quorum> => {
  const quorum = await askQuorum(context.broker);
  const { nodeId, leaderId, term, commitIndex, lastIndex, voters } = quorum;
  if (nodeId === NONE) return { ...NO_QUORUM, errorCode: wireCode('LEADER_NOT_AVAILABLE') };
  const leader = { nodeId: leaderId, matchIndex: lastIndex, directoryId: '' };
  const known = [leader, ...quorum.peers.filter((peer) => peer.nodeId !== leaderId)];
  const isVoter = (id: number): boolean => voters.some((voter) => voter.nodeId === id);
  const directoryOf = (id: number): string =>
    voters.find((voter) => voter.nodeId === id)?.directoryId ?? '';
  return {
    ...NO_QUORUM,
    leaderId,
    leaderEpoch: term,
    highWatermark: commitIndex + 1,
    // A leader that was taken out leads on for a moment, as an observer.
    currentVoters: known
      .filter((peer) => isVoter(peer.nodeId))
      .map((peer) => replicaOf({ ...peer, directoryId: directoryOf(peer.nodeId) })),
    observers: known.filter((peer) => !isVoter(peer.nodeId)).map(replicaOf),
  };
};

/** No directory is left out as Kafka leaves it out: its default stands for it. */
const replicaOf = ({ nodeId, matchIndex, directoryId }: Known) => ({
  replicaId: nodeId,
  logEndOffset: matchIndex + 1,
  ...(directoryId === '' ? {} : { replicaDirectoryId: directoryId }),
});

type Known = Pick<QuorumPeer, 'nodeId' | 'matchIndex' | 'directoryId'>;
