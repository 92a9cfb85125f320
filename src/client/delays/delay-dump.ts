import { OttlaError } from '../../base/errors.ts';
import type { RecordHeader } from '../../record/record.ts';
import type { BadMessage, Step, WalkOptions } from './batch-walk.ts';
import { walkTopic } from './batch-walk.ts';
import type { Place } from './delay-headers.ts';
import {
  checkTarget,
  DUE_AT,
  dueAtOf,
  TARGET,
  targetOf,
  unwrapped,
  wrapped,
} from './delay-headers.ts';
import type { DelayStore, StoredDelay } from './delay-store.ts';
import type { FetchedMessage, KafkaHeaders, KafkaMessage, KafkaSend } from './kafka-ports.ts';

export interface DueMessage<M extends KafkaMessage = KafkaMessage> {
  /** That `dumpDelays` reads. */
  readonly topic: string;
  /** Milliseconds since 1970; at once where it is past. */
  readonly dueMs: number;
  /** The topic that it is for. */
  readonly target: string;
  readonly message: M;
}

export interface DumpOptions extends WalkOptions {
  readonly store: DelayStore;
}

/**
 * What to send so that a message is in its target when it is due, where `dumpDelays` and
 * `forwardStored` run. Throws CONFIG for a moment that is none.
 */
export const dueMessage = <M extends KafkaMessage>(options: DueMessage<M>): KafkaSend<M> => {
  const { topic, dueMs, target, message } = options;
  checkTarget(target);
  const headers = { [TARGET]: target, [DUE_AT]: String(dueMs) };
  if (dueAtOf(headers) === undefined) {
    throw new OttlaError('CONFIG', `dueMs=${dueMs} is no moment: give milliseconds since 1970`);
  }
  return { topic, messages: [wrapped(message, headers)] };
};

/**
 * Puts the messages of a topic into a store, on any Kafka cluster, to wait there as long as each
 * says; `forwardStored` takes them from there. Each once, however often it is read. Resolves when
 * the signal aborts. Rejects with CONFIG as `forwardLevels` does, and for a topic made anew.
 */
export const dumpDelays = (options: DumpOptions): Promise<void> => {
  const { store, topic } = options;
  return walkTopic(options, {
    next: separated,
    settle: async (messages, partition) => {
      const offsets = messages.map(({ offset }) => Number(offset));
      const place = { topic, partition };
      await store.put({
        ...place,
        firstOffset: offsets[0] ?? 0,
        nextOffset: (offsets.at(-1) ?? -1) + 1,
        delays: messages.flatMap((message) => storedDelay(message, place)),
      });
    },
  });
};

const separated = (messages: readonly FetchedMessage[]): Step => {
  const bad: BadMessage[] = [];
  const good = messages.filter((message) => {
    const reason = badReason(message);
    if (reason !== undefined) bad.push({ message, reason });
    return reason === undefined;
  });
  return { messages: good, bad };
};

const badReason = ({ headers }: FetchedMessage): string | undefined => {
  const target = targetOf(headers);
  if (target.kind === 'bad') return target.reason;
  return dueAtOf(headers) === undefined
    ? `its header ${DUE_AT} is no moment: give milliseconds since 1970 as digits, once`
    : undefined;
};

const storedDelay = (message: FetchedMessage, place: Place): StoredDelay[] => {
  const [target, dueMs] = [targetOf(message.headers), dueAtOf(message.headers)];
  if (target.kind === 'bad' || dueMs === undefined) return [];
  const { key, value, offset } = message;
  const { headers = {} } = unwrapped(message, place);
  const at = { ...place, offset: Number(offset), dueMs, target: target.topic };
  return [{ ...at, key, value, headers: listOf(headers) }];
};

/** Of several values under one name each is a header. */
const listOf = (headers: KafkaHeaders): RecordHeader[] =>
  Object.entries(headers).flatMap(([key, values]) =>
    (Array.isArray(values) ? values : [values]).map((value: Uint8Array | string | undefined) => ({
      key,
      value: typeof value === 'string' ? Buffer.from(value) : (value ?? null),
    })),
  );
