import { OttlaError } from '../../base/errors.ts';
import type { PartitionId } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { validateLabel } from '../../base/member-label.ts';
import type { ReaderOptions } from '../reader/reader-options.ts';
import { FETCH_KEYS, withDefaults } from '../reader/reader-options.ts';
import type { SourceSettings } from '../reader/record-source.ts';
import type { Deserializer } from '../serde/serde.ts';
import type { Assignor } from './assignors/assignor.ts';
import { cooperativeSticky } from './assignors/cooperative-sticky.ts';
import { range } from './assignors/range.ts';
import { roundRobin } from './assignors/round-robin.ts';
import { singleActive } from './assignors/single-active.ts';
import type { Lane } from './sharing/member-data.ts';

/** The group of those who name none. */
export const DEFAULT_GROUP = 'default';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: PartitionId;
}

/**
 * Hears of what the group gives and takes. Calls come one after the other, and each is awaited. An
 * error in one ends the iteration with it; the group goes on.
 */
export interface RebalanceListener {
  /**
   * New partitions, beside those that stay; nothing of them is handed out before this resolves.
   * Also called without any, where all is as it was. `generation` grows with every sharing-out of
   * the group; within one no partition is two members'.
   */
  onAssigned?(partitions: readonly TopicPartition[], generation: number): void | Promise<void>;
  /**
   * These go to somebody else when this resolves. What was handled can still be committed here;
   * with `autoCommit` it has been.
   */
  onRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** These may be with somebody else already: nothing of them can be committed any more. */
  onLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}

export type AssignorName = 'range' | 'roundrobin' | 'cooperative-sticky' | 'single-active';

export interface ConsumerOptions<K = Uint8Array, V = Uint8Array>
  extends Omit<ReaderOptions<K, V>, 'topic' | 'assignments' | 'from' | 'offsetOutOfRange'> {
  /** Topics to read; one that does not exist yet is waited for. */
  readonly topics?: readonly string[];
  /** Instead of `topics`: all topics whose name it matches, those that are created later too. */
  readonly pattern?: RegExp;
  /** Members of one group share the partitions. Default `default`, which is then logged once. */
  readonly groupId?: string;
  /**
   * Makes it a static member, one at a time by this name in the group: it does not leave when it
   * closes, and when it is back before its session is over, nothing was moved.
   */
  readonly instanceId?: string;
  /**
   * Default true: every `autoCommitIntervalMs`, before partitions are given up, and at the close,
   * commits what was handled: what the iteration has gone past.
   */
  readonly autoCommit?: boolean;
  /** Default 5000. */
  readonly autoCommitIntervalMs?: number;
  /**
   * Where to begin in a partition of which the group has committed nothing, or where what it
   * committed is no longer in the log. Default `latest`; `none` ends the iteration with
   * OFFSET_OUT_OF_RANGE. A partition that was added to a topic the group was reading is read from
   * its start, whatever this says; and so is one of such a topic where nothing that the group has
   * committed tells that it was there before. Where `latest` is taken, it is committed at once.
   */
  readonly offsetReset?: 'earliest' | 'latest' | 'none';
  /** Without a sign of life for so long the group gives its partitions to others; default 45000. */
  readonly sessionTimeoutMs?: number;
  /**
   * How often it gives one, at least; default 3000, below a third of `sessionTimeoutMs`. That
   * others join or leave is heard of at once, whatever this is.
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * A handler that takes longer than this for what it has in hand loses its partitions to others;
   * it is also how long others wait for this member in a rebalance. Default 300000.
   */
  readonly maxPollIntervalMs?: number;
  /**
   * Who gets what, most wanted first; all members need one in common. Default
   * `['cooperative-sticky']`. With one that is eager among them, all is given up in each rebalance.
   * `single-active` gives everything to one member, and the others wait to take its place.
   */
  readonly assignors?: ReadonlyArray<AssignorName | Assignor>;
  /** How often topics are asked for, for those that grow, come or go; default 60000. */
  readonly metadataMaxAgeMs?: number;
  /** Failure domain that the others are told of; default none. */
  readonly rack?: string;
  /**
   * By which `ottla group standby --label` has it give its partitions to the others: 1 to 64
   * letters, digits, dots, dashes or underscores. Default none.
   */
  readonly label?: string;
  /**
   * `overflow`: gets partitions only while the group is as far behind as `ottla group overflow`
   * says, or has no other members. Default `main`.
   */
  readonly lane?: Lane;
  readonly listener?: RebalanceListener;
}

const CONSUMER_KEYS: KeysOf<ConsumerOptions> = {
  ...FETCH_KEYS,
  topics: true,
  pattern: true,
  groupId: true,
  instanceId: true,
  autoCommit: true,
  autoCommitIntervalMs: true,
  offsetReset: true,
  sessionTimeoutMs: true,
  heartbeatIntervalMs: true,
  maxPollIntervalMs: true,
  assignors: true,
  metadataMaxAgeMs: true,
  rack: true,
  label: true,
  lane: true,
  listener: true,
};

