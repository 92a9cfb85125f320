import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../gen/ottla.ts';
import { healedRecord, isHealed } from '../metadata/balance-state.ts';
import type { BrokerRegistration, MetadataImage } from '../metadata/image.ts';
import { configResource } from '../metadata/image.ts';
import type { BrokerRef } from '../metadata/records.ts';
import { configRecord, unregisterBrokerRecord } from '../metadata/records.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';

/**
 * Forgets a broker that is gone for good, with the settings that were made for it: another one may
 * have its number. What is not registered is a success, for an answer may have been lost. One that
 * is heard from, as while it starts, would register anew at once, and take what comes without its
 * settings; one that comes back later is a new one.
 *
 * Errors: INVALID_REQUEST while it is in service, is heard from or has a replica.
 */
export const decideUnregisterBroker = (
  image: MetadataImage,
  { brokerId }: UnregisterBrokerRequest,
  isHeard: (broker: BrokerRef) => boolean,
): Decision<UnregisterBrokerResponse> => {
  const plan = new Plan(image);
  const broker = image.brokers.get(brokerId);
  if (broker === undefined) return plan.answerIndexed({});
  requireStopped(broker, isHeard(broker));
  requireEmpty(image, brokerId);
  const resource = { type: 'broker', name: String(brokerId) } as const;
  const settings = image.configs.get(configResource(resource.type, resource.name));
  for (const key of settings?.keys() ?? []) plan.emit(configRecord(resource, key, undefined));
  // Else the next one of its number would be taken for this one, come back.
  if (isHealed(image, brokerId)) plan.emit(healedRecord(brokerId, false));
  plan.emit(unregisterBrokerRecord(broker));
  return plan.answerIndexed({});
};

const requireStopped = ({ brokerId, isFenced }: BrokerRegistration, isHeard: boolean): void => {
  if (isFenced && !isHeard) return;
  const [what, until] = isFenced
    ? ['still runs', 'after its session has run out']
    : ['is in service', 'once it shows as fenced'];
  throw new OttlaError(
    'INVALID_REQUEST',
    `broker ${brokerId} ${what}: stop it for good, and try again ${until}`,
  );
};

const requireEmpty = (image: MetadataImage, brokerId: NodeId): void => {
  const replicaCount = [...image.topics.values()].reduce(
    (sum, { partitions }) =>
      sum + partitions.filter(({ replicas }) => replicas.includes(brokerId)).length,
    0,
  );
  if (replicaCount === 0) return;
  throw new OttlaError(
    'INVALID_REQUEST',
    `broker ${brokerId} has ${replicaCount} replica(s): 'ottla broker decommission ${brokerId} ` +
      `--wait' moves them to other brokers first`,
  );
};
