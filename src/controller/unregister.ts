import { OttlaError } from '../base/errors.ts';
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from '../gen/ottla.ts';
import type { BrokerRegistration, MetadataImage } from '../metadata/image.ts';
import { configResource } from '../metadata/image.ts';
import { configRecord, unregisterBrokerRecord } from '../metadata/records.ts';
import type { Decision } from './decision.ts';
import { Plan } from './decision.ts';

/**
 * Forgets a broker that is gone for good, with the settings that were made for it: another one may
 * have its number. What is not registered is a success, for an answer may have been lost. Should
 * its process live, it registers anew.
 *
 * Errors: INVALID_REQUEST while it is in service or has a replica.
 */
export const decideUnregisterBroker = (
  image: MetadataImage,
  { brokerId }: UnregisterBrokerRequest,
): Decision<UnregisterBrokerResponse> => {
  const plan = new Plan(image);
  const broker = image.brokers.get(brokerId);
  if (broker === undefined) return plan.answerIndexed({});
  requireGone(image, broker);
  const resource = { type: 'broker', name: String(brokerId) } as const;
  const settings = image.configs.get(configResource(resource.type, resource.name));
  for (const key of settings?.keys() ?? []) plan.emit(configRecord(resource, key, undefined));
  plan.emit(unregisterBrokerRecord(broker));
  return plan.answerIndexed({});
};

const requireGone = (image: MetadataImage, { brokerId, isFenced }: BrokerRegistration): void => {
  if (!isFenced) {
    throw new OttlaError(
      'INVALID_REQUEST',
      `broker ${brokerId} is in service: stop it for good, and try again once it shows as fenced`,
    );
  }
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