export interface ConsumerSettings {
  readonly groupId: string;
  readonly clientId: string;
  readonly instanceId: string | undefined;
  readonly topics: readonly string[];
  readonly pattern: RegExp | undefined;
  readonly isAutoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly offsetReset: 'earliest' | 'latest' | 'none';
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly assignors: readonly Assignor[];
  readonly metadataMaxAgeMs: number;
  readonly rack: string | null;
  readonly label: string | undefined;
  readonly lane: Lane;
  readonly listener: RebalanceListener;
}

const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = {
  range,
  roundrobin: roundRobin,
  'cooperative-sticky': cooperativeSticky,
  'single-active': singleActive,
};

const config = (message: string): OttlaError => new OttlaError('CONFIG', message);

const wholeNumber = (name: string, value: number, min = 1): number => {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw config(`consumer option ${name}=${value} is not a whole number of ${min} or more`);
};

const named = (name: string, value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw config(`consumer option ${name} is ${JSON.stringify(value) ?? 'nothing'}, not a name`);
};

const findAssignor = (given: AssignorName | Assignor): Assignor => {
  if (typeof given === 'object') return given;
  if (Object.hasOwn(ASSIGNORS, given)) return ASSIGNORS[given];
  const names = Object.keys(ASSIGNORS).join(', ');
  throw config(`consumer option assignors names ${given}: give ${names}, or an object`);
};

const labelIn = (label: string | undefined): string | undefined => {
  const reason = label === undefined ? undefined : validateLabel(named('label', label));
  if (reason === undefined) return label;
  throw config(`consumer option ${reason}`);
};

const laneIn = (lane: Lane): Lane => {
  if (lane === 'main' || lane === 'overflow') return lane;
  throw config(`consumer option lane=${String(lane)} is neither main nor overflow`);
};

/** The options of the group with their defaults; throws CONFIG naming what is unknown or wrong. */
export const resolveConsumerOptions = <K, V>(
  options: ConsumerOptions<K, V>,
  clientId: string,
): ConsumerSettings => {
  checkKeys('consumer option', options, CONSUMER_KEYS);
  const {
    topics = [],
    pattern,
    offsetReset = 'latest',
    assignors = ['cooperative-sticky'],
  } = options;
  if ((pattern === undefined) === (topics.length === 0)) {
    throw config('a consumer takes either topics or a pattern');
  }
  if (pattern !== undefined && !(pattern instanceof RegExp)) {
    throw config('consumer option pattern is no regular expression');
  }
  if (!['earliest', 'latest', 'none'].includes(offsetReset)) {
    throw config(`consumer option offsetReset=${offsetReset} is none of earliest, latest, none`);
  }
  if (assignors.length === 0) throw config('consumer option assignors is empty: name one');
  const sessionTimeoutMs = wholeNumber('sessionTimeoutMs', options.sessionTimeoutMs ?? 45_000);
  const thirdMs = Math.max(1, Math.floor(sessionTimeoutMs / 3));
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? Math.min(3000, thirdMs);
  if (wholeNumber('heartbeatIntervalMs', heartbeatIntervalMs) >= sessionTimeoutMs) {
    throw config('consumer option heartbeatIntervalMs must be below sessionTimeoutMs');
  }
  return {
    groupId: named('groupId', options.groupId ?? DEFAULT_GROUP),
    clientId,
    instanceId:
      options.instanceId === undefined ? undefined : named('instanceId', options.instanceId),
    topics: [...new Set(topics.map((topic) => named('topics', topic)))],
    pattern,
    isAutoCommit: options.autoCommit ?? true,
    autoCommitIntervalMs: wholeNumber('autoCommitIntervalMs', options.autoCommitIntervalMs ?? 5000),
    offsetReset,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    maxPollIntervalMs: wholeNumber('maxPollIntervalMs', options.maxPollIntervalMs ?? 300_000),
    assignors: assignors.map(findAssignor),
    metadataMaxAgeMs: wholeNumber('metadataMaxAgeMs', options.metadataMaxAgeMs ?? 60_000),
    rack: options.rack ?? null,
    label: labelIn(options.label),
    lane: laneIn(options.lane ?? 'main'),
    listener: options.listener ?? {},
  };
};

/** The options of fetching with their defaults; throws CONFIG naming the option that cannot be. */
export const resolveSourceOptions = <K, V>(
  options: ConsumerOptions<K, V>,
  defaultDeserializer: Deserializer<Uint8Array>,
): SourceSettings<K, V> => {
  const { topics: _, pattern: __, offsetReset = 'latest', ...fetching } = options;
  const offsetOutOfRange = offsetReset === 'none' ? 'fail' : offsetReset;
  return withDefaults(
    { ...fetching, topic: 'of the group', offsetOutOfRange },
    defaultDeserializer,
  );
};
