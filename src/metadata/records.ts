import type { BrokerEpoch, NodeId, PartitionId, TopicId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type {
  BrokerChangeRecord,
  MetadataRecord,
  PartitionRecord,
  RegisterBrokerRecord,
} from '../gen/ottla.ts';
import type { PartitionRegistration } from './image.ts';
import { METADATA_VERSION_FEATURE } from './versions.ts';

/** What a partition's change may set; what is absent stays. A leader bumps the leader epoch. */
export interface PartitionChange {
  readonly leader?: NodeId | undefined;
  readonly isr?: readonly NodeId[] | undefined;
  /** Needs `directories` and `reassignment` that fit it. */
  readonly replicas?: readonly NodeId[] | undefined;
  readonly directories?: readonly string[] | undefined;
  readonly reassignment?: Reassignment | undefined;
  /** From metadata.version 3. */
  readonly eligibility?: Eligibility | undefined;
}

/** Who may lead besides the in-sync replicas, and who led last. */
export type Eligibility = Pick<PartitionRegistration, 'elr' | 'lastKnownElr' | 'lastKnownLeader'>;

export const NO_ELIGIBILITY: Eligibility = { elr: [], lastKnownElr: [], lastKnownLeader: NONE };

/** Which of the replicas a reassignment brought, and which go when it is done. */
export interface Reassignment {
  readonly addingReplicas: readonly NodeId[];
  readonly removingReplicas: readonly NodeId[];
}

export const NO_REASSIGNMENT: Reassignment = { addingReplicas: [], removingReplicas: [] };

export const partitionChangeRecord = (
  topicId: TopicId,
  partition: PartitionId,
  { leader, isr, replicas, directories, reassignment, eligibility }: PartitionChange,
): MetadataRecord => ({
  kind: 'partitionChange',
  value: {
    topicId,
    partition,
    leader,
    isr: isr ?? [],
    hasIsr: isr !== undefined,
    replicas: replicas ?? [],
    hasReplicas: replicas !== undefined,
    directories: directories ?? [],
    hasDirectories: directories !== undefined,
    ...(reassignment ?? NO_REASSIGNMENT),
    hasReassignment: reassignment !== undefined,
    ...eligibilityFields(eligibility ?? NO_ELIGIBILITY),
    hasEligibility: eligibility !== undefined,
  },
});

type EligibilityFields = Pick<
  PartitionRecord,
  'eligibleLeaderReplicas' | 'lastKnownElr' | 'lastKnownLeader'
>;

const eligibilityFields = (of: Eligibility): EligibilityFields => ({
  eligibleLeaderReplicas: of.elr,
  lastKnownElr: of.lastKnownElr,
  lastKnownLeader: of.lastKnownLeader === NONE ? undefined : of.lastKnownLeader,
});

/** What these fields of a record say; in records from before they were written: nothing. */
export const eligibilityOf = (record: EligibilityFields): Eligibility => ({
  elr: record.eligibleLeaderReplicas,
  lastKnownElr: record.lastKnownElr,
  lastKnownLeader: record.lastKnownLeader ?? NONE,
});

export const registerBrokerRecord = (value: RegisterBrokerRecord): MetadataRecord => ({
  kind: 'registerBroker',
  value,
});

export interface BrokerRef {
  readonly brokerId: NodeId;
  readonly brokerEpoch: BrokerEpoch;
}

export const brokerChangeRecord = (
  { brokerId, brokerEpoch }: BrokerRef,
  change: Omit<BrokerChangeRecord, keyof BrokerRef>,
): MetadataRecord => ({ kind: 'brokerChange', value: { brokerId, brokerEpoch, ...change } });

export const topicRecord = (topicId: TopicId, name: string): MetadataRecord => ({
  kind: 'topic',
  value: { topicId, name },
});

export const removeTopicRecord = (topicId: TopicId): MetadataRecord => ({
  kind: 'removeTopic',
  value: { topicId },
});

export const partitionRecord = ({
  elr,
  lastKnownElr,
  lastKnownLeader,
  ...value
}: PartitionRegistration & PartitionPlace): MetadataRecord => ({
  kind: 'partition',
  value: { ...value, ...eligibilityFields({ elr, lastKnownElr, lastKnownLeader }) },
});

interface PartitionPlace {
  readonly topicId: TopicId;
  readonly partition: PartitionId;
}

export const unregisterBrokerRecord = ({ brokerId, brokerEpoch }: BrokerRef): MetadataRecord => ({
  kind: 'unregisterBroker',
  value: { brokerId, brokerEpoch },
});

export const configRecord = (
  resource: { readonly type: string; readonly name: string },
  key: string,
  value: string | undefined,
): MetadataRecord => ({
  kind: 'config',
  value: { resourceType: resource.type, resource: resource.name, key, value },
});

export const producerIdsRecord = (
  { brokerId, brokerEpoch }: BrokerRef,
  nextProducerId: number,
): MetadataRecord => ({ kind: 'producerIds', value: { brokerId, brokerEpoch, nextProducerId } });

export const metadataVersionRecord = (level: number): MetadataRecord => ({
  kind: 'featureLevel',
  value: { name: METADATA_VERSION_FEATURE, level },
});

export const noOpRecord = (): MetadataRecord => ({ kind: 'noOp', value: {} });
