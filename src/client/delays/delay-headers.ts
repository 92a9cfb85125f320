import { OttlaError } from '../../base/errors.ts';
import type { FetchedMessage, KafkaHeaders, KafkaMessage } from './kafka-ports.ts';

/** The topic that a message is for. */
export const TARGET = 'ottla-target';
/** When it is to be there: milliseconds since 1970, in decimal digits. */
export const DUE_AT = 'ottla-due-at';
/** Of a forwarded message: where it lay, `topic/partition/offset`. A repeat has the same. */
export const FORWARD_ID = 'ottla-forward-id';

/** With further headers, and its partition among those in which it waits, if that is chosen. */
export const wrapped = <M extends KafkaMessage>(
  { partition: _, ...message }: M,
  headers: Readonly<Record<string, string>>,
  partition?: number,
): M => {
  const whole = { ...message, headers: { ...message.headers, ...headers } };
  return (partition === undefined ? whole : { ...whole, partition }) as KafkaMessage as M;
};

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** As it was sent, but for what says where to and when; with what tells a repeat. */
export const unwrapped = (message: FetchedMessage, place: Place): KafkaMessage => {
  const { [TARGET]: _, [DUE_AT]: __, ...headers } = message.headers ?? {};
  const { key, value } = message;
  return { key, value, headers: { ...headers, [FORWARD_ID]: idOf(message.offset, place) } };
};

export const idOf = (offset: string | number, { topic, partition }: Place): string =>
  `${topic}/${partition}/${offset}`;

/** Why a message cannot be forwarded, or where to. */
export type Target =
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'bad'; readonly reason: string };

/** Names that every Kafka cluster takes. */
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;

export const targetOf = (headers: KafkaHeaders | undefined): Target => {
  const topic = textOf(headers, TARGET);
  if (topic !== undefined && TOPIC_NAME.test(topic) && !/^\.\.?$/.test(topic)) {
    return { kind: 'topic', topic };
  }
  return { kind: 'bad', reason: `its header ${TARGET} is ${shown(topic)}: name a topic, once` };
};

/** Undefined: no whole number of milliseconds, or not one header. */
export const dueAtOf = (headers: KafkaHeaders | undefined): number | undefined => {
  const text = textOf(headers, DUE_AT);
  const dueMs = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(dueMs) ? dueMs : undefined;
};

export const checkTarget = (topic: string): void => {
  const target = targetOf({ [TARGET]: topic });
  if (target.kind === 'bad') throw new OttlaError('CONFIG', `a delayed message: ${target.reason}`);
};

const textOf = (headers: KafkaHeaders | undefined, name: string): string | undefined => {
  const value = headers?.[name];
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
};

const shown = (text: string | undefined): string =>
  text === undefined ? 'not there' : JSON.stringify(text.slice(0, 40));
