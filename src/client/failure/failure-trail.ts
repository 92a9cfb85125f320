import type { Offset, PartitionId } from '../../base/ids.ts';
import { MESSAGE_ID } from '../../record/message-id.ts';
import type { RecordHeader } from '../../record/record.ts';
import { withoutMessageId } from '../producer/message-id-header.ts';

/** Where a record was and what failed, as it is told to whoever finds it elsewhere. */
export interface FailureTrail {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly offset: Offset;
  readonly timestampMs: number;
  readonly groupId: string;
  readonly attempts: number;
  readonly errorName: string;
  readonly errorMessage: string;
  /** '': there is none. */
  readonly errorStack: string;
  readonly firstFailureMs: number;
  readonly lastFailureMs: number;
}

const PREFIX = 'ottla.failed.';
const TEXTS = ['topic', 'group', 'error.name', 'error.message', 'error.stack'] as const;
const NUMBERS = [
  'partition',
  'offset',
  'timestamp.ms',
  'attempts',
  'first.failure.ms',
  'last.failure.ms',
] as const;
const NAMES = [...TEXTS, ...NUMBERS];
/** Before the block, of a record that has one. */
const OWN_ID = PREFIX + MESSAGE_ID;

const MAX_MESSAGE_BYTES = 1024;
const MAX_STACK_BYTES = 2048;

export interface WithTrail {
  /** Those of the record as it was. */
  readonly headers: readonly RecordHeader[];
  readonly trail: FailureTrail;
}

/**
 * The headers of the record as they were, and behind them the trail as one block, so that a record
 * that has come this way before keeps what it had. Its id stands with the trail, by a name that
 * means nothing to a broker: a topic would not take a record with it a second time, whoever failed.
 */
export const addTrail = (
  headers: readonly RecordHeader[],
  trail: FailureTrail,
): readonly RecordHeader[] => {
  const values: Record<(typeof NAMES)[number], string | number> = {
    topic: trail.topic,
    group: trail.groupId,
    'error.name': trail.errorName,
    'error.message': trail.errorMessage,
    'error.stack': trail.errorStack,
    partition: trail.partition,
    offset: trail.offset,
    'timestamp.ms': trail.timestampMs,
    attempts: trail.attempts,
    'first.failure.ms': trail.firstFailureMs,
    'last.failure.ms': trail.lastFailureMs,
  };
  const block = NAMES.map((name) => ({
    key: PREFIX + name,
    value: Buffer.from(String(values[name]), 'utf8'),
  }));
  const ids = headers.filter(({ key }) => key === MESSAGE_ID);
  return [...withoutMessageId(headers), ...ids.map(named(OWN_ID)), ...block];
};

const named =
  (key: string) =>
  ({ value }: RecordHeader): RecordHeader => ({ key, value });

/** Undefined: the last headers are no trail. An id comes back, behind the other headers. */
export const splitTrail = (headers: readonly RecordHeader[]): WithTrail | undefined => {
  const at = headers.length - NAMES.length;
  if (at < 0) return undefined;
  const values = new Map<string, string>();
  for (const [index, name] of NAMES.entries()) {
    const header = headers[at + index];
    if (header?.key !== PREFIX + name || header.value === null) return undefined;
    values.set(name, Buffer.from(header.value).toString('utf8'));
  }
  const text = (name: (typeof TEXTS)[number]): string => values.get(name) ?? '';
  const number = (name: (typeof NUMBERS)[number]): number => Number(values.get(name));
  if (NUMBERS.some((name) => !Number.isSafeInteger(number(name)))) return undefined;
  const trail = {
    topic: text('topic'),
    partition: number('partition'),
    offset: number('offset'),
    timestampMs: number('timestamp.ms'),
    groupId: text('group'),
    attempts: number('attempts'),
    errorName: text('error.name'),
    errorMessage: text('error.message'),
    errorStack: text('error.stack'),
    firstFailureMs: number('first.failure.ms'),
    lastFailureMs: number('last.failure.ms'),
  };
  return { headers: withOwnId(headers.slice(0, at)), trail };
};

const withOwnId = (headers: readonly RecordHeader[]): readonly RecordHeader[] => {
  const ownEnd = headers.findLastIndex(({ key }) => key !== OWN_ID) + 1;
  return [...headers.slice(0, ownEnd), ...headers.slice(ownEnd).map(named(MESSAGE_ID))];
};

/** What was thrown, whatever it is, as far as a trail has room for it. */
export const describeThrown = (
  error: unknown,
): Pick<FailureTrail, 'errorName' | 'errorMessage' | 'errorStack'> => {
  const isError = error instanceof Error;
  return {
    errorName: cutTo(isError ? error.name : typeof error, MAX_MESSAGE_BYTES),
    errorMessage: cutTo(isError ? error.message : textOf(error), MAX_MESSAGE_BYTES),
    errorStack: cutTo(isError ? (error.stack ?? '') : '', MAX_STACK_BYTES),
  };
};

/** It may be an object that cannot be made text of. */
const textOf = (thrown: unknown): string => {
  try {
    return String(thrown);
  } catch {
    return 'what cannot be shown as text';
  }
};

/** As many whole characters as fit. */
const cutTo = (text: string, maxBytes: number): string => {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return bytes.toString('utf8');
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
};
