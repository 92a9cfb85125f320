import { validateLabel } from '../base/member-label.ts';
import type { ConfigType } from './config-type.ts';
import { booleanType, doubleType, longType, namesType } from './config-type.ts';
import type { MetadataImage } from './image.ts';
import { configResource } from './image.ts';

/** A setting of a consumer group, which every one of its members that knows it goes by. */
export interface GroupConfigSpec {
  readonly key: string;
  readonly type: ConfigType;
  /** What holds where nothing is set: nothing is left out, and nobody is on standby. */
  readonly defaultValue: string;
  readonly doc: string;
}

const SKIP_OLDER_THAN = 'degrade.skip.older.than.ms';
const SAMPLE = 'degrade.sample';
const PAUSE = 'degrade.pause';

/** Settings by which the partitions of a group are shared out; see `groupSharing`. */
export const SHARING_KEYS = {
  standbyLabels: 'standby.labels',
  aboveLagCount: 'overflow.above.lag.count',
  aboveLagMs: 'overflow.above.lag.ms',
  belowLagCount: 'overflow.below.lag.count',
  belowLagMs: 'overflow.below.lag.ms',
  forMs: 'overflow.for.ms',
} as const;

/** How long a backlog is to be high, or low, where nothing is set. */
export const OVERFLOW_FOR_MS = 10_000;

export const GROUP_CONFIGS: readonly GroupConfigSpec[] = [
  {
    key: SKIP_OLDER_THAN,
    type: longType(-1),
    defaultValue: '-1',
    doc: 'Members skip records that are older than this; -1: none.',
  },
  {
    key: SAMPLE,
    type: doubleType(0, 1),
    defaultValue: '1',
    doc: 'The share of the records that members handle; the others they skip.',
  },
  {
    key: PAUSE,
    type: booleanType,
    defaultValue: 'false',
    doc: 'Members keep their partitions and handle nothing.',
  },
  {
    key: SHARING_KEYS.standbyLabels,
    type: namesType(validateLabel),
    defaultValue: '',
    doc: 'Members with one of these labels get no partitions while others can take them.',
  },
  {
    key: SHARING_KEYS.aboveLagCount,
    type: longType(-1),
    defaultValue: '-1',
    doc: 'Members of the overflow lane get partitions above so many records of lag; -1: never.',
  },
  {
    key: SHARING_KEYS.aboveLagMs,
    type: longType(-1),
    defaultValue: '-1',
    doc: 'Members of the overflow lane get partitions above so much lag in time; -1: never.',
  },
  {
    key: SHARING_KEYS.belowLagCount,
    type: longType(-1),
    defaultValue: '-1',
    doc: 'They give them back at so many records or fewer; -1: half of what is above.',
  },
  {
    key: SHARING_KEYS.belowLagMs,
    type: longType(-1),
    defaultValue: '-1',
    doc: 'They give them back at so much lag in time or less; -1: half of what is above.',
  },
  {
    key: SHARING_KEYS.forMs,
    type: longType(0),
    defaultValue: `${OVERFLOW_FOR_MS}`,
    doc: 'For how long the lag has to be so, without a break, before either happens.',
  },
];

/** As in `__consumer_offsets` names are of any length, what the quorum keeps is bounded. */
const MAX_NAME_BYTES = 255;

export const validateGroupName = (groupId: string): string | undefined => {
  const sizeBytes = Buffer.byteLength(groupId);
  return sizeBytes >= 1 && sizeBytes <= MAX_NAME_BYTES
    ? undefined
    : `a group with settings has a name of 1 to ${MAX_NAME_BYTES} bytes, not ${sizeBytes}`;
};

/** Why a group cannot have this setting; undefined when it can. No value: back to the default. */
export const validateGroupConfig = (key: string, value: string | undefined): string | undefined => {
  const spec = GROUP_CONFIGS.find((each) => each.key === key);
  if (spec === undefined) {
    const known = GROUP_CONFIGS.map((each) => each.key).join(', ');
    return `${key} is no setting of a group: there are ${known}`;
  }
  const reason = value === undefined ? undefined : spec.type.validate(value);
  return reason === undefined ? undefined : `${key} ${reason}`;
};

export interface GroupConfigEntry {
  readonly spec: GroupConfigSpec;
  readonly value: string;
  readonly isSet: boolean;
}

/** All settings of a group, whether it exists or not. */
export const groupConfigEntries = (image: MetadataImage, groupId: string): GroupConfigEntry[] => {
  const values = image.configs.get(configResource('group', groupId));
  return GROUP_CONFIGS.map((spec) => {
    const value = values?.get(spec.key);
    return { spec, value: value ?? spec.defaultValue, isSet: value !== undefined };
  });
};

/** What members of a group leave out. */
export interface GroupDegrade {
  /** Undefined: nothing for its age. */
  readonly skipOlderThanMs: number | undefined;
  /** Undefined: all are handled. */
  readonly sample: number | undefined;
  readonly isPaused: boolean;
}

/** Undefined: nothing is left out. */
export const groupDegrade = (image: MetadataImage, groupId: string): GroupDegrade | undefined => {
  const values = image.configs.get(configResource('group', groupId));
  if (values === undefined) return undefined;
  const olderMs = Number(values.get(SKIP_OLDER_THAN) ?? -1);
  const sample = Number(values.get(SAMPLE) ?? 1);
  return {
    skipOlderThanMs: olderMs < 0 ? undefined : Math.min(olderMs, Number.MAX_SAFE_INTEGER),
    sample: sample < 1 ? sample : undefined,
    isPaused: values.get(PAUSE) === 'true',
  };
};
