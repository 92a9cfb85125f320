import type { NodeId } from '../base/ids.ts';
import type { ConfigValues, MetadataImage } from './image.ts';
import { configResource, isUsableBroker } from './image.ts';

/**
 * What replicas far behind and out of sync may take together, in bytes per second. Kafka's name;
 * there it holds for the replicas of a list alone.
 */
export const CATCH_UP_RATE_KEY = 'follower.replication.throttled.rate';
/** A replica that lacks more bytes than this is far behind; what lacks less is not held back. */
export const CATCH_UP_START_BYTES = 16 * 1024 * 1024;
export const CATCH_UP_RATE_DEFAULT = String(Number.MAX_SAFE_INTEGER);
/** `*`: the broker takes no new replicas. Kafka's name; there single directories can be named. */
export const CORDON_KEY = 'cordoned.log.dirs';
/** `true`: the broker leads nothing that another can lead, and takes no new replicas. */
export const DRAIN_KEY = 'broker.drain.enable';
/** `true`: the broker is drained, and its replicas move to others. */
export const DECOMMISSION_KEY = 'broker.decommission.enable';

/** A setting of one broker that changes at run time, and goes before its file. */
export interface BrokerConfigSpec {
  readonly key: string;
  readonly type: 'boolean' | 'long' | 'list';
  /** What holds where nothing is set, here or in the file. */
  readonly defaultValue: string;
  readonly doc: string;
  readonly isGood: RegExp;
  /** What a good value is, as a noun phrase. */
  readonly wanted: string;
}

const SWITCH = {
  type: 'boolean',
  defaultValue: 'false',
  isGood: /^(true|false)$/,
  wanted: 'true or false',
} as const;

/** All of them. What is not here is read once, from the broker's file. */
export const BROKER_CONFIGS: readonly BrokerConfigSpec[] = [
  {
    key: CATCH_UP_RATE_KEY,
    type: 'long',
    defaultValue: CATCH_UP_RATE_DEFAULT,
    doc: 'What replicas far behind and out of sync take together, in bytes per second.',
    isGood: /^[0-9]*[1-9][0-9]*$/,
    wanted: 'whole bytes per second, 1 or more',
  },
  {
    key: CORDON_KEY,
    type: 'list',
    defaultValue: '',
    doc: '*: the broker takes no new replicas.',
    isGood: /^\*?$/,
    wanted: '* for all of the broker, or nothing',
  },
  {
    ...SWITCH,
    key: DRAIN_KEY,
    doc: 'Whether the broker leads nothing that another can lead, and takes no new replicas.',
  },
  {
    ...SWITCH,
    key: DECOMMISSION_KEY,
    doc: 'Whether the broker is drained, and its replicas move to others.',
  },
];

const NO_SETTINGS: ConfigValues = new Map();

/** Why a broker cannot have this setting; undefined when it can. No value: back to its file. */
export const validateBrokerConfig = (
  key: string,
  value: string | undefined,
): string | undefined => {
  const spec = BROKER_CONFIGS.find((each) => each.key === key);
  if (spec === undefined) {
    const keys = BROKER_CONFIGS.map((each) => each.key).join(', ');
    return `of a single broker only ${keys} change at run time, not ${key}; edit its file and restart it`;
  }
  if (value === undefined) return undefined;
  const isGood =
    spec.isGood.test(value) && (key !== CATCH_UP_RATE_KEY || Number.isSafeInteger(Number(value)));
  return isGood ? undefined : `${key} is '${value}'; give ${spec.wanted}`;
};

/** What was set of a broker at run time. */
export const brokerConfigValues = ({ configs }: MetadataImage, brokerId: NodeId): ConfigValues =>
  configs.get(configResource('broker', String(brokerId))) ?? NO_SETTINGS;

const isLeft = (own: ConfigValues): boolean => own.get(DECOMMISSION_KEY) === 'true';

const isEmptyOfLeaders = (own: ConfigValues): boolean =>
  own.get(DRAIN_KEY) === 'true' || isLeft(own);

/** True for a broker that is to be left by all its replicas. */
export const isDecommissioned = (image: MetadataImage, brokerId: NodeId): boolean =>
  isLeft(brokerConfigValues(image, brokerId));

/** True for a broker that should lead nothing, as long as another can. */
export const isDrained = (image: MetadataImage, brokerId: NodeId): boolean =>
  isEmptyOfLeaders(brokerConfigValues(image, brokerId));

/** True for a broker that gets no new replicas. */
export const isCordoned = (image: MetadataImage, brokerId: NodeId): boolean => {
  const own = brokerConfigValues(image, brokerId);
  return own.get(CORDON_KEY) === '*' || isEmptyOfLeaders(own);
};

/** True for a broker that new replicas may go to. */
export const takesReplicas = (image: MetadataImage, brokerId: NodeId): boolean =>
  isUsableBroker(image, brokerId) && !isCordoned(image, brokerId);
