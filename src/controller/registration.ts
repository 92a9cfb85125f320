import { OttlaError } from '../base/errors.ts';
import type { NodeId, TopicId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { RegisterBrokerRequest, RegisterBrokerResponse } from '../gen/ottla.ts';
import type {
  BrokerRegistration,
  MetadataImage,
  PartitionRegistration,
} from '../metadata/image.ts';
import type { PartitionChange } from '../metadata/records.ts';
import { registerBrokerRecord } from '../metadata/records.ts';
import { describeRange, hasFeature, holdsVersion, remedyFor } from '../metadata/versions.ts';
import { commitRulesOf } from './commit-rules.ts';
import type { DecideContext, Decision } from './decision.ts';
import { Plan } from './decision.ts';
import type { WithdrawalKind } from './withdrawal.ts';
import { damageKinds, withdrawBroker } from './withdrawal.ts';

export interface RegistrationContext extends DecideContext {
  readonly clusterId: string;
  /** The registered process under this id has been heard from within its session. */
  readonly hasLiveSession: boolean;
}

/**
 * Makes a broker's process known. The same process asking again gets the same epoch (its answer
 * was lost); another one begins fenced, and what the last one led or was in sync with is given up
 * as if it had been fenced: it may have lost what was not on disk, and must not lead on in its old
 * leader epoch (KAFKA-18106). Replicas on another directory, and those reported as damaged but not
 * offline, are lost copies; those of topics that acknowledge from memory have forgotten, unless the
 * last process ended in order.
 *
 * Errors: INCONSISTENT_CLUSTER_ID, INVALID_REQUEST, UNSUPPORTED_VERSION, and
 * DUPLICATE_BROKER_REGISTRATION while another process holds the id.
 */
export const decideRegisterBroker = (
  image: MetadataImage,
  request: RegisterBrokerRequest,
  context: RegistrationContext,
): Decision<RegisterBrokerResponse> => {
  requireWellFormed(request, context.clusterId);
  requireKnownVersion(request, image.metadataVersion);
  const plan = new Plan(image);
  const previous = image.brokers.get(request.brokerId);
  if (previous?.incarnationId === request.incarnationId) {
    const { brokerEpoch } = previous;
    return plan.answer({ errorCode: 0, errorMessage: '', brokerEpoch });
  }
  if (previous !== undefined && context.hasLiveSession) throw duplicateId(previous);
  requireOwnDirectory(image, request);
  register({ plan, image }, request, context);
  return {
    records: plan.records,
    respond: (index) => ({ errorCode: 0, errorMessage: '', brokerEpoch: index as number }),
  };
};

const register = (
  { plan, image }: { readonly plan: Plan; readonly image: MetadataImage },
  request: RegisterBrokerRequest,
  context: DecideContext,
): void => {
  const { clusterId, previousBrokerEpoch, damaged, offline, ...rest } = request;
  const { minInsyncReplicas, ackDurability, ...asOfVersion2 } = rest;
  // Below that level others would forget what the record said more.
  const record = hasFeature(plan.image, 'eligible') ? rest : asOfVersion2;
  // The marker of an orderly end names the registration that ended so: all it had is on its disk.
  const hasSynced = plan.image.brokers.get(request.brokerId)?.brokerEpoch === previousBrokerEpoch;
  plan.emit(registerBrokerRecord(record));
  const damagedKeys = new Set(damaged.map((ref) => `${ref.topicId}-${ref.partition}`));
  const damageOf = damageKinds(plan.image, offline);
  withdrawBroker(plan, request.brokerId, {
    context,
    kindOf: (ref, registration): WithdrawalKind => {
      const isDamaged = damagedKeys.has(`${ref.topicId}-${ref.partition}`);
      if (isOnOtherDirectory(registration, request)) return 'lost';
      if (isDamaged) return damageOf(ref);
      const leaders = [request.brokerId, registration.leader, registration.lastKnownLeader];
      // Its own file may say something else than when it led.
      const isKept = [image, plan.image].every((one) =>
        isOnDisk(one, { ...ref, leaders }, context),
      );
      return hasSynced || isKept ? 'away' : 'forgot';
    },
    alsoChange: (registration) => directoryChange(registration, request),
  });
};

/** What these leaders have acknowledged outlives every end of a process, and of its machine. */
const isOnDisk = (
  image: MetadataImage,
  { topicId, leaders }: { readonly topicId: TopicId; readonly leaders: readonly NodeId[] },
  { fileDefaults }: DecideContext,
): boolean =>
  leaders
    .filter((id) => id !== NONE)
    .every(
      (leaderId) =>
        commitRulesOf(image, { topicId, leaderId }, fileDefaults).ackDurability === 'fsync',
    );

const isOnOtherDirectory = (
  { replicas, directories }: PartitionRegistration,
  { brokerId, directoryId }: RegisterBrokerRequest,
): boolean => {
  const known = directories[replicas.indexOf(brokerId)] ?? '';
  return known !== '' && known !== directoryId;
};

const directoryChange = (
  { replicas, directories }: PartitionRegistration,
  { brokerId, directoryId }: RegisterBrokerRequest,
): PartitionChange | undefined => {
  const at = replicas.indexOf(brokerId);
  return directories[at] === directoryId
    ? undefined
    : { directories: directories.with(at, directoryId) };
};

const requireWellFormed = (request: RegisterBrokerRequest, clusterId: string): void => {
  if (request.clusterId !== clusterId) {
    throw new OttlaError(
      'INCONSISTENT_CLUSTER_ID',
      `broker ${request.brokerId} belongs to cluster ${request.clusterId}, this is ${clusterId}; check its controller addresses and its log directory`,
    );
  }
  if (request.brokerId < 1) {
    throw new OttlaError('INVALID_REQUEST', `node.id ${request.brokerId} is below 1`);
  }
  if (request.incarnationId === '' || request.directoryId === '') {
    throw new OttlaError(
      'INVALID_REQUEST',
      `broker ${request.brokerId} named no incarnation or no directory id`,
    );
  }
};

const requireKnownVersion = (request: RegisterBrokerRequest, version: number): void => {
  const range = { min: request.minMetadataVersion, max: request.maxMetadataVersion };
  if (version === 0 || holdsVersion(range, version)) return;
  throw new OttlaError(
    'UNSUPPORTED_VERSION',
    `broker ${request.brokerId} knows ${describeRange(range)}, the cluster is at ${version}: ` +
      remedyFor(version, range),
  );
};

/** Copied data would pass for a replica of its own, and count twice. */
const requireOwnDirectory = (image: MetadataImage, request: RegisterBrokerRequest): void => {
  for (const other of image.brokers.values()) {
    if (other.directoryId !== request.directoryId || other.brokerId === request.brokerId) continue;
    throw new OttlaError(
      'INVALID_REQUEST',
      `broker ${request.brokerId} has the log directory ${request.directoryId} of broker ${other.brokerId}: a copy; format an empty one`,
    );
  }
};

const duplicateId = ({ brokerId, peerAddress }: BrokerRegistration): OttlaError =>
  new OttlaError(
    'DUPLICATE_BROKER_REGISTRATION',
    `another process at ${peerAddress} runs as broker ${brokerId}; give each node its own node.id`,
  );
