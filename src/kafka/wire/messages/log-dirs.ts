import type { Decoded, Encodable } from '../field.ts';
import { array, boolean, int16, int32, int64, string, struct } from '../field.ts';

const askedTopic = struct({
  topic: string(),
  partitions: array(int32()),
});

export const describeLogDirsRequest = struct({
  /** Null for all. */
  topics: array(askedTopic, { nullableSince: 0 }),
});

const partitionInDir = struct({
  partitionIndex: int32(),
  /** Bytes of all segments. */
  partitionSize: int64(),
  offsetLag: int64(),
  isFutureKey: boolean(),
});

const topicInDir = struct({
  name: string(),
  partitions: array(partitionInDir),
});

const logDir = struct({
  errorCode: int16(),
  logDir: string(),
  topics: array(topicInDir),
  totalBytes: int64({ since: 4, default: -1 }),
  usableBytes: int64({ since: 4, default: -1 }),
});

export const describeLogDirsResponse = struct({
  throttleTimeMs: int32({ default: 0 }),
  errorCode: int16({ since: 3, default: 0 }),
  results: array(logDir),
});

export type DescribeLogDirsRequest = Decoded<typeof describeLogDirsRequest.fields>;
export type DescribeLogDirsResponse = Encodable<typeof describeLogDirsResponse.fields>;
