import type { NodeId } from '../base/ids.ts';
import type { ConfigValues, MetadataImage } from './image.ts';
import { configResource, isUsableBroker } from './image.ts';

/**
 * What replicas far behind and out of sync may take together, in bytes per second. Kafka's name;
 * there it holds for the replicas of a list alone.
 */
export const CATCH_UP_RATE_KEY = 'follower.replication.throttled.rate';
/** `*`: the broker takes no new replicas. Kafka's name; there single directories can be named. */
export const CORDON_KEY = 'cordoned.log.dirs';
/** `true`: the broker leads nothing that another can lead, and takes no new replicas. */
export const DRAIN_KEY = 'broker.drain.enable';
/** `true`: the broker is drained, and its replicas move to others. */
export const DECOMMISSION_KEY = 'broker.decommission.enable';

const valueTests: ReadonlyMap<string, { readonly isGood: RegExp; readonly wanted: string }> =
  new Map([
    [
      CATCH_UP_RATE_KEY,
      { isGood: /^[0-9]*[1-9][0-9]*$/, wanted: 'whole bytes per second, 1 or more' },
    ],
    [CORDON_KEY, { isGood: /^\*?$/, wanted: '* for all of the broker, or nothing' }],
    [DRAIN_KEY, { isGood: /^(true|false)$/, wanted: 'true or false' }],
    [DECOMMISSION_KEY, { isGood: /^(true|false)$/, wanted: 'true or false' }],
  ]);

const NO_SETTINGS: ConfigValues = new Map();

/** Why a broker cannot have this setting; undefined when it can. No value: back to its file. */
export const validateBrokerConfig = (
  key: string,
  value: string | undefined,
): string | undefined => {
  const test = valueTests.get(key);
  if (test === undefined) {
    const keys = [...valueTests.keys()].join(', ');
    return `of a single broker only ${keys} change at run time, not ${key}; edit its file and restart it`;
  }
  if (value === undefined) return undefined;
  const isGood =
    test.isGood.test(value) && (key !== CATCH_UP_RATE_KEY || Number.isSafeInteger(Number(value)));
  return isGood ? undefined : `${key} is '${value}'; give ${test.wanted}`;
};

const settingsOf = ({ configs }: MetadataImage, brokerId: NodeId): ConfigValues | undefined =>
  configs.get(configResource('broker', String(brokerId)));

const isLeft = (own: ConfigValues): boolean => own.get(DECOMMISSION_KEY) === 'true';

const isEmptyOfLeaders = (own: ConfigValues): boolean =>
  own.get(DRAIN_KEY) === 'true' || isLeft(own);

/** True for a broker that is to be left by all its replicas. */
export const isDecommissioned = (image: MetadataImage, brokerId: NodeId): boolean =>
  isLeft(settingsOf(image, brokerId) ?? NO_SETTINGS);

/** True for a broker that should lead nothing, as long as another can. */
export const isDrained = (image: MetadataImage, brokerId: NodeId): boolean =>
  isEmptyOfLeaders(settingsOf(image, brokerId) ?? NO_SETTINGS);

/** True for a broker that gets no new replicas. */
export const isCordoned = (image: MetadataImage, brokerId: NodeId): boolean => {
  const own = settingsOf(image, brokerId) ?? NO_SETTINGS;
  return own.get(CORDON_KEY) === '*' || isEmptyOfLeaders(own);
};

/** True for a broker that new replicas may go to. */
export const takesReplicas = (image: MetadataImage, brokerId: NodeId): boolean =>
  isUsableBroker(image, brokerId) && !isCordoned(image, brokerId);
