import { errorNumber } from '../../base/errors.ts';
import { NONE } from '../../base/ids.ts';
import { lookUpOffset } from '../../broker/client/list-offsets.ts';
import type { KafkaHandler } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { ListOffsetsRequest, ListOffsetsResponse } from '../wire/messages/list-offsets.ts';
import type { KafkaContext } from './context.ts';
import { refuseFollower, topicIdNamed, wireNumber } from './context.ts';

const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const MAX_TIMESTAMP_SINCE = 7;
const NOT_AVAILABLE_SINCE = 5;

/**
 * ListOffsets, 1 to 9. Nothing is tiered, so that the earliest local offset is the earliest and
 * there is no latest tiered one; there are no transactions, so that the last stable offset is the
 * high watermark. No match is no error: offset -1.
 */
export const listOffsetsHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.listOffsets, ({ apiVersion, body }) => {
    refuseFollower(body.replicaId);
    const topics = body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => lookUp(context, { name, apiVersion, asked })),
    }));
    return { topics };
  });

type Asked = ListOffsetsRequest['topics'][number]['partitions'][number];
type Found = ListOffsetsResponse['topics'][number]['partitions'][number];

const lookUp = (
  context: KafkaContext,
  { name, apiVersion, asked }: { name: string; apiVersion: number; asked: Asked },
): Found => {
  const { partitionIndex, currentLeaderEpoch, timestamp } = asked;
  const nothing = { partitionIndex, timestamp: NONE, offset: NONE, leaderEpoch: NONE };
  const isKnown = timestamp >= LATEST_TIERED;
  if (!isKnown || (timestamp === MAX_TIMESTAMP && apiVersion < MAX_TIMESTAMP_SINCE)) {
    return { ...nothing, errorCode: errorNumber('UNSUPPORTED_VERSION') };
  }
  const found = lookUpOffset(context.broker, {
    topicId: topicIdNamed(context, name),
    partition: partitionIndex,
    currentLeaderEpoch,
    timestampMs: timestamp === EARLIEST_LOCAL || timestamp === LATEST_TIERED ? EARLIEST : timestamp,
  });
  const errorCode = codeFor(apiVersion, found.errorCode);
  if (errorCode !== 0 || timestamp === LATEST_TIERED) return { ...nothing, errorCode };
  const { offset, leaderEpoch, timestampMs } = found;
  return { partitionIndex, errorCode, offset, leaderEpoch, timestamp: timestampMs };
};

const codeFor = (apiVersion: number, number: number): number => {
  if (number === errorNumber('UNKNOWN_TOPIC_ID')) return errorNumber('UNKNOWN_TOPIC_OR_PARTITION');
  if (number === errorNumber('OFFSET_NOT_AVAILABLE') && apiVersion < NOT_AVAILABLE_SINCE) {
    return errorNumber('LEADER_NOT_AVAILABLE');
  }
  return wireNumber(number);
};
