import type { Anomaly, AnomalyKind } from '../../chaos/checker/anomaly.ts';
import { describeAnomaly } from '../../chaos/checker/anomaly.ts';
import { checkHistory } from '../../chaos/checker/check.ts';
import type { Operation } from '../../chaos/checker/history.ts';
import type { Judged, KnownTopic } from './context.ts';
import { keyOf } from './context.ts';
import { sentTo, underTopicsFound } from './late-readers.ts';
import type { Repeating } from './tick-values.ts';
import { findBrokenSchedules, sentValue } from './tick-values.ts';

export interface JudgedBy {
  readonly topics: readonly Judged[];
  /** Where each partition starts at the end of the run, by key. */
  readonly logStarts: ReadonlyMap<string, number>;
  /** Records that waited, by value: whoever asked to have them cancelled was answered, or not. */
  readonly cancelled?: ReadonlyMap<string, 'maybe' | 'surely'>;
  readonly repeating?: Repeating;
}

/** The last reader saw nothing of a topic that was deleted. */
const NOT_OF_DELETED: ReadonlySet<AnomalyKind> = new Set<AnomalyKind>(['unseen']);
/** Where the oldest records go, readers that come late miss them. */
const NOT_OF_NEWEST: ReadonlySet<AnomalyKind> = new Set<AnomalyKind>([
  'unseen',
  'lost-write',
  'poll-skip',
]);

/** Where some wait, what came with them in one batch may do so too. */
const NOT_OF_DELAYS: ReadonlySet<AnomalyKind> = new Set<AnomalyKind>([
  'nonmonotonic-send',
  'int-nonmonotonic-send',
]);

/** What of a history no right cluster can show, given what each topic promises. */
export const judge = (history: readonly Operation[], by: JudgedBy): string[] => {
  const operations = underTopicsFound(history, by.topics);
  const judgedOf = new Map(
    by.topics.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, at) => [keyOf(topic, at), topic] as const),
    ),
  );
  const isPromised = ({ key, kind }: Anomaly): boolean => {
    const topic = judgedOf.get(key);
    if (topic?.deletedAt !== undefined && NOT_OF_DELETED.has(kind)) return false;
    if (topic?.delays === true && NOT_OF_DELAYS.has(kind)) return false;
    return topic?.keeps !== 'newest' || !NOT_OF_NEWEST.has(kind);
  };
  const cancelled = by.cancelled ?? new Map();
  const repeating = by.repeating ?? new Map();
  const promised = withoutPromise(operations, new Set([...cancelled.keys(), ...repeating.keys()]));
  const anomalies = checkHistory(promised).filter(isPromised).map(describeAnomaly);
  const newest = by.topics.filter((it) => it.keeps === 'newest' && it.deletedAt === undefined);
  return [
    ...anomalies,
    ...findUnsent(operations),
    ...findInTwo(operations),
    ...findUnseenNewest(operations, newest, by),
    ...findCancelled(operations, cancelled),
    ...findBrokenSchedules(operations, by.topics, repeating),
  ];
};

/** A record that may be cancelled need not be read, and may be; one that repeats has many names. */
const withoutPromise = (
  operations: readonly Operation[],
  open: ReadonlySet<string>,
): readonly Operation[] =>
  operations.map((operation) => {
    if (operation.f !== 'send' || operation.type !== 'ok') return operation;
    const isPromised = operation.sent.every(({ value }) => !open.has(value));
    return isPromised ? operation : { ...operation, type: 'info' };
  });

/** Read by anyone, though it was cancelled before it was delivered, as who asked for it was told. */
const findCancelled = (
  operations: readonly Operation[],
  cancelled: ReadonlyMap<string, 'maybe' | 'surely'>,
): string[] =>
  operations.flatMap((operation) =>
    operation.f !== 'poll'
      ? []
      : operation.polled.flatMap(({ key, records }) =>
          records
            .filter(([, value]) => cancelled.get(value) === 'surely')
            .map(([offset, value]) => `cancelled on ${key}: ${value} was read at ${offset}`),
        ),
  );

/** Read from a partition to which no one sent it: from another topic, or an older one of its name. */
const findUnsent = (operations: readonly Operation[]): string[] => {
  const sent = sentTo(operations);
  const waiting = waitingFor(operations);
  const found = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const { key, records } of operation.polled) {
      for (const [offset, read] of records) {
        const value = sentValue(read);
        if (value === PROBE || sent.has(`${key} ${value}`)) continue;
        if (waiting.has(`${ofAnyAge(key)} ${value}`)) continue;
        found.add(`unsent on ${key}: offset ${offset} holds ${value}, which no one sent there`);
      }
    }
  }
  return [...found];
};

/**
 * Open when the topic was deleted: what surely was in no log of it waits under its name, and goes to
 * the next one that has it.
 */
const waitingFor = (operations: readonly Operation[]): ReadonlySet<string> => {
  const waiting = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'send' || operation.type !== 'info') continue;
    for (const { key, value } of operation.sent) waiting.add(`${ofAnyAge(key)} ${value}`);
  }
  return waiting;
};

/** Read from a topic, and from another one of its name: it went to the next though it was there. */
const findInTwo = (operations: readonly Operation[]): string[] => {
  const keyOfValue = new Map<string, string>();
  const found = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const { key, records } of operation.polled) {
      for (const [, read] of records) {
        const value = sentValue(read);
        if (value === PROBE) continue;
        const place = `${ofAnyAge(key)} ${value}`;
        const earlier = keyOfValue.get(place) ?? key;
        keyOfValue.set(place, earlier);
        if (earlier !== key) found.add(`in two topics: ${value} was read on ${earlier} and ${key}`);
      }
    }
  }
  return [...found];
};

/** The key without what tells a topic from older ones of its name. */
const ofAnyAge = (key: string): string => key.replace(/#\d+(?=-\d+$)/, '');

/** What the check of the healed cluster writes to every partition. */
const PROBE = 'probe';

/** Acknowledged behind where the log starts, and yet read by no one. */
const findUnseenNewest = (
  operations: readonly Operation[],
  topics: readonly KnownTopic[],
  { logStarts }: JudgedBy,
): string[] => {
  const keys = new Set(
    topics.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, at) => keyOf(topic, at)),
    ),
  );
  const read = new Set<string>();
  for (const operation of operations) {
    if (operation.f !== 'poll') continue;
    for (const { key, records } of operation.polled) {
      if (keys.has(key)) for (const [, value] of records) read.add(`${key} ${value}`);
    }
  }
  return operations.flatMap((operation) => {
    if (operation.f !== 'send' || operation.type !== 'ok') return [];
    return operation.sent.flatMap(({ key, value, offset }) => {
      const startOffset = logStarts.get(key);
      if (!keys.has(key) || offset === undefined || startOffset === undefined) return [];
      if (offset < startOffset || read.has(`${key} ${value}`)) return [];
      return [
        `unseen on ${key}: ${value} acknowledged at ${offset}, the log starts at ${startOffset}`,
      ];
    });
  });
};
