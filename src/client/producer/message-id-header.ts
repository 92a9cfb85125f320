import { MESSAGE_ID, MESSAGE_ID_BYTES_MAX } from '../../record/message-id.ts';
import type { RecordHeader } from '../../record/record.ts';
import { kindOf } from '../serde/serde.ts';
import { ProduceError } from './produce-error.ts';

/** The headers with that by which brokers know a repeat, if it is given. Throws INVALID_RECORD. */
export const messageIdHeaders = (
  messageId: string | undefined,
  headers: readonly RecordHeader[],
  topic: string,
): readonly RecordHeader[] => {
  if (messageId === undefined) return headers;
  if (typeof messageId !== 'string' || messageId === '') {
    const given = typeof messageId === 'string' ? 'empty' : kindOf(messageId);
    throw refused(topic, `has a messageId that is ${given}: give text`);
  }
  // It would become another id's bytes.
  if (!messageId.isWellFormed()) throw refused(topic, 'has a messageId with a lone surrogate');
  const value = Buffer.from(messageId);
  if (value.length > MESSAGE_ID_BYTES_MAX) {
    const most = MESSAGE_ID_BYTES_MAX;
    throw refused(topic, `has a messageId of ${value.length} bytes: give ${most} at most`);
  }
  if (headers.some(({ key }) => key === MESSAGE_ID)) {
    throw refused(topic, `has messageId and a header ${MESSAGE_ID}: give one of them`);
  }
  return [...headers, { key: MESSAGE_ID, value }];
};

/** Without it, of a record that is to be appended once more though it was appended before. */
export const withoutMessageId = (headers: readonly RecordHeader[]): readonly RecordHeader[] =>
  headers.some(({ key }) => key === MESSAGE_ID)
    ? headers.filter(({ key }) => key !== MESSAGE_ID)
    : headers;

const refused = (topic: string, what: string): ProduceError =>
  new ProduceError('INVALID_RECORD', `a record for ${topic} ${what}`, { topic });
