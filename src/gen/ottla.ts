// Generated from proto/ by `make proto`; not edited by hand.
import type { StreamMethod, UnaryMethod } from '../base/method.ts';
import type { Frame } from './runtime.ts';
import { frameCodec, messageCodec, missingCase, nested, safe } from './runtime.ts';

/** Since 0.1. */
export interface BacklogRequest {
  /** What to look at; each is answered on its own. Since 0.1. */
  readonly partitions: readonly BacklogPartition[];
}
export const BacklogRequest = messageCodec<BacklogRequest>('ottla.v1.BacklogRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), BacklogPartition.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: BacklogPartition[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(BacklogPartition, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface BacklogPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch of the leader as the asker knows it; another one is an error. -1: not checked. Since 0.1. */
  readonly currentLeaderEpoch: number;
  /** Where the reader goes on (inclusive). Below the first record there is: there; -1 is below. Since 0.1. */
  readonly offset: number;
}
export const BacklogPartition = messageCodec<BacklogPartition>('ottla.v1.BacklogPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.currentLeaderEpoch !== 0) w.uint32(24).int32(m.currentLeaderEpoch);
  if (m.offset !== 0) w.uint32(32).int64(m.offset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let currentLeaderEpoch = 0;
  let offset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: currentLeaderEpoch = r.int32(); break;
      case 32: offset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, currentLeaderEpoch, offset };
});

/** Since 0.1. */
export interface BacklogResponse {
  /** One a question, in the order of the request. Since 0.1. */
  readonly partitions: readonly BacklogResult[];
}
export const BacklogResponse = messageCodec<BacklogResponse>('ottla.v1.BacklogResponse', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), BacklogResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: BacklogResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(BacklogResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface BacklogResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** First offset of the log. Since 0.1. */
  readonly logStartOffset: number;
  /** End of what is committed (exclusive). Since 0.1. */
  readonly highWatermark: number;
  /** Of the first committed record at or after the offset; -1 where there is none. Since 0.1. */
  readonly recordOffset: number;
  /** Of that record, in milliseconds since the Unix epoch; -1 where there is no record, or it has no timestamp. Since 0.1. */
  readonly recordTimestampMs: number;
  /** The leader's wall clock, read with the rest, in milliseconds since the Unix epoch. Since 0.1. */
  readonly nowMs: number;
}
export const BacklogResult = messageCodec<BacklogResult>('ottla.v1.BacklogResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.logStartOffset !== 0) w.uint32(32).int64(m.logStartOffset);
  if (m.highWatermark !== 0) w.uint32(40).int64(m.highWatermark);
  if (m.recordOffset !== 0) w.uint32(48).int64(m.recordOffset);
  if (m.recordTimestampMs !== 0) w.uint32(56).int64(m.recordTimestampMs);
  if (m.nowMs !== 0) w.uint32(64).int64(m.nowMs);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let logStartOffset = 0;
  let highWatermark = 0;
  let recordOffset = 0;
  let recordTimestampMs = 0;
  let nowMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: logStartOffset = safe(r.int64()); break;
      case 40: highWatermark = safe(r.int64()); break;
      case 48: recordOffset = safe(r.int64()); break;
      case 56: recordTimestampMs = safe(r.int64()); break;
      case 64: nowMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, logStartOffset, highWatermark, recordOffset, recordTimestampMs, nowMs };
});

/** Since 0.1. */
export interface ProduceHeader {
  /** Chosen by the client, echoed in the reply. Since 0.1. */
  readonly requestId: number;
  /** 1: the leader has the bytes. -1: all in-sync replicas have them, on disk unless the topic says ack.durability=memory. 0: no reply but to a request of which a batch was refused. Since 0.1. */
  readonly acks: number;
  /** How long acks=-1 may wait for replicas, in milliseconds. When it ends, the batch may still stand. Since 0.1. */
  readonly timeoutMs: number;
  /** One a batch, in the order of the body. Each is taken or refused on its own. Since 0.1. */
  readonly partitions: readonly ProducePartition[];
}
export const ProduceHeader = messageCodec<ProduceHeader>('ottla.v1.ProduceHeader', (m, w) => {
  if (m.requestId !== 0) w.uint32(8).int64(m.requestId);
  if (m.acks !== 0) w.uint32(16).int32(m.acks);
  if (m.timeoutMs !== 0) w.uint32(24).int32(m.timeoutMs);
  for (const v of m.partitions) w.uint32(34).fork(), ProducePartition.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let requestId = 0;
  let acks = 0;
  let timeoutMs = 0;
  const partitions: ProducePartition[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: requestId = safe(r.int64()); break;
      case 16: acks = r.int32(); break;
      case 24: timeoutMs = r.int32(); break;
      case 34: partitions.push(nested(ProducePartition, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { requestId, acks, timeoutMs, partitions };
});

/** Since 0.1. */
export interface ProducePartition {
  /** Id of the topic the batch is for, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Bytes of this batch in the body, 0 or more. Since 0.1. */
  readonly lengthBytes: number;
}
export const ProducePartition = messageCodec<ProducePartition>('ottla.v1.ProducePartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.lengthBytes !== 0) w.uint32(24).int32(m.lengthBytes);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let lengthBytes = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: lengthBytes = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, lengthBytes };
});

/** Since 0.1. */
export interface ProduceReply {
  /** The request that is answered, by the number in its header. Since 0.1. */
  readonly requestId: number;
  /** One a partition, in the order of the request. Since 0.1. */
  readonly results: readonly ProduceResult[];
}
export const ProduceReply = messageCodec<ProduceReply>('ottla.v1.ProduceReply', (m, w) => {
  if (m.requestId !== 0) w.uint32(8).int64(m.requestId);
  for (const v of m.results) w.uint32(18).fork(), ProduceResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let requestId = 0;
  const results: ProduceResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: requestId = safe(r.int64()); break;
      case 18: results.push(nested(ProduceResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { requestId, results };
});

/** Since 0.1. */
export interface ProduceResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: the batch is acknowledged as acks asked. Since 0.1. */
  readonly errorCode: number;
  /** Why it was refused, in one line; empty without an error or where its number says all. Since 0.1. */
  readonly errorMessage: string;
  /** Offset of the batch's first record, whom the others follow one by one; of the original where it is a duplicate; -1 with an error, and where record_offsets tell more or nothing is known. Since 0.1. */
  readonly baseOffset: number;
  /** First offset that the partition still holds (inclusive); -1 with an error. Since 0.1. */
  readonly logStartOffset: number;
  /** Where the leader is now, when known and the error says it is elsewhere. Since 0.1. */
  readonly leaderHint?: LeaderHint | undefined;
  /** When the leader appended it, in milliseconds since the Unix epoch, where the topic has message.timestamp.type=LogAppendTime: the timestamp of all its records. Since 0.1. */
  readonly logAppendTimeMs?: number | undefined;
  /** Of a batch that was refused for single records: those, in its order, a hundred at most. None of the batch is in the log; without them it may be sent again. Since 0.1. */
  readonly refusedRecords: readonly RefusedRecord[];
  /** Offsets of the records one by one, in the order of the batch, where repeats among them lie elsewhere, by their message ids; -1 where it is not known. Empty where base_offset tells them. Since 0.1. */
  readonly recordOffsets: readonly number[];
}
export const ProduceResult = messageCodec<ProduceResult>('ottla.v1.ProduceResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(34).string(m.errorMessage);
  if (m.baseOffset !== 0) w.uint32(40).int64(m.baseOffset);
  if (m.logStartOffset !== 0) w.uint32(48).int64(m.logStartOffset);
  if (m.leaderHint !== undefined) w.uint32(58).fork(), LeaderHint.write(m.leaderHint, w), w.ldelim();
  if (m.logAppendTimeMs !== undefined) w.uint32(64).int64(m.logAppendTimeMs);
  for (const v of m.refusedRecords) w.uint32(74).fork(), RefusedRecord.write(v, w), w.ldelim();
  if (m.recordOffsets.length > 0) {
    w.uint32(82).fork();
    for (const v of m.recordOffsets) w.int64(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let errorMessage = '';
  let baseOffset = 0;
  let logStartOffset = 0;
  let leaderHint: LeaderHint | undefined;
  let logAppendTimeMs: number | undefined;
  const refusedRecords: RefusedRecord[] = [];
  const recordOffsets: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 34: errorMessage = r.string(); break;
      case 40: baseOffset = safe(r.int64()); break;
      case 48: logStartOffset = safe(r.int64()); break;
      case 58: leaderHint = nested(LeaderHint, r); break;
      case 64: logAppendTimeMs = safe(r.int64()); break;
      case 74: refusedRecords.push(nested(RefusedRecord, r)); break;
      case 80: recordOffsets.push(safe(r.int64())); break;
      case 82: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) recordOffsets.push(safe(r.int64()));
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, errorMessage, baseOffset, logStartOffset, leaderHint, logAppendTimeMs, refusedRecords, recordOffsets };
});

/** Since 0.1. */
export interface RefusedRecord {
  /** Within the batch, from 0. Since 0.1. */
  readonly index: number;
  /** Why, in one line. Since 0.1. */
  readonly reason: string;
}
export const RefusedRecord = messageCodec<RefusedRecord>('ottla.v1.RefusedRecord', (m, w) => {
  if (m.index !== 0) w.uint32(8).int32(m.index);
  if (m.reason !== '') w.uint32(18).string(m.reason);
  return w;
}, (r, end) => {
  let index = 0;
  let reason = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: index = r.int32(); break;
      case 18: reason = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { index, reason };
});

/** Since 0.1. */
export interface LeaderHint {
  /** Number of the broker that leads by the answering broker's metadata. Since 0.1. */
  readonly leaderId: number;
  /** Epoch in which it leads. A client drops a hint that is older than what it knows. Since 0.1. */
  readonly leaderEpoch: number;
}
export const LeaderHint = messageCodec<LeaderHint>('ottla.v1.LeaderHint', (m, w) => {
  if (m.leaderId !== 0) w.uint32(8).int32(m.leaderId);
  if (m.leaderEpoch !== 0) w.uint32(16).int32(m.leaderEpoch);
  return w;
}, (r, end) => {
  let leaderId = 0;
  let leaderEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: leaderId = r.int32(); break;
      case 16: leaderEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { leaderId, leaderEpoch };
});

/** Since 0.1. */
export interface FetchRequest {
  /** Chosen by the client, echoed in the frame. With 0 and no partitions it only cancels. Since 0.1. */
  readonly requestId: number;
  /** How long to wait for min_bytes, in milliseconds; 0 or less: answered at once. Since 0.1. */
  readonly maxWaitMs: number;
  /** Answered as soon as this many bytes are committed, or max_bytes if that is less. Since 0.1. */
  readonly minBytes: number;
  /** Bound on the whole body; 16 MiB at most. The first batch found comes whole, whatever its size. Since 0.1. */
  readonly maxBytes: number;
  /** Read in this order, so the first ones have the first claim on max_bytes. Since 0.1. */
  readonly partitions: readonly FetchPartition[];
  /** Ends the request with this id at once, with what there is; 0: none. Since 0.1. */
  readonly cancelRequestId: number;
}
export const FetchRequest = messageCodec<FetchRequest>('ottla.v1.FetchRequest', (m, w) => {
  if (m.requestId !== 0) w.uint32(8).int64(m.requestId);
  if (m.maxWaitMs !== 0) w.uint32(16).int32(m.maxWaitMs);
  if (m.minBytes !== 0) w.uint32(24).int32(m.minBytes);
  if (m.maxBytes !== 0) w.uint32(32).int32(m.maxBytes);
  for (const v of m.partitions) w.uint32(42).fork(), FetchPartition.write(v, w), w.ldelim();
  if (m.cancelRequestId !== 0) w.uint32(48).int64(m.cancelRequestId);
  return w;
}, (r, end) => {
  let requestId = 0;
  let maxWaitMs = 0;
  let minBytes = 0;
  let maxBytes = 0;
  const partitions: FetchPartition[] = [];
  let cancelRequestId = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: requestId = safe(r.int64()); break;
      case 16: maxWaitMs = r.int32(); break;
      case 24: minBytes = r.int32(); break;
      case 32: maxBytes = r.int32(); break;
      case 42: partitions.push(nested(FetchPartition, r)); break;
      case 48: cancelRequestId = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { requestId, maxWaitMs, minBytes, maxBytes, partitions, cancelRequestId };
});

/** Since 0.1. */
export interface FetchPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch of the leader as the client knows it; another one is an error. -1: not checked. Since 0.1. */
  readonly currentLeaderEpoch: number;
  /** First offset that is wanted (inclusive). Since 0.1. */
  readonly fetchOffset: number;
  /** Bound on the bytes of this partition, within that of the request. Since 0.1. */
  readonly maxBytes: number;
}
export const FetchPartition = messageCodec<FetchPartition>('ottla.v1.FetchPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.currentLeaderEpoch !== 0) w.uint32(24).int32(m.currentLeaderEpoch);
  if (m.fetchOffset !== 0) w.uint32(32).int64(m.fetchOffset);
  if (m.maxBytes !== 0) w.uint32(40).int32(m.maxBytes);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let currentLeaderEpoch = 0;
  let fetchOffset = 0;
  let maxBytes = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: currentLeaderEpoch = r.int32(); break;
      case 32: fetchOffset = safe(r.int64()); break;
      case 40: maxBytes = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, currentLeaderEpoch, fetchOffset, maxBytes };
});

/** Since 0.1. */
export interface FetchHeader {
  /** The request that is answered, by the number it carried. Since 0.1. */
  readonly requestId: number;
  /** One a partition, in the order of the request; none when it was cancelled before it began. Since 0.1. */
  readonly partitions: readonly FetchResult[];
}
export const FetchHeader = messageCodec<FetchHeader>('ottla.v1.FetchHeader', (m, w) => {
  if (m.requestId !== 0) w.uint32(8).int64(m.requestId);
  for (const v of m.partitions) w.uint32(18).fork(), FetchResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let requestId = 0;
  const partitions: FetchResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: requestId = safe(r.int64()); break;
      case 18: partitions.push(nested(FetchResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { requestId, partitions };
});

/** Since 0.1. */
export interface FetchResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none, though there may be no bytes. Since 0.1. */
  readonly errorCode: number;
  /** End of what is committed (exclusive); -1 when this broker has no replica. Since 0.1. */
  readonly highWatermark: number;
  /** First offset that the partition still holds (inclusive); -1 without a replica here. Since 0.1. */
  readonly logStartOffset: number;
  /** Bytes of this partition in the body; 0: nothing to read yet, or an error. Since 0.1. */
  readonly lengthBytes: number;
  /** Where the leader is now, when known and the error says it is elsewhere. Since 0.1. */
  readonly leaderHint?: LeaderHint | undefined;
}
export const FetchResult = messageCodec<FetchResult>('ottla.v1.FetchResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.highWatermark !== 0) w.uint32(32).int64(m.highWatermark);
  if (m.logStartOffset !== 0) w.uint32(40).int64(m.logStartOffset);
  if (m.lengthBytes !== 0) w.uint32(48).int32(m.lengthBytes);
  if (m.leaderHint !== undefined) w.uint32(58).fork(), LeaderHint.write(m.leaderHint, w), w.ldelim();
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let highWatermark = 0;
  let logStartOffset = 0;
  let lengthBytes = 0;
  let leaderHint: LeaderHint | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: highWatermark = safe(r.int64()); break;
      case 40: logStartOffset = safe(r.int64()); break;
      case 48: lengthBytes = r.int32(); break;
      case 58: leaderHint = nested(LeaderHint, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, highWatermark, logStartOffset, lengthBytes, leaderHint };
});

/** Since 0.1. */
export interface MetadataRequest {
  /** Topics by name; empty with all_topics false: brokers only. Since 0.1. */
  readonly topics: readonly string[];
  /** True: every topic, by name in ascending order; `topics` is then not looked at. Since 0.1. */
  readonly allTopics: boolean;
  /** Creates those of `topics` that are missing, when auto.create.topics.enable is set. Since 0.1. */
  readonly allowAutoCreate: boolean;
}
export const MetadataRequest = messageCodec<MetadataRequest>('ottla.v1.MetadataRequest', (m, w) => {
  for (const v of m.topics) w.uint32(10).string(v);
  if (m.allTopics !== false) w.uint32(16).bool(m.allTopics);
  if (m.allowAutoCreate !== false) w.uint32(24).bool(m.allowAutoCreate);
  return w;
}, (r, end) => {
  const topics: string[] = [];
  let allTopics = false;
  let allowAutoCreate = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(r.string()); break;
      case 16: allTopics = r.bool(); break;
      case 24: allowAutoCreate = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics, allTopics, allowAutoCreate };
});

/** Since 0.1. */
export interface MetadataResponse {
  /** Identity of the cluster, 22 characters of base64url; never changes. Since 0.1. */
  readonly clusterId: string;
  /** Number of the active controller; -1 where it is not known here, or is no broker as well. Since 0.1. */
  readonly controllerId: number;
  /** All registered brokers, fenced ones too, by number in ascending order. Since 0.1. */
  readonly brokers: readonly BrokerInfo[];
  /** One a name asked for, in that order; those not found carry an error. Since 0.1. */
  readonly topics: readonly TopicInfo[];
  /** Metadata index that this answer reflects: an older one never replaces a newer. Since 0.1. */
  readonly metadataIndex: number;
}
export const MetadataResponse = messageCodec<MetadataResponse>('ottla.v1.MetadataResponse', (m, w) => {
  if (m.clusterId !== '') w.uint32(10).string(m.clusterId);
  if (m.controllerId !== 0) w.uint32(16).int32(m.controllerId);
  for (const v of m.brokers) w.uint32(26).fork(), BrokerInfo.write(v, w), w.ldelim();
  for (const v of m.topics) w.uint32(34).fork(), TopicInfo.write(v, w), w.ldelim();
  if (m.metadataIndex !== 0) w.uint32(40).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  let clusterId = '';
  let controllerId = 0;
  const brokers: BrokerInfo[] = [];
  const topics: TopicInfo[] = [];
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: clusterId = r.string(); break;
      case 16: controllerId = r.int32(); break;
      case 26: brokers.push(nested(BrokerInfo, r)); break;
      case 34: topics.push(nested(TopicInfo, r)); break;
      case 40: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { clusterId, controllerId, brokers, topics, metadataIndex };
});

/** Since 0.1. */
export interface BrokerInfo {
  /** Number of the broker (node.id), from 1. Since 0.1. */
  readonly brokerId: number;
  /** host:port of its gRPC listener for clients, as clients reach it. Since 0.1. */
  readonly address: string;
  /** host:port of its Kafka listener; empty when there is none. Since 0.1. */
  readonly kafkaAddress: string;
  /** Failure domain (broker.rack); empty: none. Since 0.1. */
  readonly rack: string;
  /** True: it leads nothing and joins no in-sync set, because it is starting or not heard from. Since 0.1. */
  readonly fenced: boolean;
  /** Its log directories that failed, or were missing at its start. Since 0.1. */
  readonly offlineDirectories: readonly OfflineDirectory[];
}
export const BrokerInfo = messageCodec<BrokerInfo>('ottla.v1.BrokerInfo', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.address !== '') w.uint32(18).string(m.address);
  if (m.kafkaAddress !== '') w.uint32(26).string(m.kafkaAddress);
  if (m.rack !== '') w.uint32(34).string(m.rack);
  if (m.fenced !== false) w.uint32(40).bool(m.fenced);
  for (const v of m.offlineDirectories) w.uint32(50).fork(), OfflineDirectory.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerId = 0;
  let address = '';
  let kafkaAddress = '';
  let rack = '';
  let fenced = false;
  const offlineDirectories: OfflineDirectory[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 18: address = r.string(); break;
      case 26: kafkaAddress = r.string(); break;
      case 34: rack = r.string(); break;
      case 40: fenced = r.bool(); break;
      case 50: offlineDirectories.push(nested(OfflineDirectory, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, address, kafkaAddress, rack, fenced, offlineDirectories };
});

/** Since 0.1. */
export interface TopicInfo {
  /** Kafka error number; 0: none. With one, only `name` means something. Since 0.1. */
  readonly errorCode: number;
  /** Name as asked for, or as it was created. Since 0.1. */
  readonly name: string;
  /** 22 characters of base64url; a topic created anew has another. Empty with an error. Since 0.1. */
  readonly topicId: string;
  /** All partitions, by number from 0 without gaps. Since 0.1. */
  readonly partitions: readonly PartitionInfo[];
  /** max.message.bytes of the topic, so that a producer can refuse at send; 0 with an error. Since 0.1. */
  readonly maxMessageBytes: number;
  /** Partitions that were added and that groups are not given yet; absent: none. Since 0.1. */
  readonly fence?: TopicFence | undefined;
  /** True: records may wait until they are due. Absent: the broker does not say. Since 0.1. */
  readonly delayEnable?: boolean | undefined;
}
export const TopicInfo = messageCodec<TopicInfo>('ottla.v1.TopicInfo', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.name !== '') w.uint32(18).string(m.name);
  if (m.topicId !== '') w.uint32(26).string(m.topicId);
  for (const v of m.partitions) w.uint32(34).fork(), PartitionInfo.write(v, w), w.ldelim();
  if (m.maxMessageBytes !== 0) w.uint32(40).int32(m.maxMessageBytes);
  if (m.fence !== undefined) w.uint32(50).fork(), TopicFence.write(m.fence, w), w.ldelim();
  if (m.delayEnable !== undefined) w.uint32(56).bool(m.delayEnable);
  return w;
}, (r, end) => {
  let errorCode = 0;
  let name = '';
  let topicId = '';
  const partitions: PartitionInfo[] = [];
  let maxMessageBytes = 0;
  let fence: TopicFence | undefined;
  let delayEnable: boolean | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: name = r.string(); break;
      case 26: topicId = r.string(); break;
      case 34: partitions.push(nested(PartitionInfo, r)); break;
      case 40: maxMessageBytes = r.int32(); break;
      case 50: fence = nested(TopicFence, r); break;
      case 56: delayEnable = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, name, topicId, partitions, maxMessageBytes, fence, delayEnable };
});

/** Since 0.1. */
export interface TopicFence {
  /** The first of the partitions that were added. Since 0.1. */
  readonly firstPartition: number;
  /** Names of the groups that shall be given these only when they have consumed what was written before. Since 0.1. */
  readonly groups: readonly string[];
  /** How long producers may still write by the old number of partitions, in milliseconds by this broker's clock; 0: they do not any more. Since 0.1. */
  readonly settledInMs: number;
}
export const TopicFence = messageCodec<TopicFence>('ottla.v1.TopicFence', (m, w) => {
  if (m.firstPartition !== 0) w.uint32(8).int32(m.firstPartition);
  for (const v of m.groups) w.uint32(18).string(v);
  if (m.settledInMs !== 0) w.uint32(24).int64(m.settledInMs);
  return w;
}, (r, end) => {
  let firstPartition = 0;
  const groups: string[] = [];
  let settledInMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: firstPartition = r.int32(); break;
      case 18: groups.push(r.string()); break;
      case 24: settledInMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { firstPartition, groups, settledInMs };
});

/** Since 0.1. */
export interface PartitionInfo {
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Number of the broker that leads; -1: none at the moment. Since 0.1. */
  readonly leader: number;
  /** Counts the elections of this partition, from 0; of two answers the higher is newer. Since 0.1. */
  readonly leaderEpoch: number;
  /** Brokers the partition is assigned to, the preferred leader first. Since 0.1. */
  readonly replicas: readonly number[];
  /** Those of `replicas` that are in sync. Since 0.1. */
  readonly isr: readonly number[];
  /** Those of `replicas` whose broker is fenced or not registered, or whose log directory is offline. Since 0.1. */
  readonly offline: readonly number[];
  /** Out of sync with all that was ever committed: they may lead where nobody in sync can. Since 0.1. */
  readonly eligibleLeaderReplicas: readonly number[];
  /** Were so, and may have lost what was acknowledged from memory. Since 0.1. */
  readonly lastKnownElr: readonly number[];
  /** Who led last, while nobody does; absent: there is a leader, or it is not known. Since 0.1. */
  readonly lastKnownLeader?: number | undefined;
}
export const PartitionInfo = messageCodec<PartitionInfo>('ottla.v1.PartitionInfo', (m, w) => {
  if (m.partition !== 0) w.uint32(8).int32(m.partition);
  if (m.leader !== 0) w.uint32(16).int32(m.leader);
  if (m.leaderEpoch !== 0) w.uint32(24).int32(m.leaderEpoch);
  if (m.replicas.length > 0) {
    w.uint32(34).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  if (m.isr.length > 0) {
    w.uint32(42).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  if (m.offline.length > 0) {
    w.uint32(50).fork();
    for (const v of m.offline) w.int32(v);
    w.ldelim();
  }
  if (m.eligibleLeaderReplicas.length > 0) {
    w.uint32(58).fork();
    for (const v of m.eligibleLeaderReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownElr.length > 0) {
    w.uint32(66).fork();
    for (const v of m.lastKnownElr) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownLeader !== undefined) w.uint32(72).int32(m.lastKnownLeader);
  return w;
}, (r, end) => {
  let partition = 0;
  let leader = 0;
  let leaderEpoch = 0;
  const replicas: number[] = [];
  const isr: number[] = [];
  const offline: number[] = [];
  const eligibleLeaderReplicas: number[] = [];
  const lastKnownElr: number[] = [];
  let lastKnownLeader: number | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: partition = r.int32(); break;
      case 16: leader = r.int32(); break;
      case 24: leaderEpoch = r.int32(); break;
      case 32: replicas.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      case 40: isr.push(r.int32()); break;
      case 42: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      case 48: offline.push(r.int32()); break;
      case 50: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) offline.push(r.int32());
        break;
      }
      case 56: eligibleLeaderReplicas.push(r.int32()); break;
      case 58: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) eligibleLeaderReplicas.push(r.int32());
        break;
      }
      case 64: lastKnownElr.push(r.int32()); break;
      case 66: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) lastKnownElr.push(r.int32());
        break;
      }
      case 72: lastKnownLeader = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { partition, leader, leaderEpoch, replicas, isr, offline, eligibleLeaderReplicas, lastKnownElr, lastKnownLeader };
});

/** Since 0.1. */
export interface ListOffsetsRequest {
  /** What to look up; each is answered on its own. Since 0.1. */
  readonly partitions: readonly ListOffsetsPartition[];
}
export const ListOffsetsRequest = messageCodec<ListOffsetsRequest>('ottla.v1.ListOffsetsRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), ListOffsetsPartition.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: ListOffsetsPartition[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(ListOffsetsPartition, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface ListOffsetsPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch of the leader as the client knows it; another one is an error. -1: not checked. Since 0.1. */
  readonly currentLeaderEpoch: number;
  /** -1: latest (high watermark), -2: earliest, -3: largest timestamp, else milliseconds since the epoch: the first record at or after. Since 0.1. */
  readonly timestampMs: number;
}
export const ListOffsetsPartition = messageCodec<ListOffsetsPartition>('ottla.v1.ListOffsetsPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.currentLeaderEpoch !== 0) w.uint32(24).int32(m.currentLeaderEpoch);
  if (m.timestampMs !== 0) w.uint32(32).int64(m.timestampMs);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let currentLeaderEpoch = 0;
  let timestampMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: currentLeaderEpoch = r.int32(); break;
      case 32: timestampMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, currentLeaderEpoch, timestampMs };
});

/** Since 0.1. */
export interface ListOffsetsResponse {
  /** One a question, in the order of the request. Since 0.1. */
  readonly partitions: readonly ListOffsetsResult[];
}
export const ListOffsetsResponse = messageCodec<ListOffsetsResponse>('ottla.v1.ListOffsetsResponse', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), ListOffsetsResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: ListOffsetsResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(ListOffsetsResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface ListOffsetsResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** The offset found; for "latest" the end of what is committed (exclusive). -1: no such record. Since 0.1. */
  readonly offset: number;
  /** Of the record found, in milliseconds since the Unix epoch; -1 without one, or asked with -1 or -2. Since 0.1. */
  readonly timestampMs: number;
  /** Epoch in which the record at that offset was written, for "latest" the current one; -1: none. Since 0.1. */
  readonly leaderEpoch: number;
}
export const ListOffsetsResult = messageCodec<ListOffsetsResult>('ottla.v1.ListOffsetsResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.offset !== 0) w.uint32(32).int64(m.offset);
  if (m.timestampMs !== 0) w.uint32(40).int64(m.timestampMs);
  if (m.leaderEpoch !== 0) w.uint32(48).int32(m.leaderEpoch);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let offset = 0;
  let timestampMs = 0;
  let leaderEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: offset = safe(r.int64()); break;
      case 40: timestampMs = safe(r.int64()); break;
      case 48: leaderEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, offset, timestampMs, leaderEpoch };
});

/** To the leaders of the partitions. Since 0.1. */
export interface DeleteRecordsRequest {
  /** Each is done and answered on its own. Since 0.1. */
  readonly partitions: readonly DeleteRecordsPartition[];
  /** How long to wait for the followers that live, in milliseconds. Since 0.1. */
  readonly timeoutMs: number;
}
export const DeleteRecordsRequest = messageCodec<DeleteRecordsRequest>('ottla.v1.DeleteRecordsRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), DeleteRecordsPartition.write(v, w), w.ldelim();
  if (m.timeoutMs !== 0) w.uint32(16).int32(m.timeoutMs);
  return w;
}, (r, end) => {
  const partitions: DeleteRecordsPartition[] = [];
  let timeoutMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(DeleteRecordsPartition, r)); break;
      case 16: timeoutMs = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions, timeoutMs };
});

/** Since 0.1. */
export interface DeleteRecordsPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** All records below it go (exclusive); -1: all that are committed. Since 0.1. */
  readonly beforeOffset: number;
}
export const DeleteRecordsPartition = messageCodec<DeleteRecordsPartition>('ottla.v1.DeleteRecordsPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.beforeOffset !== 0) w.uint32(24).int64(m.beforeOffset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let beforeOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: beforeOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, beforeOffset };
});

/** Since 0.1. */
export interface DeleteRecordsResponse {
  /** One a partition, in the order of the request. Since 0.1. */
  readonly partitions: readonly DeleteRecordsResult[];
}
export const DeleteRecordsResponse = messageCodec<DeleteRecordsResponse>('ottla.v1.DeleteRecordsResponse', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), DeleteRecordsResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: DeleteRecordsResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(DeleteRecordsResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface DeleteRecordsResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. REQUEST_TIMED_OUT: deleted at the leader, not yet at every follower that lives. Since 0.1. */
  readonly errorCode: number;
  /** Lowest first offset among the replicas that live; -1 on errors. Since 0.1. */
  readonly lowWatermark: number;
}
export const DeleteRecordsResult = messageCodec<DeleteRecordsResult>('ottla.v1.DeleteRecordsResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.lowWatermark !== 0) w.uint32(32).int64(m.lowWatermark);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let lowWatermark = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: lowWatermark = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, lowWatermark };
});

/** Since 0.1. */
export interface OffsetForLeaderEpochRequest {
  /** What to look up; each is answered on its own. Since 0.1. */
  readonly partitions: readonly EpochQuestion[];
}
export const OffsetForLeaderEpochRequest = messageCodec<OffsetForLeaderEpochRequest>('ottla.v1.OffsetForLeaderEpochRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), EpochQuestion.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: EpochQuestion[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(EpochQuestion, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface EpochQuestion {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch of the leader as the client knows it; another one is an error. -1: not checked. Since 0.1. */
  readonly currentLeaderEpoch: number;
  /** The epoch whose end is asked for: that of the last record the client has read. Since 0.1. */
  readonly leaderEpoch: number;
}
export const EpochQuestion = messageCodec<EpochQuestion>('ottla.v1.EpochQuestion', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.currentLeaderEpoch !== 0) w.uint32(24).int32(m.currentLeaderEpoch);
  if (m.leaderEpoch !== 0) w.uint32(32).int32(m.leaderEpoch);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let currentLeaderEpoch = 0;
  let leaderEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: currentLeaderEpoch = r.int32(); break;
      case 32: leaderEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, currentLeaderEpoch, leaderEpoch };
});

/** Since 0.1. */
export interface OffsetForLeaderEpochResponse {
  /** One a question, in the order of the request. Since 0.1. */
  readonly partitions: readonly EpochAnswer[];
}
export const OffsetForLeaderEpochResponse = messageCodec<OffsetForLeaderEpochResponse>('ottla.v1.OffsetForLeaderEpochResponse', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), EpochAnswer.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: EpochAnswer[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(EpochAnswer, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface EpochAnswer {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** Largest epoch of the leader's log not above the one asked for, which it repeats where all are above; -1 when unknown. Since 0.1. */
  readonly leaderEpoch: number;
  /** Where that epoch ends in the leader's log (exclusive); -1 when unknown. Since 0.1. */
  readonly endOffset: number;
}
export const EpochAnswer = messageCodec<EpochAnswer>('ottla.v1.EpochAnswer', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.leaderEpoch !== 0) w.uint32(32).int32(m.leaderEpoch);
  if (m.endOffset !== 0) w.uint32(40).int64(m.endOffset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let leaderEpoch = 0;
  let endOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: leaderEpoch = r.int32(); break;
      case 40: endOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, leaderEpoch, endOffset };
});

/** Since 0.1. */
export type InitProducerIdRequest = Record<never, never>;
export const InitProducerIdRequest = messageCodec<InitProducerIdRequest>('ottla.v1.InitProducerIdRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface InitProducerIdResponse {
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** Given out once in the life of the cluster, from 0; -1 with an error. Since 0.1. */
  readonly producerId: number;
  /** 0 for a new producer id; -1 with an error. Since 0.1. */
  readonly producerEpoch: number;
}
export const InitProducerIdResponse = messageCodec<InitProducerIdResponse>('ottla.v1.InitProducerIdResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.producerId !== 0) w.uint32(16).int64(m.producerId);
  if (m.producerEpoch !== 0) w.uint32(24).int32(m.producerEpoch);
  return w;
}, (r, end) => {
  let errorCode = 0;
  let producerId = 0;
  let producerEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 16: producerId = safe(r.int64()); break;
      case 24: producerEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, producerId, producerEpoch };
});

/** Since 0.1. */
export interface DescribeConfigsRequest {
  /** "topic", "broker", "group" or "cluster". Since 0.1. */
  readonly resourceType: string;
  /** Name of the topic or group, number of the broker; not looked at for "cluster". Since 0.1. */
  readonly resource: string;
}
export const DescribeConfigsRequest = messageCodec<DescribeConfigsRequest>('ottla.v1.DescribeConfigsRequest', (m, w) => {
  if (m.resourceType !== '') w.uint32(10).string(m.resourceType);
  if (m.resource !== '') w.uint32(18).string(m.resource);
  return w;
}, (r, end) => {
  let resourceType = '';
  let resource = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: resourceType = r.string(); break;
      case 18: resource = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { resourceType, resource };
});

/** Since 0.1. */
export interface DescribeConfigsResponse {
  /** Kafka error number: no such topic, or a type that is none; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** Why there is no answer, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
  /** All settings of a topic or the cluster; of a broker only those set at run time. Since 0.1. */
  readonly entries: readonly ConfigEntry[];
}
export const DescribeConfigsResponse = messageCodec<DescribeConfigsResponse>('ottla.v1.DescribeConfigsResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(18).string(m.errorMessage);
  for (const v of m.entries) w.uint32(26).fork(), ConfigEntry.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let errorMessage = '';
  const entries: ConfigEntry[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: errorMessage = r.string(); break;
      case 26: entries.push(nested(ConfigEntry, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, errorMessage, entries };
});

/** Since 0.1. */
export interface ConfigEntry {
  /** Kafka's name of the setting; for the cluster, of the default that it sets. Since 0.1. */
  readonly key: string;
  /** The value in force, as text. Since 0.1. */
  readonly value: string;
  /** True when no one has set it, neither at run time nor in a file. Since 0.1. */
  readonly isDefault: boolean;
  /** What the setting does, in one line; empty for a broker. Since 0.1. */
  readonly description: string;
  /** Where the value comes from: "topic" or "broker", set for it alone; "cluster", set at run time for all; "file", that of the broker asked; "default". Since 0.1. */
  readonly source: string;
}
export const ConfigEntry = messageCodec<ConfigEntry>('ottla.v1.ConfigEntry', (m, w) => {
  if (m.key !== '') w.uint32(10).string(m.key);
  if (m.value !== '') w.uint32(18).string(m.value);
  if (m.isDefault !== false) w.uint32(24).bool(m.isDefault);
  if (m.description !== '') w.uint32(34).string(m.description);
  if (m.source !== '') w.uint32(42).string(m.source);
  return w;
}, (r, end) => {
  let key = '';
  let value = '';
  let isDefault = false;
  let description = '';
  let source = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: key = r.string(); break;
      case 18: value = r.string(); break;
      case 24: isDefault = r.bool(); break;
      case 34: description = r.string(); break;
      case 42: source = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { key, value, isDefault, description, source };
});

/** Since 0.1. */
export type DescribeClusterRequest = Record<never, never>;
export const DescribeClusterRequest = messageCodec<DescribeClusterRequest>('ottla.v1.DescribeClusterRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface DescribeClusterResponse {
  /** Identity of the cluster, 22 characters of base64url. Since 0.1. */
  readonly clusterId: string;
  /** Number of the answering broker, whose metadata the counts below are of. Since 0.1. */
  readonly brokerId: number;
  /** Told by the active controller; with node_id -1 when none answered within a second. Since 0.1. */
  readonly quorum?: DescribeQuorumResponse | undefined;
  /** All registered brokers, fenced ones too, by number in ascending order. Since 0.1. */
  readonly brokers: readonly BrokerInfo[];
  /** Partitions of all topics. Since 0.1. */
  readonly partitions: number;
  /** Those of them with fewer in-sync replicas than replicas; those that a reassignment brings are not asked for yet. Since 0.1. */
  readonly underReplicated: number;
  /** Those with fewer in-sync replicas than min.insync.replicas, or than replicas if that is less. Since 0.1. */
  readonly underMinIsr: number;
  /** Those without a leader. Since 0.1. */
  readonly offline: number;
  /** The metadata.version that the cluster is at; 0: none is written yet. Since 0.1. */
  readonly metadataVersion: number;
  /** The highest that the answering broker knows. Since 0.1. */
  readonly knownMetadataVersion: number;
}
export const DescribeClusterResponse = messageCodec<DescribeClusterResponse>('ottla.v1.DescribeClusterResponse', (m, w) => {
  if (m.clusterId !== '') w.uint32(10).string(m.clusterId);
  if (m.brokerId !== 0) w.uint32(16).int32(m.brokerId);
  if (m.quorum !== undefined) w.uint32(26).fork(), DescribeQuorumResponse.write(m.quorum, w), w.ldelim();
  for (const v of m.brokers) w.uint32(34).fork(), BrokerInfo.write(v, w), w.ldelim();
  if (m.partitions !== 0) w.uint32(40).int32(m.partitions);
  if (m.underReplicated !== 0) w.uint32(48).int32(m.underReplicated);
  if (m.underMinIsr !== 0) w.uint32(56).int32(m.underMinIsr);
  if (m.offline !== 0) w.uint32(64).int32(m.offline);
  if (m.metadataVersion !== 0) w.uint32(72).int32(m.metadataVersion);
  if (m.knownMetadataVersion !== 0) w.uint32(80).int32(m.knownMetadataVersion);
  return w;
}, (r, end) => {
  let clusterId = '';
  let brokerId = 0;
  let quorum: DescribeQuorumResponse | undefined;
  const brokers: BrokerInfo[] = [];
  let partitions = 0;
  let underReplicated = 0;
  let underMinIsr = 0;
  let offline = 0;
  let metadataVersion = 0;
  let knownMetadataVersion = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: clusterId = r.string(); break;
      case 16: brokerId = r.int32(); break;
      case 26: quorum = nested(DescribeQuorumResponse, r); break;
      case 34: brokers.push(nested(BrokerInfo, r)); break;
      case 40: partitions = r.int32(); break;
      case 48: underReplicated = r.int32(); break;
      case 56: underMinIsr = r.int32(); break;
      case 64: offline = r.int32(); break;
      case 72: metadataVersion = r.int32(); break;
      case 80: knownMetadataVersion = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { clusterId, brokerId, quorum, brokers, partitions, underReplicated, underMinIsr, offline, metadataVersion, knownMetadataVersion };
});

/** Since 0.1. */
export interface RegisterBrokerRequest {
  /** Cluster that the broker's directory was formatted for; another is INCONSISTENT_CLUSTER_ID. Since 0.1. */
  readonly clusterId: string;
  /** Number of the broker (node.id), from 1. Since 0.1. */
  readonly brokerId: number;
  /** Identity of this run of the process, not empty; the same again gets the same epoch. Since 0.1. */
  readonly incarnationId: string;
  /** Identity of the log directory, not empty; another than before: its replicas there are lost. Since 0.1. */
  readonly directoryId: string;
  /** host:port of the gRPC listener for clients, as clients reach it. Since 0.1. */
  readonly clientAddress: string;
  /** host:port of the gRPC listener for peers, as other nodes reach it. Since 0.1. */
  readonly peerAddress: string;
  /** host:port of the Kafka listener; empty when there is none. Since 0.1. */
  readonly kafkaAddress: string;
  /** Failure domain (broker.rack); replicas are spread over racks. Empty: none. Since 0.1. */
  readonly rack: string;
  /** Lowest metadata.version that this broker understands (inclusive). Since 0.1. */
  readonly minMetadataVersion: number;
  /** Highest metadata.version that this broker understands (inclusive). Since 0.1. */
  readonly maxMetadataVersion: number;
  /** The broker epoch in the clean-shutdown marker; -1 when the last stop was not clean. Since 0.1. */
  readonly previousBrokerEpoch: number;
  /** Replicas whose durable data was found damaged; they must not lead. Since 0.1. */
  readonly damaged: readonly PartitionRef[];
  /** By its server.properties, for topics that the metadata says nothing of: how many must be in sync where it leads. Absent: it does not tell. Since 0.1. */
  readonly minInsyncReplicas?: number | undefined;
  /** Likewise, whether it acknowledges from "memory" or from "fsync" on. Absent: it does not tell. Since 0.1. */
  readonly ackDurability?: string | undefined;
  /** Those of `damaged` whose log directory failed or is missing: they may come back with all that they had. Since 0.1. */
  readonly offline: readonly PartitionRef[];
}
export const RegisterBrokerRequest = messageCodec<RegisterBrokerRequest>('ottla.v1.RegisterBrokerRequest', (m, w) => {
  if (m.clusterId !== '') w.uint32(10).string(m.clusterId);
  if (m.brokerId !== 0) w.uint32(16).int32(m.brokerId);
  if (m.incarnationId !== '') w.uint32(26).string(m.incarnationId);
  if (m.directoryId !== '') w.uint32(34).string(m.directoryId);
  if (m.clientAddress !== '') w.uint32(42).string(m.clientAddress);
  if (m.peerAddress !== '') w.uint32(50).string(m.peerAddress);
  if (m.kafkaAddress !== '') w.uint32(58).string(m.kafkaAddress);
  if (m.rack !== '') w.uint32(66).string(m.rack);
  if (m.minMetadataVersion !== 0) w.uint32(72).int32(m.minMetadataVersion);
  if (m.maxMetadataVersion !== 0) w.uint32(80).int32(m.maxMetadataVersion);
  if (m.previousBrokerEpoch !== 0) w.uint32(88).int64(m.previousBrokerEpoch);
  for (const v of m.damaged) w.uint32(98).fork(), PartitionRef.write(v, w), w.ldelim();
  if (m.minInsyncReplicas !== undefined) w.uint32(104).int32(m.minInsyncReplicas);
  if (m.ackDurability !== undefined) w.uint32(114).string(m.ackDurability);
  for (const v of m.offline) w.uint32(122).fork(), PartitionRef.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let clusterId = '';
  let brokerId = 0;
  let incarnationId = '';
  let directoryId = '';
  let clientAddress = '';
  let peerAddress = '';
  let kafkaAddress = '';
  let rack = '';
  let minMetadataVersion = 0;
  let maxMetadataVersion = 0;
  let previousBrokerEpoch = 0;
  const damaged: PartitionRef[] = [];
  let minInsyncReplicas: number | undefined;
  let ackDurability: string | undefined;
  const offline: PartitionRef[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: clusterId = r.string(); break;
      case 16: brokerId = r.int32(); break;
      case 26: incarnationId = r.string(); break;
      case 34: directoryId = r.string(); break;
      case 42: clientAddress = r.string(); break;
      case 50: peerAddress = r.string(); break;
      case 58: kafkaAddress = r.string(); break;
      case 66: rack = r.string(); break;
      case 72: minMetadataVersion = r.int32(); break;
      case 80: maxMetadataVersion = r.int32(); break;
      case 88: previousBrokerEpoch = safe(r.int64()); break;
      case 98: damaged.push(nested(PartitionRef, r)); break;
      case 104: minInsyncReplicas = r.int32(); break;
      case 114: ackDurability = r.string(); break;
      case 122: offline.push(nested(PartitionRef, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { clusterId, brokerId, incarnationId, directoryId, clientAddress, peerAddress, kafkaAddress, rack, minMetadataVersion, maxMetadataVersion, previousBrokerEpoch, damaged, minInsyncReplicas, ackDurability, offline };
});

/** A partition by topic id. Since 0.1. */
export interface PartitionRef {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
}
export const PartitionRef = messageCodec<PartitionRef>('ottla.v1.PartitionRef', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition };
});

/** Since 0.1. */
export interface RegisterBrokerResponse {
  /** Kafka error number; 0: registered, and fenced until a heartbeat asks otherwise. Since 0.1. */
  readonly errorCode: number;
  /** Why it was refused and what to do, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
  /** Index of the registration in the metadata log: names it from here on. -1 with an error. Since 0.1. */
  readonly brokerEpoch: number;
}
export const RegisterBrokerResponse = messageCodec<RegisterBrokerResponse>('ottla.v1.RegisterBrokerResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(18).string(m.errorMessage);
  if (m.brokerEpoch !== 0) w.uint32(24).int64(m.brokerEpoch);
  return w;
}, (r, end) => {
  let errorCode = 0;
  let errorMessage = '';
  let brokerEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: errorMessage = r.string(); break;
      case 24: brokerEpoch = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, errorMessage, brokerEpoch };
});

/** Since 0.1. */
export interface BrokerHeartbeat {
  /** Number of the broker that beats. Since 0.1. */
  readonly brokerId: number;
  /** Registration the broker speaks for: index of its entry in the metadata log. Another: STALE_BROKER_EPOCH. Since 0.1. */
  readonly brokerEpoch: number;
  /** Last metadata index applied by the broker (inclusive); unfenced only from its epoch on. Since 0.1. */
  readonly metadataIndex: number;
  /** The broker asks to stay fenced (it is still loading). Since 0.1. */
  readonly wantFence: boolean;
  /** The broker asks to move its leaders away and stop. Since 0.1. */
  readonly wantShutdown: boolean;
  /** Replicas gone offline or found damaged since registration, until a reply has acknowledged them. Since 0.1. */
  readonly damaged: readonly PartitionRef[];
  /** As of RegisterBrokerRequest, for brokers that registered below metadata.version 3, where their registration does not hold it. Since 0.1. */
  readonly minInsyncReplicas?: number | undefined;
  /** Likewise. Since 0.1. */
  readonly ackDurability?: string | undefined;
  /** Every replica whose log directory failed or is missing, in each heartbeat: none of them is elected. Where `damaged` names one too, it may come back with all that it had. Since 0.1. */
  readonly offline: readonly PartitionRef[];
  /** Log directories that failed, or were missing at the start, in each heartbeat. Since 0.1. */
  readonly offlineDirectories: readonly OfflineDirectory[];
}
export const BrokerHeartbeat = messageCodec<BrokerHeartbeat>('ottla.v1.BrokerHeartbeat', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  if (m.metadataIndex !== 0) w.uint32(24).int64(m.metadataIndex);
  if (m.wantFence !== false) w.uint32(32).bool(m.wantFence);
  if (m.wantShutdown !== false) w.uint32(40).bool(m.wantShutdown);
  for (const v of m.damaged) w.uint32(50).fork(), PartitionRef.write(v, w), w.ldelim();
  if (m.minInsyncReplicas !== undefined) w.uint32(56).int32(m.minInsyncReplicas);
  if (m.ackDurability !== undefined) w.uint32(66).string(m.ackDurability);
  for (const v of m.offline) w.uint32(74).fork(), PartitionRef.write(v, w), w.ldelim();
  for (const v of m.offlineDirectories) w.uint32(82).fork(), OfflineDirectory.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  let metadataIndex = 0;
  let wantFence = false;
  let wantShutdown = false;
  const damaged: PartitionRef[] = [];
  let minInsyncReplicas: number | undefined;
  let ackDurability: string | undefined;
  const offline: PartitionRef[] = [];
  const offlineDirectories: OfflineDirectory[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      case 24: metadataIndex = safe(r.int64()); break;
      case 32: wantFence = r.bool(); break;
      case 40: wantShutdown = r.bool(); break;
      case 50: damaged.push(nested(PartitionRef, r)); break;
      case 56: minInsyncReplicas = r.int32(); break;
      case 66: ackDurability = r.string(); break;
      case 74: offline.push(nested(PartitionRef, r)); break;
      case 82: offlineDirectories.push(nested(OfflineDirectory, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch, metadataIndex, wantFence, wantShutdown, damaged, minInsyncReplicas, ackDurability, offline, offlineDirectories };
});

/** A log directory that cannot be used. Since 0.1. */
export interface OfflineDirectory {
  /** Its path on the broker. Since 0.1. */
  readonly path: string;
  /** Why, as text to show. Since 0.1. */
  readonly reason: string;
}
export const OfflineDirectory = messageCodec<OfflineDirectory>('ottla.v1.OfflineDirectory', (m, w) => {
  if (m.path !== '') w.uint32(10).string(m.path);
  if (m.reason !== '') w.uint32(18).string(m.reason);
  return w;
}, (r, end) => {
  let path = '';
  let reason = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: path = r.string(); break;
      case 18: reason = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { path, reason };
});

/** What one broker has in log directories that are offline. Since 0.1. */
export interface OfflineBroker {
  /** Number of the broker. Since 0.1. */
  readonly brokerId: number;
  /** Those directories. Since 0.1. */
  readonly directories: readonly OfflineDirectory[];
  /** Its replicas in them. Since 0.1. */
  readonly replicas: readonly PartitionRef[];
}
export const OfflineBroker = messageCodec<OfflineBroker>('ottla.v1.OfflineBroker', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  for (const v of m.directories) w.uint32(18).fork(), OfflineDirectory.write(v, w), w.ldelim();
  for (const v of m.replicas) w.uint32(26).fork(), PartitionRef.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerId = 0;
  const directories: OfflineDirectory[] = [];
  const replicas: PartitionRef[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 18: directories.push(nested(OfflineDirectory, r)); break;
      case 26: replicas.push(nested(PartitionRef, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, directories, replicas };
});

/** Since 0.1. */
export interface OfflineNews {
  /** All brokers that have any; one that is not heard from is left out. Since 0.1. */
  readonly brokers: readonly OfflineBroker[];
}
export const OfflineNews = messageCodec<OfflineNews>('ottla.v1.OfflineNews', (m, w) => {
  for (const v of m.brokers) w.uint32(10).fork(), OfflineBroker.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const brokers: OfflineBroker[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: brokers.push(nested(OfflineBroker, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokers };
});

/** Since 0.1. */
export interface BrokerHeartbeatReply {
  /** Kafka error number; 0: none. Any other ends the stream behind this reply. Since 0.1. */
  readonly errorCode: number;
  /** Whether the broker is fenced by committed metadata; true with an error. Since 0.1. */
  readonly fenced: boolean;
  /** The broker leads nothing any more, the others have heard of it, and it may stop. Since 0.1. */
  readonly mayShutDown: boolean;
  /** Highest metadata index committed (inclusive), to measure lag by; 0 with an error. Since 0.1. */
  readonly committedIndex: number;
  /** What is offline in the whole cluster, instead of what was told before. Absent: it is as this stream was told last. Since 0.1. */
  readonly offline?: OfflineNews | undefined;
}
export const BrokerHeartbeatReply = messageCodec<BrokerHeartbeatReply>('ottla.v1.BrokerHeartbeatReply', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.fenced !== false) w.uint32(16).bool(m.fenced);
  if (m.mayShutDown !== false) w.uint32(24).bool(m.mayShutDown);
  if (m.committedIndex !== 0) w.uint32(32).int64(m.committedIndex);
  if (m.offline !== undefined) w.uint32(42).fork(), OfflineNews.write(m.offline, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let fenced = false;
  let mayShutDown = false;
  let committedIndex = 0;
  let offline: OfflineNews | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 16: fenced = r.bool(); break;
      case 24: mayShutDown = r.bool(); break;
      case 32: committedIndex = safe(r.int64()); break;
      case 42: offline = nested(OfflineNews, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, fenced, mayShutDown, committedIndex, offline };
});

/** Since 0.1. */
export interface AlterPartitionRequest {
  /** Number of the asking broker, which must lead every partition named. Since 0.1. */
  readonly brokerId: number;
  /** Registration the broker speaks for: index of its entry in the metadata log. Another: STALE_BROKER_EPOCH. Since 0.1. */
  readonly brokerEpoch: number;
  /** What is proposed; each is taken or refused on its own. Since 0.1. */
  readonly partitions: readonly AlterPartitionItem[];
}
export const AlterPartitionRequest = messageCodec<AlterPartitionRequest>('ottla.v1.AlterPartitionRequest', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  for (const v of m.partitions) w.uint32(26).fork(), AlterPartitionItem.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  const partitions: AlterPartitionItem[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      case 26: partitions.push(nested(AlterPartitionItem, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch, partitions };
});

/** Since 0.1. */
export interface AlterPartitionItem {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch in which the sender leads; below the current one: FENCED_LEADER_EPOCH. Since 0.1. */
  readonly leaderEpoch: number;
  /** Change the proposal is based on; below the current one: INVALID_UPDATE_VERSION. Since 0.1. */
  readonly partitionEpoch: number;
  /** The whole new in-sync set, each a replica and named once. Without the leader it gives the partition up, and one of the set, all of them in sync before, is elected. Since 0.1. */
  readonly newIsr: readonly IsrMember[];
  /** min.insync.replicas by which the sender commits; another than the controller's: INELIGIBLE_REPLICA, and the sender asks again when it has heard of the change. Absent: not compared, as below metadata.version 3. Since 0.1. */
  readonly minInsyncReplicas?: number | undefined;
}
export const AlterPartitionItem = messageCodec<AlterPartitionItem>('ottla.v1.AlterPartitionItem', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.leaderEpoch !== 0) w.uint32(24).int32(m.leaderEpoch);
  if (m.partitionEpoch !== 0) w.uint32(32).int32(m.partitionEpoch);
  for (const v of m.newIsr) w.uint32(42).fork(), IsrMember.write(v, w), w.ldelim();
  if (m.minInsyncReplicas !== undefined) w.uint32(48).int32(m.minInsyncReplicas);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let leaderEpoch = 0;
  let partitionEpoch = 0;
  const newIsr: IsrMember[] = [];
  let minInsyncReplicas: number | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: leaderEpoch = r.int32(); break;
      case 32: partitionEpoch = r.int32(); break;
      case 42: newIsr.push(nested(IsrMember, r)); break;
      case 48: minInsyncReplicas = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, leaderEpoch, partitionEpoch, newIsr, minInsyncReplicas };
});

/** Since 0.1. */
export interface IsrMember {
  /** Number of the broker that shall be in sync. Since 0.1. */
  readonly brokerId: number;
  /** Registration that the leader saw fetching; -1 skips the check (the leader itself). Since 0.1. */
  readonly brokerEpoch: number;
}
export const IsrMember = messageCodec<IsrMember>('ottla.v1.IsrMember', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch };
});

/** Since 0.1. */
export interface AlterPartitionResponse {
  /** Of the whole request (STALE_BROKER_EPOCH, NOT_CONTROLLER); 0: see each partition. Since 0.1. */
  readonly errorCode: number;
  /** One a partition, in the order of the request; none with an error of the whole. Since 0.1. */
  readonly partitions: readonly AlterPartitionResult[];
}
export const AlterPartitionResponse = messageCodec<AlterPartitionResponse>('ottla.v1.AlterPartitionResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  for (const v of m.partitions) w.uint32(18).fork(), AlterPartitionResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  const partitions: AlterPartitionResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: partitions.push(nested(AlterPartitionResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, partitions };
});

/** Since 0.1. */
export interface AlterPartitionResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: the set stands. The fields below hold either way. Since 0.1. */
  readonly errorCode: number;
  /** Number of the leader now; -1: none, or the partition is not known. Since 0.1. */
  readonly leader: number;
  /** Leader epoch now; -1: the partition is not known. Since 0.1. */
  readonly leaderEpoch: number;
  /** In-sync replicas now, in no certain order. Since 0.1. */
  readonly isr: readonly number[];
  /** Change the partition is at now, for the next proposal; -1: it is not known. Since 0.1. */
  readonly partitionEpoch: number;
}
export const AlterPartitionResult = messageCodec<AlterPartitionResult>('ottla.v1.AlterPartitionResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.leader !== 0) w.uint32(32).int32(m.leader);
  if (m.leaderEpoch !== 0) w.uint32(40).int32(m.leaderEpoch);
  if (m.isr.length > 0) {
    w.uint32(50).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  if (m.partitionEpoch !== 0) w.uint32(56).int32(m.partitionEpoch);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let leader = 0;
  let leaderEpoch = 0;
  const isr: number[] = [];
  let partitionEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: leader = r.int32(); break;
      case 40: leaderEpoch = r.int32(); break;
      case 48: isr.push(r.int32()); break;
      case 50: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      case 56: partitionEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, leader, leaderEpoch, isr, partitionEpoch };
});

/** Since 0.1. */
export interface AllocateProducerIdsRequest {
  /** Number of the asking broker. Since 0.1. */
  readonly brokerId: number;
  /** Registration the broker speaks for: index of its entry in the metadata log. Another: STALE_BROKER_EPOCH. Since 0.1. */
  readonly brokerEpoch: number;
}
export const AllocateProducerIdsRequest = messageCodec<AllocateProducerIdsRequest>('ottla.v1.AllocateProducerIdsRequest', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch };
});

/** Since 0.1. */
export interface AllocateProducerIdsResponse {
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** First id of the block (inclusive); -1 with an error. Since 0.1. */
  readonly firstProducerId: number;
  /** Ids in the block, one after the other; 0 with an error. Since 0.1. */
  readonly count: number;
}
export const AllocateProducerIdsResponse = messageCodec<AllocateProducerIdsResponse>('ottla.v1.AllocateProducerIdsResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.firstProducerId !== 0) w.uint32(16).int64(m.firstProducerId);
  if (m.count !== 0) w.uint32(24).int32(m.count);
  return w;
}, (r, end) => {
  let errorCode = 0;
  let firstProducerId = 0;
  let count = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 16: firstProducerId = safe(r.int64()); break;
      case 24: count = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, firstProducerId, count };
});

/** Since 0.1. */
export interface CreateTopicsRequest {
  /** What to create, each on its own; a name given twice is refused. Since 0.1. */
  readonly topics: readonly NewTopic[];
  /** True: checks and answers as if it were done, and changes nothing. Since 0.1. */
  readonly validateOnly: boolean;
}
export const CreateTopicsRequest = messageCodec<CreateTopicsRequest>('ottla.v1.CreateTopicsRequest', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), NewTopic.write(v, w), w.ldelim();
  if (m.validateOnly !== false) w.uint32(16).bool(m.validateOnly);
  return w;
}, (r, end) => {
  const topics: NewTopic[] = [];
  let validateOnly = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(NewTopic, r)); break;
      case 16: validateOnly = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics, validateOnly };
});

/** Since 0.1. */
export interface NewTopic {
  /** 1 to 249 of a-z A-Z 0-9 . _ - and neither "." nor "..". Since 0.1. */
  readonly name: string;
  /** How many; -1: the cluster's default (num.partitions). Since 0.1. */
  readonly partitions: number;
  /** Replicas of each partition; -1: the cluster's default (default.replication.factor). Since 0.1. */
  readonly replicationFactor: number;
  /** Explicit placement, one a partition from 0 without gaps; the two fields above are then -1. Since 0.1. */
  readonly assignments: readonly ReplicaAssignment[];
  /** Settings that differ from the cluster's defaults, by Kafka's names; values as text. Since 0.1. */
  readonly configs: ReadonlyMap<string, string>;
}
export const NewTopic = messageCodec<NewTopic>('ottla.v1.NewTopic', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.partitions !== 0) w.uint32(16).int32(m.partitions);
  if (m.replicationFactor !== 0) w.uint32(24).int32(m.replicationFactor);
  for (const v of m.assignments) w.uint32(34).fork(), ReplicaAssignment.write(v, w), w.ldelim();
  for (const [k, v] of m.configs) w.uint32(42).fork().uint32(10).string(k).uint32(18).string(v).ldelim();
  return w;
}, (r, end) => {
  let name = '';
  let partitions = 0;
  let replicationFactor = 0;
  const assignments: ReplicaAssignment[] = [];
  const configs = new Map<string, string>();
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 16: partitions = r.int32(); break;
      case 24: replicationFactor = r.int32(); break;
      case 34: assignments.push(nested(ReplicaAssignment, r)); break;
      case 42: {
        const stop = Math.min(r.uint32() + r.pos, end);
        let k = '';
        let v = '';
        while (r.pos < stop) {
          const e = r.uint32();
          if (e === 10) k = r.string();
          else if (e === 18) v = r.string();
          else r.skipType(e & 7);
        }
        configs.set(k, v);
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { name, partitions, replicationFactor, assignments, configs };
});

/** Since 0.1. */
export interface ReplicaAssignment {
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Brokers that hold it, each once, the preferred leader first; as many as in the other partitions. Since 0.1. */
  readonly replicas: readonly number[];
}
export const ReplicaAssignment = messageCodec<ReplicaAssignment>('ottla.v1.ReplicaAssignment', (m, w) => {
  if (m.partition !== 0) w.uint32(8).int32(m.partition);
  if (m.replicas.length > 0) {
    w.uint32(18).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let partition = 0;
  const replicas: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: partition = r.int32(); break;
      case 16: replicas.push(r.int32()); break;
      case 18: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { partition, replicas };
});

/** Since 0.1. */
export interface CreateTopicsResponse {
  /** One a topic, in the order of the request. Since 0.1. */
  readonly topics: readonly TopicResult[];
}
export const CreateTopicsResponse = messageCodec<CreateTopicsResponse>('ottla.v1.CreateTopicsResponse', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), TopicResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const topics: TopicResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(TopicResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics };
});

/** Since 0.1. */
export interface TopicResult {
  /** Name as in the request; of what was named by an id it does not know: empty. Since 0.1. */
  readonly name: string;
  /** 22 characters of base64url; with an error as in the request, so mostly empty. Since 0.1. */
  readonly topicId: string;
  /** Kafka error number; 0: done, or with validate_only: would be. Since 0.1. */
  readonly errorCode: number;
  /** Why it was refused, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
  /** Partitions in all after the change, before it for a deletion; -1 with an error. Since 0.1. */
  readonly partitions: number;
  /** Replicas of partition 0; -1 with an error. Since 0.1. */
  readonly replicationFactor: number;
}
export const TopicResult = messageCodec<TopicResult>('ottla.v1.TopicResult', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.topicId !== '') w.uint32(18).string(m.topicId);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(34).string(m.errorMessage);
  if (m.partitions !== 0) w.uint32(40).int32(m.partitions);
  if (m.replicationFactor !== 0) w.uint32(48).int32(m.replicationFactor);
  return w;
}, (r, end) => {
  let name = '';
  let topicId = '';
  let errorCode = 0;
  let errorMessage = '';
  let partitions = 0;
  let replicationFactor = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 18: topicId = r.string(); break;
      case 24: errorCode = r.int32(); break;
      case 34: errorMessage = r.string(); break;
      case 40: partitions = r.int32(); break;
      case 48: replicationFactor = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { name, topicId, errorCode, errorMessage, partitions, replicationFactor };
});

/** Topics by name or by id. A name is taken for the topic that bears it when the request is decided: one that comes late can mean another topic by then, an id never does. Since 0.1. */
export interface DeleteTopicsRequest {
  /** Topics to delete, each on its own. Since 0.1. */
  readonly names: readonly string[];
  /** Further ones by id, 22 characters of base64url, whatever bears their names now. Since 0.1. */
  readonly topicIds: readonly string[];
  /** True: tells which topics those are, and changes nothing. Since 0.1. */
  readonly validateOnly: boolean;
}
export const DeleteTopicsRequest = messageCodec<DeleteTopicsRequest>('ottla.v1.DeleteTopicsRequest', (m, w) => {
  for (const v of m.names) w.uint32(10).string(v);
  for (const v of m.topicIds) w.uint32(18).string(v);
  if (m.validateOnly !== false) w.uint32(24).bool(m.validateOnly);
  return w;
}, (r, end) => {
  const names: string[] = [];
  const topicIds: string[] = [];
  let validateOnly = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: names.push(r.string()); break;
      case 18: topicIds.push(r.string()); break;
      case 24: validateOnly = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { names, topicIds, validateOnly };
});

/** Since 0.1. */
export interface DeleteTopicsResponse {
  /** One a name, then one an id, in the order of the request. Since 0.1. */
  readonly topics: readonly TopicResult[];
}
export const DeleteTopicsResponse = messageCodec<DeleteTopicsResponse>('ottla.v1.DeleteTopicsResponse', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), TopicResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const topics: TopicResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(TopicResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics };
});

/** Since 0.1. */
export interface CreatePartitionsRequest {
  /** What to enlarge, each on its own; a name given twice is refused. Since 0.1. */
  readonly topics: readonly TopicGrowth[];
  /** True: checks and answers as if it were done, and changes nothing. Since 0.1. */
  readonly validateOnly: boolean;
}
export const CreatePartitionsRequest = messageCodec<CreatePartitionsRequest>('ottla.v1.CreatePartitionsRequest', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), TopicGrowth.write(v, w), w.ldelim();
  if (m.validateOnly !== false) w.uint32(16).bool(m.validateOnly);
  return w;
}, (r, end) => {
  const topics: TopicGrowth[] = [];
  let validateOnly = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(TopicGrowth, r)); break;
      case 16: validateOnly = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics, validateOnly };
});

/** Since 0.1. */
export interface TopicGrowth {
  /** Name of a topic that exists. Since 0.1. */
  readonly name: string;
  /** Partitions the topic shall have in all: more than it has. Since 0.1. */
  readonly totalPartitions: number;
  /** Placement of the new ones only, numbered on from the last; empty: chosen by the controller. Since 0.1. */
  readonly assignments: readonly ReplicaAssignment[];
  /** With more partitions: the groups that shall be given the new ones only when they have consumed what was written before. With as many as there are: those of them that shall be still, none to lift it. Absent: nothing of it changes. Since 0.1. */
  readonly fence?: GrowthFence | undefined;
}
export const TopicGrowth = messageCodec<TopicGrowth>('ottla.v1.TopicGrowth', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.totalPartitions !== 0) w.uint32(16).int32(m.totalPartitions);
  for (const v of m.assignments) w.uint32(26).fork(), ReplicaAssignment.write(v, w), w.ldelim();
  if (m.fence !== undefined) w.uint32(34).fork(), GrowthFence.write(m.fence, w), w.ldelim();
  return w;
}, (r, end) => {
  let name = '';
  let totalPartitions = 0;
  const assignments: ReplicaAssignment[] = [];
  let fence: GrowthFence | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 16: totalPartitions = r.int32(); break;
      case 26: assignments.push(nested(ReplicaAssignment, r)); break;
      case 34: fence = nested(GrowthFence, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { name, totalPartitions, assignments, fence };
});

/** Since 0.1. */
export interface GrowthFence {
  /** Names of groups. Since 0.1. */
  readonly groups: readonly string[];
  /** How long producers may go on by the old number of partitions, in milliseconds; counts where the topic grows. Since 0.1. */
  readonly settleMs: number;
}
export const GrowthFence = messageCodec<GrowthFence>('ottla.v1.GrowthFence', (m, w) => {
  for (const v of m.groups) w.uint32(10).string(v);
  if (m.settleMs !== 0) w.uint32(16).int64(m.settleMs);
  return w;
}, (r, end) => {
  const groups: string[] = [];
  let settleMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groups.push(r.string()); break;
      case 16: settleMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { groups, settleMs };
});

/** Since 0.1. */
export interface CreatePartitionsResponse {
  /** One a topic, in the order of the request. Since 0.1. */
  readonly topics: readonly TopicResult[];
}
export const CreatePartitionsResponse = messageCodec<CreatePartitionsResponse>('ottla.v1.CreatePartitionsResponse', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), TopicResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const topics: TopicResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(TopicResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics };
});

/** Since 0.1. */
export interface AlterConfigsRequest {
  /** Single settings, in any order; all changes of one resource are made or none. Since 0.1. */
  readonly changes: readonly ConfigChange[];
  /** True: checks and answers as if it were done, and changes nothing. Since 0.1. */
  readonly validateOnly: boolean;
}
export const AlterConfigsRequest = messageCodec<AlterConfigsRequest>('ottla.v1.AlterConfigsRequest', (m, w) => {
  for (const v of m.changes) w.uint32(10).fork(), ConfigChange.write(v, w), w.ldelim();
  if (m.validateOnly !== false) w.uint32(16).bool(m.validateOnly);
  return w;
}, (r, end) => {
  const changes: ConfigChange[] = [];
  let validateOnly = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: changes.push(nested(ConfigChange, r)); break;
      case 16: validateOnly = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { changes, validateOnly };
});

/** Since 0.1. */
export interface ConfigChange {
  /** "topic", "cluster", "group", or "broker", of which only what takes it out of use is set here: all else is in its file. Since 0.1. */
  readonly resourceType: string;
  /** Name of the topic or group, number of the broker; empty for "cluster". Since 0.1. */
  readonly resource: string;
  /** Kafka's name of the setting; for the cluster, of the default that it sets. Since 0.1. */
  readonly key: string;
  /** The new value as text. Absent: back to the default. Since 0.1. */
  readonly value?: string | undefined;
}
export const ConfigChange = messageCodec<ConfigChange>('ottla.v1.ConfigChange', (m, w) => {
  if (m.resourceType !== '') w.uint32(10).string(m.resourceType);
  if (m.resource !== '') w.uint32(18).string(m.resource);
  if (m.key !== '') w.uint32(26).string(m.key);
  if (m.value !== undefined) w.uint32(34).string(m.value);
  return w;
}, (r, end) => {
  let resourceType = '';
  let resource = '';
  let key = '';
  let value: string | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: resourceType = r.string(); break;
      case 18: resource = r.string(); break;
      case 26: key = r.string(); break;
      case 34: value = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { resourceType, resource, key, value };
});

/** Since 0.1. */
export interface AlterConfigsResponse {
  /** One a resource, in the order of their first change. Since 0.1. */
  readonly results: readonly ConfigResult[];
  /** Metadata index that holds the changes: whoever has applied it shows them. 0: nothing was changed. Since 0.1. */
  readonly metadataIndex: number;
}
export const AlterConfigsResponse = messageCodec<AlterConfigsResponse>('ottla.v1.AlterConfigsResponse', (m, w) => {
  for (const v of m.results) w.uint32(10).fork(), ConfigResult.write(v, w), w.ldelim();
  if (m.metadataIndex !== 0) w.uint32(16).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  const results: ConfigResult[] = [];
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: results.push(nested(ConfigResult, r)); break;
      case 16: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { results, metadataIndex };
});

/** One per resource. Since 0.1. */
export interface ConfigResult {
  /** Type of the resource, as in the request. Since 0.1. */
  readonly resourceType: string;
  /** Name of the resource, as in the request. Since 0.1. */
  readonly resource: string;
  /** Kafka error number; 0: all changes of the resource were made, or with validate_only: would be. Since 0.1. */
  readonly errorCode: number;
  /** Why none was made, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
}
export const ConfigResult = messageCodec<ConfigResult>('ottla.v1.ConfigResult', (m, w) => {
  if (m.resourceType !== '') w.uint32(10).string(m.resourceType);
  if (m.resource !== '') w.uint32(18).string(m.resource);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(34).string(m.errorMessage);
  return w;
}, (r, end) => {
  let resourceType = '';
  let resource = '';
  let errorCode = 0;
  let errorMessage = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: resourceType = r.string(); break;
      case 18: resource = r.string(); break;
      case 24: errorCode = r.int32(); break;
      case 34: errorMessage = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { resourceType, resource, errorCode, errorMessage };
});

/** Since 0.1. */
export interface ElectLeadersRequest {
  /** Where to elect; empty: all partitions. Since 0.1. */
  readonly partitions: readonly PartitionRef[];
  /** True: a replica out of sync may lead where there is no leader. False: preferred election. Since 0.1. */
  readonly unclean: boolean;
  /** With `unclean` and one partition: the replica that shall lead, and no other. Absent: one that can. Since 0.1. */
  readonly leader?: number | undefined;
}
export const ElectLeadersRequest = messageCodec<ElectLeadersRequest>('ottla.v1.ElectLeadersRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), PartitionRef.write(v, w), w.ldelim();
  if (m.unclean !== false) w.uint32(16).bool(m.unclean);
  if (m.leader !== undefined) w.uint32(24).int32(m.leader);
  return w;
}, (r, end) => {
  const partitions: PartitionRef[] = [];
  let unclean = false;
  let leader: number | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(PartitionRef, r)); break;
      case 16: unclean = r.bool(); break;
      case 24: leader = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions, unclean, leader };
});

/** Since 0.1. */
export interface ElectLeadersResponse {
  /** Of the whole request (NOT_CONTROLLER); 0: see each partition. Since 0.1. */
  readonly errorCode: number;
  /** One a partition asked for; asked for all, only where there was something to do. Since 0.1. */
  readonly results: readonly PartitionResult[];
  /** Metadata index that holds the new leaders: whoever has applied it shows them. 0: nothing was changed. Since 0.1. */
  readonly metadataIndex: number;
}
export const ElectLeadersResponse = messageCodec<ElectLeadersResponse>('ottla.v1.ElectLeadersResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  for (const v of m.results) w.uint32(18).fork(), PartitionResult.write(v, w), w.ldelim();
  if (m.metadataIndex !== 0) w.uint32(24).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  let errorCode = 0;
  const results: PartitionResult[] = [];
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: results.push(nested(PartitionResult, r)); break;
      case 24: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, results, metadataIndex };
});

/** Since 0.1. */
export interface PartitionResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: a leader was elected. Since 0.1. */
  readonly errorCode: number;
}
export const PartitionResult = messageCodec<PartitionResult>('ottla.v1.PartitionResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode };
});

/** Since 0.1. */
export type DescribeVersionsRequest = Record<never, never>;
export const DescribeVersionsRequest = messageCodec<DescribeVersionsRequest>('ottla.v1.DescribeVersionsRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface DescribeVersionsResponse {
  /** The metadata.version that the cluster is at; 0: none is written yet. Since 0.1. */
  readonly finalized: number;
  /** The highest that it can be raised to now; `finalized` where nothing higher can be. Since 0.1. */
  readonly possible: number;
  /** All that the active controller knows, in ascending order. Since 0.1. */
  readonly versions: readonly MetadataVersion[];
  /** Registered brokers and voters, by number in ascending order. Since 0.1. */
  readonly nodes: readonly NodeVersions[];
  /** What keeps it from the highest one, each in one line with what to do. Since 0.1. */
  readonly hindrances: readonly string[];
}
export const DescribeVersionsResponse = messageCodec<DescribeVersionsResponse>('ottla.v1.DescribeVersionsResponse', (m, w) => {
  if (m.finalized !== 0) w.uint32(8).int32(m.finalized);
  if (m.possible !== 0) w.uint32(16).int32(m.possible);
  for (const v of m.versions) w.uint32(26).fork(), MetadataVersion.write(v, w), w.ldelim();
  for (const v of m.nodes) w.uint32(34).fork(), NodeVersions.write(v, w), w.ldelim();
  for (const v of m.hindrances) w.uint32(42).string(v);
  return w;
}, (r, end) => {
  let finalized = 0;
  let possible = 0;
  const versions: MetadataVersion[] = [];
  const nodes: NodeVersions[] = [];
  const hindrances: string[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: finalized = r.int32(); break;
      case 16: possible = r.int32(); break;
      case 26: versions.push(nested(MetadataVersion, r)); break;
      case 34: nodes.push(nested(NodeVersions, r)); break;
      case 42: hindrances.push(r.string()); break;
      default: r.skipType(t & 7);
    }
  }
  return { finalized, possible, versions, nodes, hindrances };
});

/** Since 0.1. */
export interface MetadataVersion {
  /** The version. Since 0.1. */
  readonly version: number;
  /** What it added to the one before, as text to show. Since 0.1. */
  readonly adds: readonly string[];
}
export const MetadataVersion = messageCodec<MetadataVersion>('ottla.v1.MetadataVersion', (m, w) => {
  if (m.version !== 0) w.uint32(8).int32(m.version);
  for (const v of m.adds) w.uint32(18).string(v);
  return w;
}, (r, end) => {
  let version = 0;
  const adds: string[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: version = r.int32(); break;
      case 18: adds.push(r.string()); break;
      default: r.skipType(t & 7);
    }
  }
  return { version, adds };
});

/** What one node knows. Since 0.1. */
export interface NodeVersions {
  /** Number of the node. Since 0.1. */
  readonly nodeId: number;
  /** Whether it is a registered broker. Since 0.1. */
  readonly broker: boolean;
  /** Whether it is a voter of the quorum. Since 0.1. */
  readonly voter: boolean;
  /** Lowest metadata.version that it knows (inclusive); 0: not known. Since 0.1. */
  readonly minVersion: number;
  /** Highest metadata.version that it knows (inclusive); 0: not known. Since 0.1. */
  readonly maxVersion: number;
}
export const NodeVersions = messageCodec<NodeVersions>('ottla.v1.NodeVersions', (m, w) => {
  if (m.nodeId !== 0) w.uint32(8).int32(m.nodeId);
  if (m.broker !== false) w.uint32(16).bool(m.broker);
  if (m.voter !== false) w.uint32(24).bool(m.voter);
  if (m.minVersion !== 0) w.uint32(32).int32(m.minVersion);
  if (m.maxVersion !== 0) w.uint32(40).int32(m.maxVersion);
  return w;
}, (r, end) => {
  let nodeId = 0;
  let broker = false;
  let voter = false;
  let minVersion = 0;
  let maxVersion = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: nodeId = r.int32(); break;
      case 16: broker = r.bool(); break;
      case 24: voter = r.bool(); break;
      case 32: minVersion = r.int32(); break;
      case 40: maxVersion = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { nodeId, broker, voter, minVersion, maxVersion };
});

/** Since 0.1. */
export interface RaiseVersionRequest {
  /** The metadata.version to raise to; 0: the highest that every node knows. Since 0.1. */
  readonly to: number;
  /** True: nothing is written, all else is as if it were. Since 0.1. */
  readonly validateOnly: boolean;
}
export const RaiseVersionRequest = messageCodec<RaiseVersionRequest>('ottla.v1.RaiseVersionRequest', (m, w) => {
  if (m.to !== 0) w.uint32(8).int32(m.to);
  if (m.validateOnly !== false) w.uint32(16).bool(m.validateOnly);
  return w;
}, (r, end) => {
  let to = 0;
  let validateOnly = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: to = r.int32(); break;
      case 16: validateOnly = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { to, validateOnly };
});

/** Since 0.1. */
export interface RaiseVersionResponse {
  /** Where it was. Since 0.1. */
  readonly from: number;
  /** Where it is, or would be with validate_only. Since 0.1. */
  readonly to: number;
  /** Metadata index that holds the change: whoever has applied it shows it. 0: nothing was changed. Since 0.1. */
  readonly metadataIndex: number;
}
export const RaiseVersionResponse = messageCodec<RaiseVersionResponse>('ottla.v1.RaiseVersionResponse', (m, w) => {
  if (m.from !== 0) w.uint32(8).int32(m.from);
  if (m.to !== 0) w.uint32(16).int32(m.to);
  if (m.metadataIndex !== 0) w.uint32(24).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  let from = 0;
  let to = 0;
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: from = r.int32(); break;
      case 16: to = r.int32(); break;
      case 24: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { from, to, metadataIndex };
});

/** Since 0.1. */
export type DescribeQuorumRequest = Record<never, never>;
export const DescribeQuorumRequest = messageCodec<DescribeQuorumRequest>('ottla.v1.DescribeQuorumRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface DescribeQuorumResponse {
  /** Number of the answering controller; -1 when none answered. Since 0.1. */
  readonly nodeId: number;
  /** Number of the leader known to this node, or -1. Since 0.1. */
  readonly leaderId: number;
  /** Newest raft term that this node has seen. Since 0.1. */
  readonly term: number;
  /** Last committed index known to this node (inclusive); 0: none. Since 0.1. */
  readonly commitIndex: number;
  /** Last index in this node's log (inclusive), committed or not; 0: none. Since 0.1. */
  readonly lastIndex: number;
  /** Other voters, and observers; known to the leader only, else empty. Since 0.1. */
  readonly peers: readonly QuorumPeer[];
  /** The set of voters in force, committed or not. Since 0.1. */
  readonly voters: readonly RaftVoter[];
}
export const DescribeQuorumResponse = messageCodec<DescribeQuorumResponse>('ottla.v1.DescribeQuorumResponse', (m, w) => {
  if (m.nodeId !== 0) w.uint32(8).int32(m.nodeId);
  if (m.leaderId !== 0) w.uint32(16).int32(m.leaderId);
  if (m.term !== 0) w.uint32(24).int64(m.term);
  if (m.commitIndex !== 0) w.uint32(32).int64(m.commitIndex);
  if (m.lastIndex !== 0) w.uint32(40).int64(m.lastIndex);
  for (const v of m.peers) w.uint32(50).fork(), QuorumPeer.write(v, w), w.ldelim();
  for (const v of m.voters) w.uint32(58).fork(), RaftVoter.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let nodeId = 0;
  let leaderId = 0;
  let term = 0;
  let commitIndex = 0;
  let lastIndex = 0;
  const peers: QuorumPeer[] = [];
  const voters: RaftVoter[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: nodeId = r.int32(); break;
      case 16: leaderId = r.int32(); break;
      case 24: term = safe(r.int64()); break;
      case 32: commitIndex = safe(r.int64()); break;
      case 40: lastIndex = safe(r.int64()); break;
      case 50: peers.push(nested(QuorumPeer, r)); break;
      case 58: voters.push(nested(RaftVoter, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { nodeId, leaderId, term, commitIndex, lastIndex, peers, voters };
});

/** Since 0.1. */
export interface QuorumPeer {
  /** Number of the voter or observer. Since 0.1. */
  readonly nodeId: number;
  /** False: an observer, which neither votes nor counts for commits. Since 0.1. */
  readonly voter: boolean;
  /** Last index durable on the peer (inclusive), as acknowledged; 0: nothing yet. Since 0.1. */
  readonly matchIndex: number;
  /** Identity of the directory that answers; empty: not known. Since 0.1. */
  readonly directoryId: string;
  /** It has a store with a vote: an observer that may become a voter, or a voter that may lead. Since 0.1. */
  readonly canVote: boolean;
  /** A voter that answers with the directory which the set names; else it counts for nothing. Since 0.1. */
  readonly counts: boolean;
  /** What it needs next is nothing that its release could keep: it waits until it is updated. Since 0.1. */
  readonly needsUpdate: boolean;
}
export const QuorumPeer = messageCodec<QuorumPeer>('ottla.v1.QuorumPeer', (m, w) => {
  if (m.nodeId !== 0) w.uint32(8).int32(m.nodeId);
  if (m.voter !== false) w.uint32(16).bool(m.voter);
  if (m.matchIndex !== 0) w.uint32(24).int64(m.matchIndex);
  if (m.directoryId !== '') w.uint32(34).string(m.directoryId);
  if (m.canVote !== false) w.uint32(40).bool(m.canVote);
  if (m.counts !== false) w.uint32(48).bool(m.counts);
  if (m.needsUpdate !== false) w.uint32(56).bool(m.needsUpdate);
  return w;
}, (r, end) => {
  let nodeId = 0;
  let voter = false;
  let matchIndex = 0;
  let directoryId = '';
  let canVote = false;
  let counts = false;
  let needsUpdate = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: nodeId = r.int32(); break;
      case 16: voter = r.bool(); break;
      case 24: matchIndex = safe(r.int64()); break;
      case 34: directoryId = r.string(); break;
      case 40: canVote = r.bool(); break;
      case 48: counts = r.bool(); break;
      case 56: needsUpdate = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { nodeId, voter, matchIndex, directoryId, canVote, counts, needsUpdate };
});

/** Since 0.1. */
export interface AlterQuorumRequest {
  /** Number of the controller. Since 0.1. */
  readonly nodeId: number;
  /** True: it shall be a voter no more. False: it shall become one. Since 0.1. */
  readonly remove: boolean;
  /** The directory of the voter that is meant, with remove only; empty: whichever the set names. VOTER_NOT_FOUND where the voter of that number has another one. Since 0.1. */
  readonly directoryId: string;
}
export const AlterQuorumRequest = messageCodec<AlterQuorumRequest>('ottla.v1.AlterQuorumRequest', (m, w) => {
  if (m.nodeId !== 0) w.uint32(8).int32(m.nodeId);
  if (m.remove !== false) w.uint32(16).bool(m.remove);
  if (m.directoryId !== '') w.uint32(26).string(m.directoryId);
  return w;
}, (r, end) => {
  let nodeId = 0;
  let remove = false;
  let directoryId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: nodeId = r.int32(); break;
      case 16: remove = r.bool(); break;
      case 26: directoryId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { nodeId, remove, directoryId };
});

/** Since 0.1. */
export interface AlterQuorumResponse {
  /** False: it was so before. Since 0.1. */
  readonly changed: boolean;
  /** The set of voters since. Since 0.1. */
  readonly voters: readonly RaftVoter[];
}
export const AlterQuorumResponse = messageCodec<AlterQuorumResponse>('ottla.v1.AlterQuorumResponse', (m, w) => {
  if (m.changed !== false) w.uint32(8).bool(m.changed);
  for (const v of m.voters) w.uint32(18).fork(), RaftVoter.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let changed = false;
  const voters: RaftVoter[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: changed = r.bool(); break;
      case 18: voters.push(nested(RaftVoter, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { changed, voters };
});

/** Since 0.1. */
export interface AlterReassignmentsRequest {
  /** What each partition is to become; those of one that is named twice are refused. Since 0.1. */
  readonly targets: readonly ReassignmentTarget[];
  /** False: a target of another size is INVALID_REPLICATION_FACTOR. Since 0.1. */
  readonly allowReplicationFactorChange: boolean;
}
export const AlterReassignmentsRequest = messageCodec<AlterReassignmentsRequest>('ottla.v1.AlterReassignmentsRequest', (m, w) => {
  for (const v of m.targets) w.uint32(10).fork(), ReassignmentTarget.write(v, w), w.ldelim();
  if (m.allowReplicationFactorChange !== false) w.uint32(16).bool(m.allowReplicationFactorChange);
  return w;
}, (r, end) => {
  const targets: ReassignmentTarget[] = [];
  let allowReplicationFactorChange = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: targets.push(nested(ReassignmentTarget, r)); break;
      case 16: allowReplicationFactorChange = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { targets, allowReplicationFactorChange };
});

/** Since 0.1. */
export interface ReassignmentTarget {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** The brokers that shall have it in the end, the preferred leader first; empty with `cancel`. Since 0.1. */
  readonly replicas: readonly number[];
  /** True: what is under way ends, and the replicas from before it stay. Since 0.1. */
  readonly cancel: boolean;
}
export const ReassignmentTarget = messageCodec<ReassignmentTarget>('ottla.v1.ReassignmentTarget', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.replicas.length > 0) {
    w.uint32(26).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  if (m.cancel !== false) w.uint32(32).bool(m.cancel);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  const replicas: number[] = [];
  let cancel = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: replicas.push(r.int32()); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      case 32: cancel = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, replicas, cancel };
});

/** Since 0.1. */
export interface AlterReassignmentsResponse {
  /** One a target, in their order. Since 0.1. */
  readonly results: readonly ReassignmentResult[];
  /** Metadata index that holds the changes: whoever has applied it shows them. 0: nothing was changed. Since 0.1. */
  readonly metadataIndex: number;
}
export const AlterReassignmentsResponse = messageCodec<AlterReassignmentsResponse>('ottla.v1.AlterReassignmentsResponse', (m, w) => {
  for (const v of m.results) w.uint32(10).fork(), ReassignmentResult.write(v, w), w.ldelim();
  if (m.metadataIndex !== 0) w.uint32(16).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  const results: ReassignmentResult[] = [];
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: results.push(nested(ReassignmentResult, r)); break;
      case 16: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { results, metadataIndex };
});

/** Since 0.1. */
export interface ReassignmentResult {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: it has begun, or was there already. Since 0.1. */
  readonly errorCode: number;
  /** Why it was refused and what to do, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
}
export const ReassignmentResult = messageCodec<ReassignmentResult>('ottla.v1.ReassignmentResult', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(34).string(m.errorMessage);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  let errorCode = 0;
  let errorMessage = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 34: errorMessage = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, errorCode, errorMessage };
});

/** Since 0.1. */
export interface ListReassignmentsRequest {
  /** Topics by name, those that are none are left out; empty: all. Since 0.1. */
  readonly topics: readonly string[];
}
export const ListReassignmentsRequest = messageCodec<ListReassignmentsRequest>('ottla.v1.ListReassignmentsRequest', (m, w) => {
  for (const v of m.topics) w.uint32(10).string(v);
  return w;
}, (r, end) => {
  const topics: string[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(r.string()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics };
});

/** Since 0.1. */
export interface ListReassignmentsResponse {
  /** One a partition that is being moved, by topic and number in ascending order. Since 0.1. */
  readonly reassignments: readonly OngoingReassignment[];
}
export const ListReassignmentsResponse = messageCodec<ListReassignmentsResponse>('ottla.v1.ListReassignmentsResponse', (m, w) => {
  for (const v of m.reassignments) w.uint32(10).fork(), OngoingReassignment.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const reassignments: OngoingReassignment[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: reassignments.push(nested(OngoingReassignment, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { reassignments };
});

/** Since 0.1. */
export interface OngoingReassignment {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** All that have it now or are about to, the targets first. Since 0.1. */
  readonly replicas: readonly number[];
  /** Those of `replicas` that were brought by it. Since 0.1. */
  readonly addingReplicas: readonly number[];
  /** Those of `replicas` that go when it is done. Since 0.1. */
  readonly removingReplicas: readonly number[];
  /** Those of `replicas` that are in sync: it is done when all that stay are. Since 0.1. */
  readonly isr: readonly number[];
}
export const OngoingReassignment = messageCodec<OngoingReassignment>('ottla.v1.OngoingReassignment', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.replicas.length > 0) {
    w.uint32(26).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  if (m.addingReplicas.length > 0) {
    w.uint32(34).fork();
    for (const v of m.addingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.removingReplicas.length > 0) {
    w.uint32(42).fork();
    for (const v of m.removingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.isr.length > 0) {
    w.uint32(50).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  const replicas: number[] = [];
  const addingReplicas: number[] = [];
  const removingReplicas: number[] = [];
  const isr: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: replicas.push(r.int32()); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      case 32: addingReplicas.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) addingReplicas.push(r.int32());
        break;
      }
      case 40: removingReplicas.push(r.int32()); break;
      case 42: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) removingReplicas.push(r.int32());
        break;
      }
      case 48: isr.push(r.int32()); break;
      case 50: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, replicas, addingReplicas, removingReplicas, isr };
});

/** Since 0.1. */
export interface DescribeBalanceRequest {
  /** True: as if brokers were to be made even. False: what happens anyway. Since 0.1. */
  readonly whatIf: boolean;
}
export const DescribeBalanceRequest = messageCodec<DescribeBalanceRequest>('ottla.v1.DescribeBalanceRequest', (m, w) => {
  if (m.whatIf !== false) w.uint32(8).bool(m.whatIf);
  return w;
}, (r, end) => {
  let whatIf = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: whatIf = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { whatIf };
});

/** Since 0.1. */
export interface DescribeBalanceResponse {
  /** Why brokers are being made even, as text to show; empty: they are not. Since 0.1. */
  readonly reason: string;
  /** Moves that have not begun; those that make brokers even only where they are to be. Since 0.1. */
  readonly planned: readonly PlannedMove[];
  /** Moves that the controller has begun by itself, and that are not done. Since 0.1. */
  readonly underWay: readonly OwnMoveState[];
  /** Bytes that all of both have yet to copy, as far as sizes are known. Since 0.1. */
  readonly leftBytes: number;
  /** How long that takes, in ms; live traffic is not reckoned with. Since 0.1. */
  readonly leftMs: number;
  /** At how many bytes per second copies were seen to go, of all together; -1: nothing was seen, and `left_ms` takes the bound of each broker, or 50 MiB/s. Since 0.1. */
  readonly seenBytesPerSecond: number;
  /** Whether the controller makes brokers even, and rebuilds replicas, by itself. Since 0.1. */
  readonly automatic: boolean;
  /** Brokers that are away so long that their replicas are rebuilt elsewhere. Since 0.1. */
  readonly away: readonly number[];
  /** False: there may be more to move than `planned`, and the two sums are of that alone: plans of thousands of partitions are made in parts. Since 0.1. */
  readonly isPlanWhole: boolean;
}
export const DescribeBalanceResponse = messageCodec<DescribeBalanceResponse>('ottla.v1.DescribeBalanceResponse', (m, w) => {
  if (m.reason !== '') w.uint32(10).string(m.reason);
  for (const v of m.planned) w.uint32(18).fork(), PlannedMove.write(v, w), w.ldelim();
  for (const v of m.underWay) w.uint32(26).fork(), OwnMoveState.write(v, w), w.ldelim();
  if (m.leftBytes !== 0) w.uint32(32).int64(m.leftBytes);
  if (m.leftMs !== 0) w.uint32(40).int64(m.leftMs);
  if (m.seenBytesPerSecond !== 0) w.uint32(48).int64(m.seenBytesPerSecond);
  if (m.automatic !== false) w.uint32(56).bool(m.automatic);
  if (m.away.length > 0) {
    w.uint32(66).fork();
    for (const v of m.away) w.int32(v);
    w.ldelim();
  }
  if (m.isPlanWhole !== false) w.uint32(72).bool(m.isPlanWhole);
  return w;
}, (r, end) => {
  let reason = '';
  const planned: PlannedMove[] = [];
  const underWay: OwnMoveState[] = [];
  let leftBytes = 0;
  let leftMs = 0;
  let seenBytesPerSecond = 0;
  let automatic = false;
  const away: number[] = [];
  let isPlanWhole = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: reason = r.string(); break;
      case 18: planned.push(nested(PlannedMove, r)); break;
      case 26: underWay.push(nested(OwnMoveState, r)); break;
      case 32: leftBytes = safe(r.int64()); break;
      case 40: leftMs = safe(r.int64()); break;
      case 48: seenBytesPerSecond = safe(r.int64()); break;
      case 56: automatic = r.bool(); break;
      case 64: away.push(r.int32()); break;
      case 66: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) away.push(r.int32());
        break;
      }
      case 72: isPlanWhole = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { reason, planned, underWay, leftBytes, leftMs, seenBytesPerSecond, automatic, away, isPlanWhole };
});

/** Since 0.1. */
export interface PlannedMove {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** The replicas now, the preferred leader first. Since 0.1. */
  readonly from: readonly number[];
  /** The replicas then. Since 0.1. */
  readonly to: readonly number[];
  /** Bytes to copy, all new replicas together; 0: only the preferred leader is another. -1: its size is not known. Since 0.1. */
  readonly copyBytes: number;
  /** True: it rebuilds a replica whose broker is away. False: it makes brokers even. Since 0.1. */
  readonly heal: boolean;
}
export const PlannedMove = messageCodec<PlannedMove>('ottla.v1.PlannedMove', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.from.length > 0) {
    w.uint32(26).fork();
    for (const v of m.from) w.int32(v);
    w.ldelim();
  }
  if (m.to.length > 0) {
    w.uint32(34).fork();
    for (const v of m.to) w.int32(v);
    w.ldelim();
  }
  if (m.copyBytes !== 0) w.uint32(40).int64(m.copyBytes);
  if (m.heal !== false) w.uint32(48).bool(m.heal);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  const from: number[] = [];
  const to: number[] = [];
  let copyBytes = 0;
  let heal = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: from.push(r.int32()); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) from.push(r.int32());
        break;
      }
      case 32: to.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) to.push(r.int32());
        break;
      }
      case 40: copyBytes = safe(r.int64()); break;
      case 48: heal = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, from, to, copyBytes, heal };
});

/** Since 0.1. */
export interface OwnMoveState {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** True: a replica is rebuilt whose broker is away. False: brokers are made even. Since 0.1. */
  readonly heal: boolean;
  /** The replicas then. Since 0.1. */
  readonly to: readonly number[];
  /** Those of `to` that are new. Since 0.1. */
  readonly addingReplicas: readonly number[];
  /** Bytes that the new replicas have, together. Since 0.1. */
  readonly copiedBytes: number;
  /** Bytes that they will have; -1: not known. Since 0.1. */
  readonly copyBytes: number;
}
export const OwnMoveState = messageCodec<OwnMoveState>('ottla.v1.OwnMoveState', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.heal !== false) w.uint32(24).bool(m.heal);
  if (m.to.length > 0) {
    w.uint32(34).fork();
    for (const v of m.to) w.int32(v);
    w.ldelim();
  }
  if (m.addingReplicas.length > 0) {
    w.uint32(42).fork();
    for (const v of m.addingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.copiedBytes !== 0) w.uint32(48).int64(m.copiedBytes);
  if (m.copyBytes !== 0) w.uint32(56).int64(m.copyBytes);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  let heal = false;
  const to: number[] = [];
  const addingReplicas: number[] = [];
  let copiedBytes = 0;
  let copyBytes = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: heal = r.bool(); break;
      case 32: to.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) to.push(r.int32());
        break;
      }
      case 40: addingReplicas.push(r.int32()); break;
      case 42: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) addingReplicas.push(r.int32());
        break;
      }
      case 48: copiedBytes = safe(r.int64()); break;
      case 56: copyBytes = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, heal, to, addingReplicas, copiedBytes, copyBytes };
});

/** Since 0.1. */
export interface AlterBalanceRequest {
  /** True: make brokers even. False: end that, and take back the moves under way. Since 0.1. */
  readonly apply: boolean;
}
export const AlterBalanceRequest = messageCodec<AlterBalanceRequest>('ottla.v1.AlterBalanceRequest', (m, w) => {
  if (m.apply !== false) w.uint32(8).bool(m.apply);
  return w;
}, (r, end) => {
  let apply = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: apply = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { apply };
});

/** Since 0.1. */
export interface AlterBalanceResponse {
  /** Moves that were taken back; one that cannot be goes on to its end. Since 0.1. */
  readonly cancelledCount: number;
}
export const AlterBalanceResponse = messageCodec<AlterBalanceResponse>('ottla.v1.AlterBalanceResponse', (m, w) => {
  if (m.cancelledCount !== 0) w.uint32(8).int32(m.cancelledCount);
  return w;
}, (r, end) => {
  let cancelledCount = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: cancelledCount = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { cancelledCount };
});

/** Since 0.1. */
export interface UnregisterBrokerRequest {
  /** Number of the broker. Since 0.1. */
  readonly brokerId: number;
}
export const UnregisterBrokerRequest = messageCodec<UnregisterBrokerRequest>('ottla.v1.UnregisterBrokerRequest', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  return w;
}, (r, end) => {
  let brokerId = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId };
});

/** Since 0.1. */
export interface UnregisterBrokerResponse {
  /** Metadata index from which on the broker is gone: whoever has applied it shows that. 0: it was not registered. Since 0.1. */
  readonly metadataIndex: number;
}
export const UnregisterBrokerResponse = messageCodec<UnregisterBrokerResponse>('ottla.v1.UnregisterBrokerResponse', (m, w) => {
  if (m.metadataIndex !== 0) w.uint32(8).int64(m.metadataIndex);
  return w;
}, (r, end) => {
  let metadataIndex = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: metadataIndex = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { metadataIndex };
});

/** One message on its way. Since 0.1. */
export interface RaftEnvelope {
  /** A message of another cluster is dropped. Since 0.1. */
  readonly clusterId: string;
  /** Number of the node that is meant; any other drops it. Since 0.1. */
  readonly to: number;
  /** The message itself; without one the envelope is dropped. Since 0.1. */
  readonly body?: RaftBody | undefined;
  /** The directory whose vote is asked for; another one's owner does not give it. Empty: any that was formatted for a voter of the start. Since 0.1. */
  readonly toDirectory: string;
  /** Identity of the sender's directory; empty: a version that knows of no changes of voters. Since 0.1. */
  readonly fromDirectory: string;
  /** The sender's store is a voter's, and remembers what it promised. Since 0.1. */
  readonly canVote: boolean;
  /** The sender's directory took a lost one's place: it votes only where the set names it. Since 0.1. */
  readonly onlyIfNamed: boolean;
  /** host:port of the sender's peer listener, as other nodes reach it. Since 0.1. */
  readonly fromAddress: string;
  /** Lowest metadata.version that the sender knows (inclusive); 0: its release does not say. Since 0.1. */
  readonly minMetadataVersion: number;
  /** Highest metadata.version that the sender knows (inclusive); 0 as above. Since 0.1. */
  readonly maxMetadataVersion: number;
}
export const RaftEnvelope = messageCodec<RaftEnvelope>('ottla.v1.RaftEnvelope', (m, w) => {
  if (m.clusterId !== '') w.uint32(10).string(m.clusterId);
  if (m.to !== 0) w.uint32(16).int32(m.to);
  if (m.body !== undefined) w.uint32(26).fork(), RaftBody.write(m.body, w), w.ldelim();
  if (m.toDirectory !== '') w.uint32(34).string(m.toDirectory);
  if (m.fromDirectory !== '') w.uint32(42).string(m.fromDirectory);
  if (m.canVote !== false) w.uint32(48).bool(m.canVote);
  if (m.onlyIfNamed !== false) w.uint32(56).bool(m.onlyIfNamed);
  if (m.fromAddress !== '') w.uint32(66).string(m.fromAddress);
  if (m.minMetadataVersion !== 0) w.uint32(72).int32(m.minMetadataVersion);
  if (m.maxMetadataVersion !== 0) w.uint32(80).int32(m.maxMetadataVersion);
  return w;
}, (r, end) => {
  let clusterId = '';
  let to = 0;
  let body: RaftBody | undefined;
  let toDirectory = '';
  let fromDirectory = '';
  let canVote = false;
  let onlyIfNamed = false;
  let fromAddress = '';
  let minMetadataVersion = 0;
  let maxMetadataVersion = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: clusterId = r.string(); break;
      case 16: to = r.int32(); break;
      case 26: body = nested(RaftBody, r); break;
      case 34: toDirectory = r.string(); break;
      case 42: fromDirectory = r.string(); break;
      case 48: canVote = r.bool(); break;
      case 56: onlyIfNamed = r.bool(); break;
      case 66: fromAddress = r.string(); break;
      case 72: minMetadataVersion = r.int32(); break;
      case 80: maxMetadataVersion = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { clusterId, to, body, toDirectory, fromDirectory, canVote, onlyIfNamed, fromAddress, minMetadataVersion, maxMetadataVersion };
});

/** Since 0.1. */
export type RaftBody =
  /** Asks whether a campaign could be won; binds nobody. Since 0.1. */
  | { readonly kind: 'preVote'; readonly value: RaftPreVote }
  /** Answers a pre_vote. Since 0.1. */
  | { readonly kind: 'preVoteReply'; readonly value: RaftPreVoteReply }
  /** Asks for the one vote of a term. Since 0.1. */
  | { readonly kind: 'vote'; readonly value: RaftVote }
  /** Answers a vote, once it is durable. Since 0.1. */
  | { readonly kind: 'voteReply'; readonly value: RaftVoteReply }
  /** Entries or a heartbeat, from the leader. Since 0.1. */
  | { readonly kind: 'append'; readonly value: RaftAppend }
  /** Answers an append, or the last chunk of a snapshot, once it is durable. Since 0.1. */
  | { readonly kind: 'appendReply'; readonly value: RaftAppendReply }
  /** One chunk of a snapshot, from the leader. Since 0.1. */
  | { readonly kind: 'installSnapshot'; readonly value: RaftInstallSnapshot }
  /** Asks for the next chunk. Since 0.1. */
  | { readonly kind: 'installSnapshotReply'; readonly value: RaftInstallSnapshotReply }
  /** The leader hands over to the receiver. Since 0.1. */
  | { readonly kind: 'timeoutNow'; readonly value: RaftTimeoutNow }
  /** A node without a live leader asks to be replicated to. Since 0.1. */
  | { readonly kind: 'observe'; readonly value: RaftObserve }
  /** Tells an observer whom to ask instead. Since 0.1. */
  | { readonly kind: 'leaderHint'; readonly value: RaftLeaderHint };
export const RaftBody = messageCodec<RaftBody>('ottla.v1.RaftBody', (m, w) => {
  switch (m.kind) {
    case 'preVote': w.uint32(10).fork(), RaftPreVote.write(m.value, w), w.ldelim(); break;
    case 'preVoteReply': w.uint32(18).fork(), RaftPreVoteReply.write(m.value, w), w.ldelim(); break;
    case 'vote': w.uint32(26).fork(), RaftVote.write(m.value, w), w.ldelim(); break;
    case 'voteReply': w.uint32(34).fork(), RaftVoteReply.write(m.value, w), w.ldelim(); break;
    case 'append': w.uint32(42).fork(), RaftAppend.write(m.value, w), w.ldelim(); break;
    case 'appendReply': w.uint32(50).fork(), RaftAppendReply.write(m.value, w), w.ldelim(); break;
    case 'installSnapshot': w.uint32(58).fork(), RaftInstallSnapshot.write(m.value, w), w.ldelim(); break;
    case 'installSnapshotReply': w.uint32(66).fork(), RaftInstallSnapshotReply.write(m.value, w), w.ldelim(); break;
    case 'timeoutNow': w.uint32(74).fork(), RaftTimeoutNow.write(m.value, w), w.ldelim(); break;
    case 'observe': w.uint32(82).fork(), RaftObserve.write(m.value, w), w.ldelim(); break;
    case 'leaderHint': w.uint32(90).fork(), RaftLeaderHint.write(m.value, w), w.ldelim(); break;
  }
  return w;
}, (r, end) => {
  let m: RaftBody | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: m = { kind: 'preVote', value: nested(RaftPreVote, r) }; break;
      case 18: m = { kind: 'preVoteReply', value: nested(RaftPreVoteReply, r) }; break;
      case 26: m = { kind: 'vote', value: nested(RaftVote, r) }; break;
      case 34: m = { kind: 'voteReply', value: nested(RaftVoteReply, r) }; break;
      case 42: m = { kind: 'append', value: nested(RaftAppend, r) }; break;
      case 50: m = { kind: 'appendReply', value: nested(RaftAppendReply, r) }; break;
      case 58: m = { kind: 'installSnapshot', value: nested(RaftInstallSnapshot, r) }; break;
      case 66: m = { kind: 'installSnapshotReply', value: nested(RaftInstallSnapshotReply, r) }; break;
      case 74: m = { kind: 'timeoutNow', value: nested(RaftTimeoutNow, r) }; break;
      case 82: m = { kind: 'observe', value: nested(RaftObserve, r) }; break;
      case 90: m = { kind: 'leaderHint', value: nested(RaftLeaderHint, r) }; break;
      default: r.skipType(t & 7);
    }
  }
  return m ?? missingCase('RaftBody');
});

/** Would you vote for me? Since 0.1. */
export interface RaftPreVote {
  /** The term of the campaign that might follow: the sender's own plus one. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Index of the last entry in the sender's log (inclusive); 0: an empty log. Since 0.1. */
  readonly lastIndex: number;
  /** Term of that entry; 0: an empty log. Since 0.1. */
  readonly lastTerm: number;
}
export const RaftPreVote = messageCodec<RaftPreVote>('ottla.v1.RaftPreVote', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.lastIndex !== 0) w.uint32(24).int64(m.lastIndex);
  if (m.lastTerm !== 0) w.uint32(32).int64(m.lastTerm);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let lastIndex = 0;
  let lastTerm = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: lastIndex = safe(r.int64()); break;
      case 32: lastTerm = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, lastIndex, lastTerm };
});

/** Since 0.1. */
export interface RaftPreVoteReply {
  /** The campaign's term where granted, else the sender's own. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** True: the sender would vote for it, for it hears no leader. It promises nothing. Since 0.1. */
  readonly granted: boolean;
}
export const RaftPreVoteReply = messageCodec<RaftPreVoteReply>('ottla.v1.RaftPreVoteReply', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.granted !== false) w.uint32(24).bool(m.granted);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let granted = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: granted = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, granted };
});

/** Since 0.1. */
export interface RaftVote {
  /** The term the sender campaigns in. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Index of the last entry in the sender's log (inclusive); 0: an empty log. Since 0.1. */
  readonly lastIndex: number;
  /** Term of that entry; 0: an empty log. Since 0.1. */
  readonly lastTerm: number;
}
export const RaftVote = messageCodec<RaftVote>('ottla.v1.RaftVote', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.lastIndex !== 0) w.uint32(24).int64(m.lastIndex);
  if (m.lastTerm !== 0) w.uint32(32).int64(m.lastTerm);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let lastIndex = 0;
  let lastTerm = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: lastIndex = safe(r.int64()); break;
      case 32: lastTerm = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, lastIndex, lastTerm };
});

/** Since 0.1. */
export interface RaftVoteReply {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** True: the sender's vote of this term, which it gives to no other. Since 0.1. */
  readonly granted: boolean;
}
export const RaftVoteReply = messageCodec<RaftVoteReply>('ottla.v1.RaftVoteReply', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.granted !== false) w.uint32(24).bool(m.granted);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let granted = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: granted = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, granted };
});

/** Entries behind (prev_index, prev_term); none makes it a heartbeat. Since 0.1. */
export interface RaftAppend {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Index of the entry right before `entries`, where the logs must agree; 0: the start. Since 0.1. */
  readonly prevIndex: number;
  /** Term of that entry; 0: the start. Since 0.1. */
  readonly prevTerm: number;
  /** Consecutive, from prev_index + 1 on; none: a heartbeat. Since 0.1. */
  readonly entries: readonly RaftEntry[];
  /** Last index that the leader knows to be committed (inclusive), maybe beyond `entries`. Since 0.1. */
  readonly commitIndex: number;
  /** What the receiver needs next is nothing that its release says it could keep: it waits until it is updated. Since 0.1. */
  readonly needsUpdate: boolean;
}
export const RaftAppend = messageCodec<RaftAppend>('ottla.v1.RaftAppend', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.prevIndex !== 0) w.uint32(24).int64(m.prevIndex);
  if (m.prevTerm !== 0) w.uint32(32).int64(m.prevTerm);
  for (const v of m.entries) w.uint32(42).fork(), RaftEntry.write(v, w), w.ldelim();
  if (m.commitIndex !== 0) w.uint32(48).int64(m.commitIndex);
  if (m.needsUpdate !== false) w.uint32(56).bool(m.needsUpdate);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let prevIndex = 0;
  let prevTerm = 0;
  const entries: RaftEntry[] = [];
  let commitIndex = 0;
  let needsUpdate = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: prevIndex = safe(r.int64()); break;
      case 32: prevTerm = safe(r.int64()); break;
      case 42: entries.push(nested(RaftEntry, r)); break;
      case 48: commitIndex = safe(r.int64()); break;
      case 56: needsUpdate = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, prevIndex, prevTerm, entries, commitIndex, needsUpdate };
});

/** One slot of the log; also how the store keeps it. Since 0.1. */
export interface RaftEntry {
  /** Place in the log, from 1 without gaps. Since 0.1. */
  readonly index: number;
  /** Term of the leader that made it. Since 0.1. */
  readonly term: number;
  /** Opens a leader's term and has no payload. Since 0.1. */
  readonly leaderChange: boolean;
  /** An encoded MetadataBatch; empty with leader_change or voters. Since 0.1. */
  readonly payload: Uint8Array;
  /** Replaces the set of voters by this one, in force as soon as it is in a log; in any other entry empty. Since 0.1. */
  readonly voters: readonly RaftVoter[];
}
export const RaftEntry = messageCodec<RaftEntry>('ottla.v1.RaftEntry', (m, w) => {
  if (m.index !== 0) w.uint32(8).int64(m.index);
  if (m.term !== 0) w.uint32(16).int64(m.term);
  if (m.leaderChange !== false) w.uint32(24).bool(m.leaderChange);
  if (m.payload.length > 0) w.uint32(34).bytes(m.payload);
  for (const v of m.voters) w.uint32(42).fork(), RaftVoter.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let index = 0;
  let term = 0;
  let leaderChange = false;
  let payload: Uint8Array = new Uint8Array(0);
  const voters: RaftVoter[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: index = safe(r.int64()); break;
      case 16: term = safe(r.int64()); break;
      case 24: leaderChange = r.bool(); break;
      case 34: payload = r.bytes(); break;
      case 42: voters.push(nested(RaftVoter, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { index, term, leaderChange, payload, voters };
});

/** A member of the quorum: a node with one directory. Since 0.1. */
export interface RaftVoter {
  /** Number of the node. Since 0.1. */
  readonly nodeId: number;
  /** Identity of its directory; empty: not known when the set was written. Since 0.1. */
  readonly directoryId: string;
  /** host:port of its peer listener, as other nodes reach it. Since 0.1. */
  readonly address: string;
}
export const RaftVoter = messageCodec<RaftVoter>('ottla.v1.RaftVoter', (m, w) => {
  if (m.nodeId !== 0) w.uint32(8).int32(m.nodeId);
  if (m.directoryId !== '') w.uint32(18).string(m.directoryId);
  if (m.address !== '') w.uint32(26).string(m.address);
  return w;
}, (r, end) => {
  let nodeId = 0;
  let directoryId = '';
  let address = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: nodeId = r.int32(); break;
      case 18: directoryId = r.string(); break;
      case 26: address = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { nodeId, directoryId, address };
});

/** Since 0.1. */
export interface RaftAppendReply {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** False: the entry before did not match, or the append was of an older term. Since 0.1. */
  readonly success: boolean;
  /** Durable and equal to the leader's up to here (inclusive); 0 without success. Since 0.1. */
  readonly matchIndex: number;
  /** Without success: newest entry of the sender that may still match (inclusive). Else 0. Since 0.1. */
  readonly hintIndex: number;
  /** Term of that entry; 0 with success. Since 0.1. */
  readonly hintTerm: number;
}
export const RaftAppendReply = messageCodec<RaftAppendReply>('ottla.v1.RaftAppendReply', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.success !== false) w.uint32(24).bool(m.success);
  if (m.matchIndex !== 0) w.uint32(32).int64(m.matchIndex);
  if (m.hintIndex !== 0) w.uint32(40).int64(m.hintIndex);
  if (m.hintTerm !== 0) w.uint32(48).int64(m.hintTerm);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let success = false;
  let matchIndex = 0;
  let hintIndex = 0;
  let hintTerm = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: success = r.bool(); break;
      case 32: matchIndex = safe(r.int64()); break;
      case 40: hintIndex = safe(r.int64()); break;
      case 48: hintTerm = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, success, matchIndex, hintIndex, hintTerm };
});

/** Names a snapshot by the last entry in it. Since 0.1. */
export interface RaftSnapshotId {
  /** Index of the last entry contained (inclusive). Since 0.1. */
  readonly index: number;
  /** Term of that entry. Since 0.1. */
  readonly term: number;
}
export const RaftSnapshotId = messageCodec<RaftSnapshotId>('ottla.v1.RaftSnapshotId', (m, w) => {
  if (m.index !== 0) w.uint32(8).int64(m.index);
  if (m.term !== 0) w.uint32(16).int64(m.term);
  return w;
}, (r, end) => {
  let index = 0;
  let term = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: index = safe(r.int64()); break;
      case 16: term = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { index, term };
});

/** One chunk of a snapshot. Since 0.1. */
export interface RaftInstallSnapshot {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Which snapshot the chunk is of; always set. Since 0.1. */
  readonly snapshotId?: RaftSnapshotId | undefined;
  /** Bytes of the snapshot before this chunk. Since 0.1. */
  readonly offset: number;
  /** The bytes of the chunk: a part of an encoded MetadataSnapshot. Since 0.1. */
  readonly data: Uint8Array;
  /** True: the last chunk; `offset` and `data` then make up total_bytes. Since 0.1. */
  readonly done: boolean;
  /** Size of the whole snapshot. Since 0.1. */
  readonly totalBytes: number;
  /** The set of voters as of the snapshot; empty: none was written by then. Since 0.1. */
  readonly voters: readonly RaftVoter[];
}
export const RaftInstallSnapshot = messageCodec<RaftInstallSnapshot>('ottla.v1.RaftInstallSnapshot', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.snapshotId !== undefined) w.uint32(26).fork(), RaftSnapshotId.write(m.snapshotId, w), w.ldelim();
  if (m.offset !== 0) w.uint32(32).int64(m.offset);
  if (m.data.length > 0) w.uint32(42).bytes(m.data);
  if (m.done !== false) w.uint32(48).bool(m.done);
  if (m.totalBytes !== 0) w.uint32(56).int64(m.totalBytes);
  for (const v of m.voters) w.uint32(66).fork(), RaftVoter.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let snapshotId: RaftSnapshotId | undefined;
  let offset = 0;
  let data: Uint8Array = new Uint8Array(0);
  let done = false;
  let totalBytes = 0;
  const voters: RaftVoter[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 26: snapshotId = nested(RaftSnapshotId, r); break;
      case 32: offset = safe(r.int64()); break;
      case 42: data = r.bytes(); break;
      case 48: done = r.bool(); break;
      case 56: totalBytes = safe(r.int64()); break;
      case 66: voters.push(nested(RaftVoter, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, snapshotId, offset, data, done, totalBytes, voters };
});

/** Since 0.1. */
export interface RaftInstallSnapshotReply {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Which snapshot is being received; always set. Since 0.1. */
  readonly snapshotId?: RaftSnapshotId | undefined;
  /** The next byte expected: all before are there. 0: it begins anew. Since 0.1. */
  readonly offset: number;
}
export const RaftInstallSnapshotReply = messageCodec<RaftInstallSnapshotReply>('ottla.v1.RaftInstallSnapshotReply', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.snapshotId !== undefined) w.uint32(26).fork(), RaftSnapshotId.write(m.snapshotId, w), w.ldelim();
  if (m.offset !== 0) w.uint32(32).int64(m.offset);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let snapshotId: RaftSnapshotId | undefined;
  let offset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 26: snapshotId = nested(RaftSnapshotId, r); break;
      case 32: offset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, snapshotId, offset };
});

/** Campaign at once: the leader hands over. Since 0.1. */
export interface RaftTimeoutNow {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
}
export const RaftTimeoutNow = messageCodec<RaftTimeoutNow>('ottla.v1.RaftTimeoutNow', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from };
});

/** An observer asks to be replicated to. Since 0.1. */
export interface RaftObserve {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Last durable index in the sender's log (inclusive), to send on from; 0: none. Since 0.1. */
  readonly lastIndex: number;
  /** Term of that entry; 0: an empty log. Since 0.1. */
  readonly lastTerm: number;
}
export const RaftObserve = messageCodec<RaftObserve>('ottla.v1.RaftObserve', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.lastIndex !== 0) w.uint32(24).int64(m.lastIndex);
  if (m.lastTerm !== 0) w.uint32(32).int64(m.lastTerm);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let lastIndex = 0;
  let lastTerm = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: lastIndex = safe(r.int64()); break;
      case 32: lastTerm = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, lastIndex, lastTerm };
});

/** The answer of a voter that does not lead. Since 0.1. */
export interface RaftLeaderHint {
  /** The sender's current term. Since 0.1. */
  readonly term: number;
  /** Number of the sending node. Since 0.1. */
  readonly from: number;
  /** Number of the leader as the sender knows it. Absent: not known. Since 0.1. */
  readonly leaderId?: number | undefined;
  /** host:port of the leader's peer listener; empty: not known. Since 0.1. */
  readonly leaderAddress: string;
}
export const RaftLeaderHint = messageCodec<RaftLeaderHint>('ottla.v1.RaftLeaderHint', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.from !== 0) w.uint32(16).int32(m.from);
  if (m.leaderId !== undefined) w.uint32(24).int32(m.leaderId);
  if (m.leaderAddress !== '') w.uint32(34).string(m.leaderAddress);
  return w;
}, (r, end) => {
  let term = 0;
  let from = 0;
  let leaderId: number | undefined;
  let leaderAddress = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: from = r.int32(); break;
      case 24: leaderId = r.int32(); break;
      case 34: leaderAddress = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, from, leaderId, leaderAddress };
});

/** What the store keeps beside the entries. Since 0.1. */
export interface RaftHardState {
  /** Newest term seen; it only ever rises. Since 0.1. */
  readonly term: number;
  /** Number of the node voted for in this term. Absent: no vote in it. Since 0.1. */
  readonly votedFor?: number | undefined;
}
export const RaftHardState = messageCodec<RaftHardState>('ottla.v1.RaftHardState', (m, w) => {
  if (m.term !== 0) w.uint32(8).int64(m.term);
  if (m.votedFor !== undefined) w.uint32(16).int32(m.votedFor);
  return w;
}, (r, end) => {
  let term = 0;
  let votedFor: number | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: term = safe(r.int64()); break;
      case 16: votedFor = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { term, votedFor };
});

/** Where the stored log begins. Since 0.1. */
export interface RaftLogBase {
  /** Index of the entry before the first stored one; 0: nothing is cut away. Since 0.1. */
  readonly index: number;
  /** CRC-32C chain sum of that entry, which the next one's sum continues; 0 behind an installed snapshot. Since 0.1. */
  readonly chainSum: number;
  /** The newest snapshot; absent before the first. Since 0.1. */
  readonly snapshot?: RaftSnapshotId | undefined;
  /** The set of voters as of that snapshot; empty: none was written by then. Since 0.1. */
  readonly snapshotVoters: readonly RaftVoter[];
}
export const RaftLogBase = messageCodec<RaftLogBase>('ottla.v1.RaftLogBase', (m, w) => {
  if (m.index !== 0) w.uint32(8).int64(m.index);
  if (m.chainSum !== 0) w.uint32(16).uint32(m.chainSum);
  if (m.snapshot !== undefined) w.uint32(26).fork(), RaftSnapshotId.write(m.snapshot, w), w.ldelim();
  for (const v of m.snapshotVoters) w.uint32(34).fork(), RaftVoter.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let index = 0;
  let chainSum = 0;
  let snapshot: RaftSnapshotId | undefined;
  const snapshotVoters: RaftVoter[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: index = safe(r.int64()); break;
      case 16: chainSum = r.uint32(); break;
      case 26: snapshot = nested(RaftSnapshotId, r); break;
      case 34: snapshotVoters.push(nested(RaftVoter, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { index, chainSum, snapshot, snapshotVoters };
});

/** Since 0.1. */
export interface ReplicaEndsRequest {
  /** The replicas that are asked about; those that the broker has not open are left out of the answer. Since 0.1. */
  readonly replicas: readonly ReplicaPlace[];
}
export const ReplicaEndsRequest = messageCodec<ReplicaEndsRequest>('ottla.v1.ReplicaEndsRequest', (m, w) => {
  for (const v of m.replicas) w.uint32(10).fork(), ReplicaPlace.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const replicas: ReplicaPlace[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: replicas.push(nested(ReplicaPlace, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { replicas };
});

/** Since 0.1. */
export interface ReplicaPlace {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
}
export const ReplicaPlace = messageCodec<ReplicaPlace>('ottla.v1.ReplicaPlace', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition };
});

/** Since 0.1. */
export interface ReplicaEndsResponse {
  /** Registration of the answering broker as it knows it; -1: none yet. Since 0.1. */
  readonly brokerEpoch: number;
  /** One a replica that is open, in no certain order. Since 0.1. */
  readonly ends: readonly ReplicaEnd[];
}
export const ReplicaEndsResponse = messageCodec<ReplicaEndsResponse>('ottla.v1.ReplicaEndsResponse', (m, w) => {
  if (m.brokerEpoch !== 0) w.uint32(8).int64(m.brokerEpoch);
  for (const v of m.ends) w.uint32(18).fork(), ReplicaEnd.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerEpoch = 0;
  const ends: ReplicaEnd[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerEpoch = safe(r.int64()); break;
      case 18: ends.push(nested(ReplicaEnd, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerEpoch, ends };
});

/** How far one replica's log goes. Since 0.1. */
export interface ReplicaEnd {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Leader epoch of the newest record; of a log without records the newest known; -1: none. Since 0.1. */
  readonly lastEpoch: number;
  /** First offset that it has (inclusive). Since 0.1. */
  readonly logStartOffset: number;
  /** End of the log (exclusive). Since 0.1. */
  readonly logEndOffset: number;
  /** End of what is on its disk (exclusive). Since 0.1. */
  readonly flushedOffset: number;
  /** End of what it knows to be committed (exclusive); more may be. Since 0.1. */
  readonly highWatermark: number;
}
export const ReplicaEnd = messageCodec<ReplicaEnd>('ottla.v1.ReplicaEnd', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.lastEpoch !== 0) w.uint32(24).int32(m.lastEpoch);
  if (m.logStartOffset !== 0) w.uint32(32).int64(m.logStartOffset);
  if (m.logEndOffset !== 0) w.uint32(40).int64(m.logEndOffset);
  if (m.flushedOffset !== 0) w.uint32(48).int64(m.flushedOffset);
  if (m.highWatermark !== 0) w.uint32(56).int64(m.highWatermark);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let lastEpoch = 0;
  let logStartOffset = 0;
  let logEndOffset = 0;
  let flushedOffset = 0;
  let highWatermark = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: lastEpoch = r.int32(); break;
      case 32: logStartOffset = safe(r.int64()); break;
      case 40: logEndOffset = safe(r.int64()); break;
      case 48: flushedOffset = safe(r.int64()); break;
      case 56: highWatermark = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, lastEpoch, logStartOffset, logEndOffset, flushedOffset, highWatermark };
});

/** Since 0.1. */
export interface DescribeRecoveryRequest {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Numbers of its partitions; empty: all that nobody leads. Since 0.1. */
  readonly partitions: readonly number[];
}
export const DescribeRecoveryRequest = messageCodec<DescribeRecoveryRequest>('ottla.v1.DescribeRecoveryRequest', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partitions.length > 0) {
    w.uint32(18).fork();
    for (const v of m.partitions) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let topic = '';
  const partitions: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partitions.push(r.int32()); break;
      case 18: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) partitions.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { topic, partitions };
});

/** Since 0.1. */
export interface DescribeRecoveryResponse {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** One a partition, in the order of their numbers. Since 0.1. */
  readonly partitions: readonly PartitionRecovery[];
}
export const DescribeRecoveryResponse = messageCodec<DescribeRecoveryResponse>('ottla.v1.DescribeRecoveryResponse', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  for (const v of m.partitions) w.uint32(18).fork(), PartitionRecovery.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let topicId = '';
  const partitions: PartitionRecovery[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 18: partitions.push(nested(PartitionRecovery, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partitions };
});

/** Who could lead a partition, and what would be lost. Since 0.1. */
export interface PartitionRecovery {
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Number of the broker that leads; -1: none. Since 0.1. */
  readonly leader: number;
  /** In-sync replicas. Since 0.1. */
  readonly isr: readonly number[];
  /** Out of sync with all that was ever committed. Since 0.1. */
  readonly eligibleLeaderReplicas: readonly number[];
  /** Were so, and may have forgotten what was acknowledged from memory. Since 0.1. */
  readonly lastKnownElr: readonly number[];
  /** One a replica, in the order of the assignment. Since 0.1. */
  readonly replicas: readonly RecoveryReplica[];
  /** Of those in service the one with most, by leader epoch and end; -1: none is. Since 0.1. */
  readonly choice: number;
  /** The highest high watermark that any replica knows of; -1: none has answered. Since 0.1. */
  readonly knownHighWatermark: number;
}
export const PartitionRecovery = messageCodec<PartitionRecovery>('ottla.v1.PartitionRecovery', (m, w) => {
  if (m.partition !== 0) w.uint32(8).int32(m.partition);
  if (m.leader !== 0) w.uint32(16).int32(m.leader);
  if (m.isr.length > 0) {
    w.uint32(26).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  if (m.eligibleLeaderReplicas.length > 0) {
    w.uint32(34).fork();
    for (const v of m.eligibleLeaderReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownElr.length > 0) {
    w.uint32(42).fork();
    for (const v of m.lastKnownElr) w.int32(v);
    w.ldelim();
  }
  for (const v of m.replicas) w.uint32(50).fork(), RecoveryReplica.write(v, w), w.ldelim();
  if (m.choice !== 0) w.uint32(56).int32(m.choice);
  if (m.knownHighWatermark !== 0) w.uint32(64).int64(m.knownHighWatermark);
  return w;
}, (r, end) => {
  let partition = 0;
  let leader = 0;
  const isr: number[] = [];
  const eligibleLeaderReplicas: number[] = [];
  const lastKnownElr: number[] = [];
  const replicas: RecoveryReplica[] = [];
  let choice = 0;
  let knownHighWatermark = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: partition = r.int32(); break;
      case 16: leader = r.int32(); break;
      case 24: isr.push(r.int32()); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      case 32: eligibleLeaderReplicas.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) eligibleLeaderReplicas.push(r.int32());
        break;
      }
      case 40: lastKnownElr.push(r.int32()); break;
      case 42: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) lastKnownElr.push(r.int32());
        break;
      }
      case 50: replicas.push(nested(RecoveryReplica, r)); break;
      case 56: choice = r.int32(); break;
      case 64: knownHighWatermark = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { partition, leader, isr, eligibleLeaderReplicas, lastKnownElr, replicas, choice, knownHighWatermark };
});

/** One replica of a partition that is to be recovered. Since 0.1. */
export interface RecoveryReplica {
  /** Number of its broker. Since 0.1. */
  readonly brokerId: number;
  /** Whether its broker is in service and its data not damaged: it may be made leader. Since 0.1. */
  readonly inService: boolean;
  /** What it has; absent: its broker did not answer. Since 0.1. */
  readonly log?: ReplicaEnd | undefined;
}
export const RecoveryReplica = messageCodec<RecoveryReplica>('ottla.v1.RecoveryReplica', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.inService !== false) w.uint32(16).bool(m.inService);
  if (m.log !== undefined) w.uint32(26).fork(), ReplicaEnd.write(m.log, w), w.ldelim();
  return w;
}, (r, end) => {
  let brokerId = 0;
  let inService = false;
  let log: ReplicaEnd | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: inService = r.bool(); break;
      case 26: log = nested(ReplicaEnd, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, inService, log };
});

/** Since 0.1. */
export interface ListDelayedRequest {
  /** Each is answered on its own. Since 0.1. */
  readonly partitions: readonly ListDelayedPartition[];
}
export const ListDelayedRequest = messageCodec<ListDelayedRequest>('ottla.v1.ListDelayedRequest', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), ListDelayedPartition.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: ListDelayedPartition[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(ListDelayedPartition, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface ListDelayedPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** The first that is wanted is due then or later, in milliseconds since the Unix epoch. Since 0.1. */
  readonly fromDueMs: number;
  /** Of those due at that moment, the first that is wanted: next_held_offset of the page before, else 0. Since 0.1. */
  readonly fromHeldOffset: number;
  /** Records of the page, 1000 at most. Since 0.1. */
  readonly maxCount: number;
}
export const ListDelayedPartition = messageCodec<ListDelayedPartition>('ottla.v1.ListDelayedPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.fromDueMs !== 0) w.uint32(24).int64(m.fromDueMs);
  if (m.fromHeldOffset !== 0) w.uint32(32).int64(m.fromHeldOffset);
  if (m.maxCount !== 0) w.uint32(40).int32(m.maxCount);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let fromDueMs = 0;
  let fromHeldOffset = 0;
  let maxCount = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: fromDueMs = safe(r.int64()); break;
      case 32: fromHeldOffset = safe(r.int64()); break;
      case 40: maxCount = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, fromDueMs, fromHeldOffset, maxCount };
});

/** Since 0.1. */
export interface ListDelayedResponse {
  /** One a question, in the order of the request. Since 0.1. */
  readonly partitions: readonly ListDelayedResult[];
}
export const ListDelayedResponse = messageCodec<ListDelayedResponse>('ottla.v1.ListDelayedResponse', (m, w) => {
  for (const v of m.partitions) w.uint32(10).fork(), ListDelayedResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const partitions: ListDelayedResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: partitions.push(nested(ListDelayedResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { partitions };
});

/** Since 0.1. */
export interface ListDelayedResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. Since 0.1. */
  readonly errorCode: number;
  /** What waits by all that is committed, in the order in which it is due, without values and headers; fewer than asked for where they are large. Since 0.1. */
  readonly records: readonly DelayedRecord[];
  /** Where the next page begins; -1: nothing waits behind this one. Since 0.1. */
  readonly nextDueMs: number;
  /** As next_due_ms. Since 0.1. */
  readonly nextHeldOffset: number;
}
export const ListDelayedResult = messageCodec<ListDelayedResult>('ottla.v1.ListDelayedResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  for (const v of m.records) w.uint32(34).fork(), DelayedRecord.write(v, w), w.ldelim();
  if (m.nextDueMs !== 0) w.uint32(40).int64(m.nextDueMs);
  if (m.nextHeldOffset !== 0) w.uint32(48).int64(m.nextHeldOffset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  const records: DelayedRecord[] = [];
  let nextDueMs = 0;
  let nextHeldOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 34: records.push(nested(DelayedRecord, r)); break;
      case 40: nextDueMs = safe(r.int64()); break;
      case 48: nextHeldOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, records, nextDueMs, nextHeldOffset };
});

/** Since 0.1. */
export interface DelayedRecord {
  /** Where it was held first. Since 0.1. */
  readonly offset: number;
  /** When it is due, in milliseconds since the Unix epoch. Since 0.1. */
  readonly dueMs: number;
  /** As its producer gave it, in milliseconds since the Unix epoch. Since 0.1. */
  readonly timestampMs: number;
  /** Absent: none. Since 0.1. */
  readonly key?: Uint8Array | undefined;
  /** Absent: none. Since 0.1. */
  readonly value?: Uint8Array | undefined;
  /** In the order of the record. Since 0.1. */
  readonly headers: readonly DelayedHeader[];
}
export const DelayedRecord = messageCodec<DelayedRecord>('ottla.v1.DelayedRecord', (m, w) => {
  if (m.offset !== 0) w.uint32(8).int64(m.offset);
  if (m.dueMs !== 0) w.uint32(16).int64(m.dueMs);
  if (m.timestampMs !== 0) w.uint32(24).int64(m.timestampMs);
  if (m.key !== undefined) w.uint32(34).bytes(m.key);
  if (m.value !== undefined) w.uint32(42).bytes(m.value);
  for (const v of m.headers) w.uint32(50).fork(), DelayedHeader.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let offset = 0;
  let dueMs = 0;
  let timestampMs = 0;
  let key: Uint8Array | undefined;
  let value: Uint8Array | undefined;
  const headers: DelayedHeader[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: offset = safe(r.int64()); break;
      case 16: dueMs = safe(r.int64()); break;
      case 24: timestampMs = safe(r.int64()); break;
      case 34: key = r.bytes(); break;
      case 42: value = r.bytes(); break;
      case 50: headers.push(nested(DelayedHeader, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { offset, dueMs, timestampMs, key, value, headers };
});

/** Since 0.1. */
export interface DelayedHeader {
  /** Name; may come more than once. Since 0.1. */
  readonly key: string;
  /** Absent: none. Since 0.1. */
  readonly value?: Uint8Array | undefined;
}
export const DelayedHeader = messageCodec<DelayedHeader>('ottla.v1.DelayedHeader', (m, w) => {
  if (m.key !== '') w.uint32(10).string(m.key);
  if (m.value !== undefined) w.uint32(18).bytes(m.value);
  return w;
}, (r, end) => {
  let key = '';
  let value: Uint8Array | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: key = r.string(); break;
      case 18: value = r.bytes(); break;
      default: r.skipType(t & 7);
    }
  }
  return { key, value };
});

/** Since 0.1. */
export interface GetDelayedRequest {
  /** Each is answered on its own. Since 0.1. */
  readonly records: readonly DelayedPlace[];
}
export const GetDelayedRequest = messageCodec<GetDelayedRequest>('ottla.v1.GetDelayedRequest', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), DelayedPlace.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const records: DelayedPlace[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(DelayedPlace, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { records };
});

/** Since 0.1. */
export interface DelayedPlace {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Where the record was held first. Since 0.1. */
  readonly offset: number;
}
export const DelayedPlace = messageCodec<DelayedPlace>('ottla.v1.DelayedPlace', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.offset !== 0) w.uint32(24).int64(m.offset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let offset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: offset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, offset };
});

/** Since 0.1. */
export interface GetDelayedResponse {
  /** One a question, in the order of the request. Since 0.1. */
  readonly records: readonly GetDelayedResult[];
}
export const GetDelayedResponse = messageCodec<GetDelayedResponse>('ottla.v1.GetDelayedResponse', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), GetDelayedResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const records: GetDelayedResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(GetDelayedResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { records };
});

/** Since 0.1. */
export interface GetDelayedResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. RESOURCE_NOT_FOUND: it does not wait. Since 0.1. */
  readonly errorCode: number;
  /** The whole record; absent with an error. Since 0.1. */
  readonly record?: DelayedRecord | undefined;
}
export const GetDelayedResult = messageCodec<GetDelayedResult>('ottla.v1.GetDelayedResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.record !== undefined) w.uint32(34).fork(), DelayedRecord.write(m.record, w), w.ldelim();
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let record: DelayedRecord | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 34: record = nested(DelayedRecord, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, record };
});

/** Since 0.1. */
export interface CancelDelayedRequest {
  /** Each is done and answered on its own. Since 0.1. */
  readonly records: readonly DelayedPlace[];
  /** How long to wait until it is committed, in milliseconds. Since 0.1. */
  readonly timeoutMs: number;
}
export const CancelDelayedRequest = messageCodec<CancelDelayedRequest>('ottla.v1.CancelDelayedRequest', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), DelayedPlace.write(v, w), w.ldelim();
  if (m.timeoutMs !== 0) w.uint32(16).int32(m.timeoutMs);
  return w;
}, (r, end) => {
  const records: DelayedPlace[] = [];
  let timeoutMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(DelayedPlace, r)); break;
      case 16: timeoutMs = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { records, timeoutMs };
});

/** Since 0.1. */
export interface RescheduleDelayedRequest {
  /** Each is done and answered on its own. Since 0.1. */
  readonly records: readonly Rescheduling[];
  /** How long to wait until it is committed, in milliseconds. Since 0.1. */
  readonly timeoutMs: number;
}
export const RescheduleDelayedRequest = messageCodec<RescheduleDelayedRequest>('ottla.v1.RescheduleDelayedRequest', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), Rescheduling.write(v, w), w.ldelim();
  if (m.timeoutMs !== 0) w.uint32(16).int32(m.timeoutMs);
  return w;
}, (r, end) => {
  const records: Rescheduling[] = [];
  let timeoutMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(Rescheduling, r)); break;
      case 16: timeoutMs = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { records, timeoutMs };
});

/** Since 0.1. */
export interface Rescheduling {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Where the record was held first. Since 0.1. */
  readonly offset: number;
  /** When it is due from now on, in milliseconds since the Unix epoch; at once where that is past. Since 0.1. */
  readonly deliverAtMs: number;
}
export const Rescheduling = messageCodec<Rescheduling>('ottla.v1.Rescheduling', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.offset !== 0) w.uint32(24).int64(m.offset);
  if (m.deliverAtMs !== 0) w.uint32(32).int64(m.deliverAtMs);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let offset = 0;
  let deliverAtMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: offset = safe(r.int64()); break;
      case 32: deliverAtMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, offset, deliverAtMs };
});

/** Since 0.1. */
export interface ChangeDelayedResponse {
  /** One a change, in the order of the request. Since 0.1. */
  readonly records: readonly ChangeDelayedResult[];
}
export const ChangeDelayedResponse = messageCodec<ChangeDelayedResponse>('ottla.v1.ChangeDelayedResponse', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), ChangeDelayedResult.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const records: ChangeDelayedResult[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(ChangeDelayedResult, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { records };
});

/** Since 0.1. */
export interface ChangeDelayedResult {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: it is committed. RESOURCE_NOT_FOUND: the record does not wait any more, or never did. Since 0.1. */
  readonly errorCode: number;
}
export const ChangeDelayedResult = messageCodec<ChangeDelayedResult>('ottla.v1.ChangeDelayedResult', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode };
});

/** Since 0.1. */
export interface FindGroupCoordinatorRequest {
  /** Name of the group, not empty; one that does not exist has a coordinator too. Since 0.1. */
  readonly groupId: string;
}
export const FindGroupCoordinatorRequest = messageCodec<FindGroupCoordinatorRequest>('ottla.v1.FindGroupCoordinatorRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  return w;
}, (r, end) => {
  let groupId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId };
});

/** Since 0.1. */
export interface FindGroupCoordinatorResponse {
  /** Kafka error number; COORDINATOR_NOT_AVAILABLE: none at the moment; INVALID_REPLICATION_FACTOR: fewer brokers than __consumer_offsets shall have replicas. Since 0.1. */
  readonly errorCode: number;
  /** Why there is none, in one line; empty without an error. Since 0.1. */
  readonly errorMessage: string;
  /** Number of the broker; -1 with an error. Since 0.1. */
  readonly brokerId: number;
  /** host:port of its gRPC listener for clients; empty with an error. Since 0.1. */
  readonly address: string;
}
export const FindGroupCoordinatorResponse = messageCodec<FindGroupCoordinatorResponse>('ottla.v1.FindGroupCoordinatorResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.errorMessage !== '') w.uint32(18).string(m.errorMessage);
  if (m.brokerId !== 0) w.uint32(24).int32(m.brokerId);
  if (m.address !== '') w.uint32(34).string(m.address);
  return w;
}, (r, end) => {
  let errorCode = 0;
  let errorMessage = '';
  let brokerId = 0;
  let address = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: errorMessage = r.string(); break;
      case 24: brokerId = r.int32(); break;
      case 34: address = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, errorMessage, brokerId, address };
});

/** Since 0.1. */
export interface JoinGroupRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** As the group gave it; empty: none yet. Since 0.1. */
  readonly memberId: string;
  /** Of a static member, which outlives its process; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
  /** Names the client in descriptions and in the ids that are given out. Since 0.1. */
  readonly clientId: string;
  /** Without a heartbeat for so long it is taken for gone, in milliseconds. Since 0.1. */
  readonly sessionTimeoutMs: number;
  /** How long others wait for it when the group gathers, in milliseconds. Since 0.1. */
  readonly rebalanceTimeoutMs: number;
  /** "consumer" for those who read topics; one type a group. Since 0.1. */
  readonly protocolType: string;
  /** Ways of assigning that it can take part in, most wanted first; one must be common to all. Since 0.1. */
  readonly protocols: readonly GroupProtocol[];
}
export const JoinGroupRequest = messageCodec<JoinGroupRequest>('ottla.v1.JoinGroupRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.memberId !== '') w.uint32(18).string(m.memberId);
  if (m.instanceId !== '') w.uint32(26).string(m.instanceId);
  if (m.clientId !== '') w.uint32(34).string(m.clientId);
  if (m.sessionTimeoutMs !== 0) w.uint32(40).int32(m.sessionTimeoutMs);
  if (m.rebalanceTimeoutMs !== 0) w.uint32(48).int32(m.rebalanceTimeoutMs);
  if (m.protocolType !== '') w.uint32(58).string(m.protocolType);
  for (const v of m.protocols) w.uint32(66).fork(), GroupProtocol.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  let memberId = '';
  let instanceId = '';
  let clientId = '';
  let sessionTimeoutMs = 0;
  let rebalanceTimeoutMs = 0;
  let protocolType = '';
  const protocols: GroupProtocol[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: memberId = r.string(); break;
      case 26: instanceId = r.string(); break;
      case 34: clientId = r.string(); break;
      case 40: sessionTimeoutMs = r.int32(); break;
      case 48: rebalanceTimeoutMs = r.int32(); break;
      case 58: protocolType = r.string(); break;
      case 66: protocols.push(nested(GroupProtocol, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, memberId, instanceId, clientId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols };
});

/** Since 0.1. */
export interface GroupProtocol {
  /** Name of the assignor: "range", "roundrobin", "cooperative-sticky", ... Since 0.1. */
  readonly name: string;
  /** What the leader decides by; for "consumer" a ConsumerProtocolSubscription. Since 0.1. */
  readonly metadata: Uint8Array;
}
export const GroupProtocol = messageCodec<GroupProtocol>('ottla.v1.GroupProtocol', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.metadata.length > 0) w.uint32(18).bytes(m.metadata);
  return w;
}, (r, end) => {
  let name = '';
  let metadata: Uint8Array = new Uint8Array(0);
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 18: metadata = r.bytes(); break;
      default: r.skipType(t & 7);
    }
  }
  return { name, metadata };
});

/** Since 0.1. */
export interface JoinGroupResponse {
  /** Kafka error number; MEMBER_ID_REQUIRED: join again with `member_id`. Since 0.1. */
  readonly errorCode: number;
  /** Of this member from now on. Since 0.1. */
  readonly memberId: string;
  /** Counts the gatherings of the group; -1 with an error. Since 0.1. */
  readonly generation: number;
  /** Name of the assignor that all have in common; empty with an error. Since 0.1. */
  readonly protocol: string;
  /** Id of the member that decides; empty with an error. Since 0.1. */
  readonly leader: string;
  /** All members, for the leader; empty for others. Since 0.1. */
  readonly members: readonly GroupMemberInfo[];
  /** By which settings the leader decides; absent: none are set. Since 0.1. */
  readonly sharing?: GroupSharing | undefined;
}
export const JoinGroupResponse = messageCodec<JoinGroupResponse>('ottla.v1.JoinGroupResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.memberId !== '') w.uint32(18).string(m.memberId);
  if (m.generation !== 0) w.uint32(24).int32(m.generation);
  if (m.protocol !== '') w.uint32(34).string(m.protocol);
  if (m.leader !== '') w.uint32(42).string(m.leader);
  for (const v of m.members) w.uint32(50).fork(), GroupMemberInfo.write(v, w), w.ldelim();
  if (m.sharing !== undefined) w.uint32(58).fork(), GroupSharing.write(m.sharing, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let memberId = '';
  let generation = 0;
  let protocol = '';
  let leader = '';
  const members: GroupMemberInfo[] = [];
  let sharing: GroupSharing | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: memberId = r.string(); break;
      case 24: generation = r.int32(); break;
      case 34: protocol = r.string(); break;
      case 42: leader = r.string(); break;
      case 50: members.push(nested(GroupMemberInfo, r)); break;
      case 58: sharing = nested(GroupSharing, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, memberId, generation, protocol, leader, members, sharing };
});

/** Settings of the group, as this broker's metadata has them: which members get partitions, by what they say of themselves in the user data of their subscriptions. Since 0.1. */
export interface GroupSharing {
  /** Members with one of these labels get nothing while others can take it. Since 0.1. */
  readonly standbyLabels: readonly string[];
  /** When members of the overflow lane get something; absent: while there are no others. Since 0.1. */
  readonly overflow?: OverflowLimits | undefined;
}
export const GroupSharing = messageCodec<GroupSharing>('ottla.v1.GroupSharing', (m, w) => {
  for (const v of m.standbyLabels) w.uint32(10).string(v);
  if (m.overflow !== undefined) w.uint32(18).fork(), OverflowLimits.write(m.overflow, w), w.ldelim();
  return w;
}, (r, end) => {
  const standbyLabels: string[] = [];
  let overflow: OverflowLimits | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: standbyLabels.push(r.string()); break;
      case 18: overflow = nested(OverflowLimits, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { standbyLabels, overflow };
});

/** The backlog of a whole group: of all its partitions in records, of the worst in time. Since 0.1. */
export interface OverflowLimits {
  /** It is high above so many records; absent: not by their number. Since 0.1. */
  readonly aboveLagCount?: number | undefined;
  /** It is high above so many milliseconds; absent: not by time. Since 0.1. */
  readonly aboveLagMs?: number | undefined;
  /** It is low at so many records or fewer; there where `above_lag_count` is. Since 0.1. */
  readonly belowLagCount?: number | undefined;
  /** It is low at so many milliseconds or fewer; there where `above_lag_ms` is. Since 0.1. */
  readonly belowLagMs?: number | undefined;
  /** For so long without a break, before either counts, in milliseconds. Since 0.1. */
  readonly forMs: number;
}
export const OverflowLimits = messageCodec<OverflowLimits>('ottla.v1.OverflowLimits', (m, w) => {
  if (m.aboveLagCount !== undefined) w.uint32(8).int64(m.aboveLagCount);
  if (m.aboveLagMs !== undefined) w.uint32(16).int64(m.aboveLagMs);
  if (m.belowLagCount !== undefined) w.uint32(24).int64(m.belowLagCount);
  if (m.belowLagMs !== undefined) w.uint32(32).int64(m.belowLagMs);
  if (m.forMs !== 0) w.uint32(40).int64(m.forMs);
  return w;
}, (r, end) => {
  let aboveLagCount: number | undefined;
  let aboveLagMs: number | undefined;
  let belowLagCount: number | undefined;
  let belowLagMs: number | undefined;
  let forMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: aboveLagCount = safe(r.int64()); break;
      case 16: aboveLagMs = safe(r.int64()); break;
      case 24: belowLagCount = safe(r.int64()); break;
      case 32: belowLagMs = safe(r.int64()); break;
      case 40: forMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { aboveLagCount, aboveLagMs, belowLagCount, belowLagMs, forMs };
});

/** Since 0.1. */
export interface GroupMemberInfo {
  /** As the group gave it. Since 0.1. */
  readonly memberId: string;
  /** Of a static member; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
  /** What it joined with, for the assignor in force; empty while the group gathers. Since 0.1. */
  readonly metadata: Uint8Array;
  /** What the leader gave it; empty in an answer to a join. Since 0.1. */
  readonly assignment: Uint8Array;
  /** Name of its client; empty in an answer to a join. Since 0.1. */
  readonly clientId: string;
  /** Where it joined from; empty in an answer to a join. Since 0.1. */
  readonly clientHost: string;
  /** As it told with its last heartbeat; absent in an answer to a join. Since 0.1. */
  readonly handlerTimes?: HandlerTimes | undefined;
}
export const GroupMemberInfo = messageCodec<GroupMemberInfo>('ottla.v1.GroupMemberInfo', (m, w) => {
  if (m.memberId !== '') w.uint32(10).string(m.memberId);
  if (m.instanceId !== '') w.uint32(18).string(m.instanceId);
  if (m.metadata.length > 0) w.uint32(26).bytes(m.metadata);
  if (m.assignment.length > 0) w.uint32(34).bytes(m.assignment);
  if (m.clientId !== '') w.uint32(42).string(m.clientId);
  if (m.clientHost !== '') w.uint32(50).string(m.clientHost);
  if (m.handlerTimes !== undefined) w.uint32(58).fork(), HandlerTimes.write(m.handlerTimes, w), w.ldelim();
  return w;
}, (r, end) => {
  let memberId = '';
  let instanceId = '';
  let metadata: Uint8Array = new Uint8Array(0);
  let assignment: Uint8Array = new Uint8Array(0);
  let clientId = '';
  let clientHost = '';
  let handlerTimes: HandlerTimes | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: memberId = r.string(); break;
      case 18: instanceId = r.string(); break;
      case 26: metadata = r.bytes(); break;
      case 34: assignment = r.bytes(); break;
      case 42: clientId = r.string(); break;
      case 50: clientHost = r.string(); break;
      case 58: handlerTimes = nested(HandlerTimes, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { memberId, instanceId, metadata, assignment, clientId, clientHost, handlerTimes };
});

/** Since 0.1. */
export interface SyncGroupRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** As the group gave it. Since 0.1. */
  readonly memberId: string;
  /** Of a static member; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
  /** As the answer to the join told it. Since 0.1. */
  readonly generation: number;
  /** Name of the assignor, as the answer to the join told it. Since 0.1. */
  readonly protocol: string;
  /** Who gets what, from the leader; empty from others. Since 0.1. */
  readonly assignments: readonly MemberAssignment[];
}
export const SyncGroupRequest = messageCodec<SyncGroupRequest>('ottla.v1.SyncGroupRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.memberId !== '') w.uint32(18).string(m.memberId);
  if (m.instanceId !== '') w.uint32(26).string(m.instanceId);
  if (m.generation !== 0) w.uint32(32).int32(m.generation);
  if (m.protocol !== '') w.uint32(42).string(m.protocol);
  for (const v of m.assignments) w.uint32(50).fork(), MemberAssignment.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  let memberId = '';
  let instanceId = '';
  let generation = 0;
  let protocol = '';
  const assignments: MemberAssignment[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: memberId = r.string(); break;
      case 26: instanceId = r.string(); break;
      case 32: generation = r.int32(); break;
      case 42: protocol = r.string(); break;
      case 50: assignments.push(nested(MemberAssignment, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, memberId, instanceId, generation, protocol, assignments };
});

/** Since 0.1. */
export interface MemberAssignment {
  /** As the group gave it. Since 0.1. */
  readonly memberId: string;
  /** For "consumer" a ConsumerProtocolAssignment. Since 0.1. */
  readonly assignment: Uint8Array;
}
export const MemberAssignment = messageCodec<MemberAssignment>('ottla.v1.MemberAssignment', (m, w) => {
  if (m.memberId !== '') w.uint32(10).string(m.memberId);
  if (m.assignment.length > 0) w.uint32(18).bytes(m.assignment);
  return w;
}, (r, end) => {
  let memberId = '';
  let assignment: Uint8Array = new Uint8Array(0);
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: memberId = r.string(); break;
      case 18: assignment = r.bytes(); break;
      default: r.skipType(t & 7);
    }
  }
  return { memberId, assignment };
});

/** Since 0.1. */
export interface SyncGroupResponse {
  /** Kafka error number; REBALANCE_IN_PROGRESS: join again. Since 0.1. */
  readonly errorCode: number;
  /** This member's share; empty where the leader gave it none, or with an error. Since 0.1. */
  readonly assignment: Uint8Array;
  /** What the members of the group leave out now; absent: nothing. Since 0.1. */
  readonly degrade?: GroupDegrade | undefined;
}
export const SyncGroupResponse = messageCodec<SyncGroupResponse>('ottla.v1.SyncGroupResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.assignment.length > 0) w.uint32(18).bytes(m.assignment);
  if (m.degrade !== undefined) w.uint32(26).fork(), GroupDegrade.write(m.degrade, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let assignment: Uint8Array = new Uint8Array(0);
  let degrade: GroupDegrade | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: assignment = r.bytes(); break;
      case 26: degrade = nested(GroupDegrade, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, assignment, degrade };
});

/** Settings of the group, as this broker's metadata has them. Since 0.1. */
export interface GroupDegrade {
  /** Records whose timestamp lies further back are skipped; absent: none. Since 0.1. */
  readonly skipOlderThanMs?: number | undefined;
  /** The share of the records that is handled, 0 to 1; absent: all. Since 0.1. */
  readonly sample?: number | undefined;
  /** Nothing is handled. Since 0.1. */
  readonly paused: boolean;
}
export const GroupDegrade = messageCodec<GroupDegrade>('ottla.v1.GroupDegrade', (m, w) => {
  if (m.skipOlderThanMs !== undefined) w.uint32(8).int64(m.skipOlderThanMs);
  if (m.sample !== undefined) w.uint32(17).double(m.sample);
  if (m.paused !== false) w.uint32(24).bool(m.paused);
  return w;
}, (r, end) => {
  let skipOlderThanMs: number | undefined;
  let sample: number | undefined;
  let paused = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: skipOlderThanMs = safe(r.int64()); break;
      case 17: sample = r.double(); break;
      case 24: paused = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { skipOlderThanMs, sample, paused };
});

/** Since 0.1. */
export interface GroupHeartbeatRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** As the group gave it. Since 0.1. */
  readonly memberId: string;
  /** Of a static member; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
  /** The one that the member is in. Since 0.1. */
  readonly generation: number;
  /** So long the answer may be held back while there is nothing to tell, at most 10,000 ms: that the others gather is then heard of at once. 0: answered at once. Since 0.1. */
  readonly waitMs: number;
  /** Of its handlers of late; absent: none has ended. Since 0.1. */
  readonly handlerTimes?: HandlerTimes | undefined;
}
export const GroupHeartbeatRequest = messageCodec<GroupHeartbeatRequest>('ottla.v1.GroupHeartbeatRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.memberId !== '') w.uint32(18).string(m.memberId);
  if (m.instanceId !== '') w.uint32(26).string(m.instanceId);
  if (m.generation !== 0) w.uint32(32).int32(m.generation);
  if (m.waitMs !== 0) w.uint32(40).int32(m.waitMs);
  if (m.handlerTimes !== undefined) w.uint32(50).fork(), HandlerTimes.write(m.handlerTimes, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  let memberId = '';
  let instanceId = '';
  let generation = 0;
  let waitMs = 0;
  let handlerTimes: HandlerTimes | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: memberId = r.string(); break;
      case 26: instanceId = r.string(); break;
      case 32: generation = r.int32(); break;
      case 40: waitMs = r.int32(); break;
      case 50: handlerTimes = nested(HandlerTimes, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, memberId, instanceId, generation, waitMs, handlerTimes };
});

/** How long a member's handlers took in about the last minute. Since 0.1. */
export interface HandlerTimes {
  /** Calls that ended. Since 0.1. */
  readonly callCount: number;
  /** Records that these were given. Since 0.1. */
  readonly recordCount: number;
  /** In milliseconds. Since 0.1. */
  readonly p50Ms: number;
  /** In milliseconds. Since 0.1. */
  readonly p99Ms: number;
}
export const HandlerTimes = messageCodec<HandlerTimes>('ottla.v1.HandlerTimes', (m, w) => {
  if (m.callCount !== 0) w.uint32(8).int32(m.callCount);
  if (m.recordCount !== 0) w.uint32(16).int32(m.recordCount);
  if (m.p50Ms !== 0) w.uint32(25).double(m.p50Ms);
  if (m.p99Ms !== 0) w.uint32(33).double(m.p99Ms);
  return w;
}, (r, end) => {
  let callCount = 0;
  let recordCount = 0;
  let p50Ms = 0;
  let p99Ms = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: callCount = r.int32(); break;
      case 16: recordCount = r.int32(); break;
      case 25: p50Ms = r.double(); break;
      case 33: p99Ms = r.double(); break;
      default: r.skipType(t & 7);
    }
  }
  return { callCount, recordCount, p50Ms, p99Ms };
});

/** Since 0.1. */
export interface GroupHeartbeatResponse {
  /** Kafka error number; REBALANCE_IN_PROGRESS: the session goes on, join again. Since 0.1. */
  readonly errorCode: number;
  /** What the members of the group leave out now; absent: nothing. Since 0.1. */
  readonly degrade?: GroupDegrade | undefined;
  /** By which settings the leader decides; absent: none are set. Since 0.1. */
  readonly sharing?: GroupSharing | undefined;
}
export const GroupHeartbeatResponse = messageCodec<GroupHeartbeatResponse>('ottla.v1.GroupHeartbeatResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.degrade !== undefined) w.uint32(18).fork(), GroupDegrade.write(m.degrade, w), w.ldelim();
  if (m.sharing !== undefined) w.uint32(26).fork(), GroupSharing.write(m.sharing, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let degrade: GroupDegrade | undefined;
  let sharing: GroupSharing | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: degrade = nested(GroupDegrade, r); break;
      case 26: sharing = nested(GroupSharing, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, degrade, sharing };
});

/** Since 0.1. */
export interface LeaveGroupRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** Who goes; one is enough. Since 0.1. */
  readonly members: readonly LeavingMember[];
}
export const LeaveGroupRequest = messageCodec<LeaveGroupRequest>('ottla.v1.LeaveGroupRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  for (const v of m.members) w.uint32(18).fork(), LeavingMember.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  const members: LeavingMember[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: members.push(nested(LeavingMember, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, members };
});

/** Since 0.1. */
export interface LeavingMember {
  /** As the group gave it; empty: a static member is named by its instance id. Since 0.1. */
  readonly memberId: string;
  /** Of a static member; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
}
export const LeavingMember = messageCodec<LeavingMember>('ottla.v1.LeavingMember', (m, w) => {
  if (m.memberId !== '') w.uint32(10).string(m.memberId);
  if (m.instanceId !== '') w.uint32(18).string(m.instanceId);
  return w;
}, (r, end) => {
  let memberId = '';
  let instanceId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: memberId = r.string(); break;
      case 18: instanceId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { memberId, instanceId };
});

/** Since 0.1. */
export interface LeaveGroupResponse {
  /** Kafka error number of the whole request. Since 0.1. */
  readonly errorCode: number;
  /** Kafka error numbers, one a member, in the order of the request. Since 0.1. */
  readonly memberErrorCodes: readonly number[];
}
export const LeaveGroupResponse = messageCodec<LeaveGroupResponse>('ottla.v1.LeaveGroupResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.memberErrorCodes.length > 0) {
    w.uint32(18).fork();
    for (const v of m.memberErrorCodes) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let errorCode = 0;
  const memberErrorCodes: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 16: memberErrorCodes.push(r.int32()); break;
      case 18: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) memberErrorCodes.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, memberErrorCodes };
});

/** Since 0.1. */
export interface CommitOffsetsRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** As the group gave it; empty with generation -1: of no member, for a group that has none. Since 0.1. */
  readonly memberId: string;
  /** Of a static member; empty: a dynamic one. Since 0.1. */
  readonly instanceId: string;
  /** The one that the member is in; -1: of no member. Since 0.1. */
  readonly generation: number;
  /** Each is taken or refused on its own. Since 0.1. */
  readonly offsets: readonly OffsetToCommit[];
}
export const CommitOffsetsRequest = messageCodec<CommitOffsetsRequest>('ottla.v1.CommitOffsetsRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.memberId !== '') w.uint32(18).string(m.memberId);
  if (m.instanceId !== '') w.uint32(26).string(m.instanceId);
  if (m.generation !== 0) w.uint32(32).int32(m.generation);
  for (const v of m.offsets) w.uint32(42).fork(), OffsetToCommit.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  let memberId = '';
  let instanceId = '';
  let generation = 0;
  const offsets: OffsetToCommit[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: memberId = r.string(); break;
      case 26: instanceId = r.string(); break;
      case 32: generation = r.int32(); break;
      case 42: offsets.push(nested(OffsetToCommit, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, memberId, instanceId, generation, offsets };
});

/** Since 0.1. */
export interface OffsetToCommit {
  /** Name of the topic: what is committed outlives the topic's id. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Offset of the next record to be handled, 0 and up. Since 0.1. */
  readonly offset: number;
  /** Leader epoch of the last record handled; -1: not told. Since 0.1. */
  readonly leaderEpoch: number;
  /** The consumer's own words; offset.metadata.max.bytes at most. Since 0.1. */
  readonly metadata: string;
}
export const OffsetToCommit = messageCodec<OffsetToCommit>('ottla.v1.OffsetToCommit', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.offset !== 0) w.uint32(24).int64(m.offset);
  if (m.leaderEpoch !== 0) w.uint32(32).int32(m.leaderEpoch);
  if (m.metadata !== '') w.uint32(42).string(m.metadata);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  let offset = 0;
  let leaderEpoch = 0;
  let metadata = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: offset = safe(r.int64()); break;
      case 32: leaderEpoch = r.int32(); break;
      case 42: metadata = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, offset, leaderEpoch, metadata };
});

/** Since 0.1. */
export interface CommitOffsetsResponse {
  /** Kafka error numbers, one an offset, in the order of the request. Since 0.1. */
  readonly errorCodes: readonly number[];
}
export const CommitOffsetsResponse = messageCodec<CommitOffsetsResponse>('ottla.v1.CommitOffsetsResponse', (m, w) => {
  if (m.errorCodes.length > 0) {
    w.uint32(10).fork();
    for (const v of m.errorCodes) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  const errorCodes: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCodes.push(r.int32()); break;
      case 10: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) errorCodes.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { errorCodes };
});

/** Since 0.1. */
export interface FetchCommittedRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** True: of all that was committed; `partitions` is then not looked at. Since 0.1. */
  readonly all: boolean;
  /** What to look up. Since 0.1. */
  readonly partitions: readonly TopicPartitionName[];
}
export const FetchCommittedRequest = messageCodec<FetchCommittedRequest>('ottla.v1.FetchCommittedRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.all !== false) w.uint32(16).bool(m.all);
  for (const v of m.partitions) w.uint32(26).fork(), TopicPartitionName.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  let all = false;
  const partitions: TopicPartitionName[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 16: all = r.bool(); break;
      case 26: partitions.push(nested(TopicPartitionName, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, all, partitions };
});

/** A partition by the name of its topic. Since 0.1. */
export interface TopicPartitionName {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
}
export const TopicPartitionName = messageCodec<TopicPartitionName>('ottla.v1.TopicPartitionName', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition };
});

/** Since 0.1. */
export interface FetchCommittedResponse {
  /** Kafka error number; COORDINATOR_LOAD_IN_PROGRESS: ask again soon. Since 0.1. */
  readonly errorCode: number;
  /** Those asked for, in their order, or all by topic and partition. Since 0.1. */
  readonly offsets: readonly CommittedOffset[];
}
export const FetchCommittedResponse = messageCodec<FetchCommittedResponse>('ottla.v1.FetchCommittedResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  for (const v of m.offsets) w.uint32(18).fork(), CommittedOffset.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  const offsets: CommittedOffset[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: offsets.push(nested(CommittedOffset, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, offsets };
});

/** Since 0.1. */
export interface CommittedOffset {
  /** Name of the topic. Since 0.1. */
  readonly topic: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Offset of the next record to be handled; -1: nothing was committed. Since 0.1. */
  readonly offset: number;
  /** Leader epoch of the last record handled; -1: not told. Since 0.1. */
  readonly leaderEpoch: number;
  /** The consumer's own words. Since 0.1. */
  readonly metadata: string;
  /** When it was committed, in milliseconds since the Unix epoch; -1: it was not. Since 0.1. */
  readonly committedAtMs: number;
}
export const CommittedOffset = messageCodec<CommittedOffset>('ottla.v1.CommittedOffset', (m, w) => {
  if (m.topic !== '') w.uint32(10).string(m.topic);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.offset !== 0) w.uint32(24).int64(m.offset);
  if (m.leaderEpoch !== 0) w.uint32(32).int32(m.leaderEpoch);
  if (m.metadata !== '') w.uint32(42).string(m.metadata);
  if (m.committedAtMs !== 0) w.uint32(48).int64(m.committedAtMs);
  return w;
}, (r, end) => {
  let topic = '';
  let partition = 0;
  let offset = 0;
  let leaderEpoch = 0;
  let metadata = '';
  let committedAtMs = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topic = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: offset = safe(r.int64()); break;
      case 32: leaderEpoch = r.int32(); break;
      case 42: metadata = r.string(); break;
      case 48: committedAtMs = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topic, partition, offset, leaderEpoch, metadata, committedAtMs };
});

/** Since 0.1. */
export type ListGroupsRequest = Record<never, never>;
export const ListGroupsRequest = messageCodec<ListGroupsRequest>('ottla.v1.ListGroupsRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface ListGroupsResponse {
  /** Kafka error number; COORDINATOR_LOAD_IN_PROGRESS: the list is short of some. Since 0.1. */
  readonly errorCode: number;
  /** By name in ascending order. Since 0.1. */
  readonly groups: readonly GroupListing[];
}
export const ListGroupsResponse = messageCodec<ListGroupsResponse>('ottla.v1.ListGroupsResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  for (const v of m.groups) w.uint32(18).fork(), GroupListing.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  const groups: GroupListing[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: groups.push(nested(GroupListing, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, groups };
});

/** Since 0.1. */
export interface GroupListing {
  /** Name of the group. Since 0.1. */
  readonly groupId: string;
  /** "consumer", ...; empty where no member ever joined. Since 0.1. */
  readonly protocolType: string;
  /** "Empty", "PreparingRebalance", "CompletingRebalance" or "Stable". Since 0.1. */
  readonly state: string;
  /** Members with one of these labels are on standby. Since 0.1. */
  readonly standbyLabels: readonly string[];
}
export const GroupListing = messageCodec<GroupListing>('ottla.v1.GroupListing', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  if (m.protocolType !== '') w.uint32(18).string(m.protocolType);
  if (m.state !== '') w.uint32(26).string(m.state);
  for (const v of m.standbyLabels) w.uint32(34).string(v);
  return w;
}, (r, end) => {
  let groupId = '';
  let protocolType = '';
  let state = '';
  const standbyLabels: string[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: protocolType = r.string(); break;
      case 26: state = r.string(); break;
      case 34: standbyLabels.push(r.string()); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, protocolType, state, standbyLabels };
});

/** Since 0.1. */
export interface DescribeGroupRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
}
export const DescribeGroupRequest = messageCodec<DescribeGroupRequest>('ottla.v1.DescribeGroupRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  return w;
}, (r, end) => {
  let groupId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId };
});

/** Since 0.1. */
export interface DescribeGroupResponse {
  /** Kafka error number; GROUP_ID_NOT_FOUND: there is no such group. Since 0.1. */
  readonly errorCode: number;
  /** As in a listing. Since 0.1. */
  readonly state: string;
  /** "consumer", ...; empty where no member ever joined. Since 0.1. */
  readonly protocolType: string;
  /** Counts the gatherings of the group; 0 before the first. Since 0.1. */
  readonly generation: number;
  /** Name of the assignor in force; empty unless the group is stable. Since 0.1. */
  readonly protocol: string;
  /** Id of the member that decides; empty without members. Since 0.1. */
  readonly leader: string;
  /** In the order of their joining. Since 0.1. */
  readonly members: readonly GroupMemberInfo[];
  /** By which settings the leader decides; absent: none are set. Since 0.1. */
  readonly sharing?: GroupSharing | undefined;
}
export const DescribeGroupResponse = messageCodec<DescribeGroupResponse>('ottla.v1.DescribeGroupResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.state !== '') w.uint32(18).string(m.state);
  if (m.protocolType !== '') w.uint32(26).string(m.protocolType);
  if (m.generation !== 0) w.uint32(32).int32(m.generation);
  if (m.protocol !== '') w.uint32(42).string(m.protocol);
  if (m.leader !== '') w.uint32(50).string(m.leader);
  for (const v of m.members) w.uint32(58).fork(), GroupMemberInfo.write(v, w), w.ldelim();
  if (m.sharing !== undefined) w.uint32(66).fork(), GroupSharing.write(m.sharing, w), w.ldelim();
  return w;
}, (r, end) => {
  let errorCode = 0;
  let state = '';
  let protocolType = '';
  let generation = 0;
  let protocol = '';
  let leader = '';
  const members: GroupMemberInfo[] = [];
  let sharing: GroupSharing | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 18: state = r.string(); break;
      case 26: protocolType = r.string(); break;
      case 32: generation = r.int32(); break;
      case 42: protocol = r.string(); break;
      case 50: leader = r.string(); break;
      case 58: members.push(nested(GroupMemberInfo, r)); break;
      case 66: sharing = nested(GroupSharing, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, state, protocolType, generation, protocol, leader, members, sharing };
});

/** Since 0.1. */
export interface DeleteGroupRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
}
export const DeleteGroupRequest = messageCodec<DeleteGroupRequest>('ottla.v1.DeleteGroupRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  return w;
}, (r, end) => {
  let groupId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId };
});

/** Since 0.1. */
export interface DeleteGroupResponse {
  /** Kafka error number; NON_EMPTY_GROUP: it has members. Since 0.1. */
  readonly errorCode: number;
}
export const DeleteGroupResponse = messageCodec<DeleteGroupResponse>('ottla.v1.DeleteGroupResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  return w;
}, (r, end) => {
  let errorCode = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { errorCode };
});

/** Since 0.1. */
export interface DeleteCommittedRequest {
  /** Name of the group, not empty. Since 0.1. */
  readonly groupId: string;
  /** Each is taken or refused on its own. Since 0.1. */
  readonly partitions: readonly TopicPartitionName[];
}
export const DeleteCommittedRequest = messageCodec<DeleteCommittedRequest>('ottla.v1.DeleteCommittedRequest', (m, w) => {
  if (m.groupId !== '') w.uint32(10).string(m.groupId);
  for (const v of m.partitions) w.uint32(18).fork(), TopicPartitionName.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let groupId = '';
  const partitions: TopicPartitionName[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: groupId = r.string(); break;
      case 18: partitions.push(nested(TopicPartitionName, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { groupId, partitions };
});

/** Since 0.1. */
export interface DeleteCommittedResponse {
  /** Kafka error number of the whole request. Since 0.1. */
  readonly errorCode: number;
  /** Kafka error numbers, one a partition, in the order of the request. Since 0.1. */
  readonly partitionErrorCodes: readonly number[];
}
export const DeleteCommittedResponse = messageCodec<DeleteCommittedResponse>('ottla.v1.DeleteCommittedResponse', (m, w) => {
  if (m.errorCode !== 0) w.uint32(8).int32(m.errorCode);
  if (m.partitionErrorCodes.length > 0) {
    w.uint32(18).fork();
    for (const v of m.partitionErrorCodes) w.int32(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let errorCode = 0;
  const partitionErrorCodes: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: errorCode = r.int32(); break;
      case 16: partitionErrorCodes.push(r.int32()); break;
      case 18: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) partitionErrorCodes.push(r.int32());
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { errorCode, partitionErrorCodes };
});

/** The payload of one raft entry. Since 0.1. */
export interface MetadataBatch {
  /** Applied in order, atomically. Since 0.1. */
  readonly records: readonly MetadataRecord[];
}
export const MetadataBatch = messageCodec<MetadataBatch>('ottla.v1.MetadataBatch', (m, w) => {
  for (const v of m.records) w.uint32(10).fork(), MetadataRecord.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const records: MetadataRecord[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: records.push(nested(MetadataRecord, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { records };
});

/** One change of the cluster's metadata. Since 0.1. */
export type MetadataRecord =
  /** A broker has started; its epoch is the index of this entry. Since 0.1. */
  | { readonly kind: 'registerBroker'; readonly value: RegisterBrokerRecord }
  /** A broker is removed for good. Since 0.1. */
  | { readonly kind: 'unregisterBroker'; readonly value: UnregisterBrokerRecord }
  /** A broker is fenced, unfenced or begins to stop. Since 0.1. */
  | { readonly kind: 'brokerChange'; readonly value: BrokerChangeRecord }
  /** A topic exists; its partitions follow, in the same batch. Since 0.1. */
  | { readonly kind: 'topic'; readonly value: TopicRecord }
  /** A topic is gone with all that belongs to it. Since 0.1. */
  | { readonly kind: 'removeTopic'; readonly value: RemoveTopicRecord }
  /** A partition exists, the next one of its topic. Since 0.1. */
  | { readonly kind: 'partition'; readonly value: PartitionRecord }
  /** A partition has another leader, in-sync set or placement. Since 0.1. */
  | { readonly kind: 'partitionChange'; readonly value: PartitionChangeRecord }
  /** One setting is set or returns to its default. Since 0.1. */
  | { readonly kind: 'config'; readonly value: ConfigRecord }
  /** A block of producer ids is given out. Since 0.1. */
  | { readonly kind: 'producerIds'; readonly value: ProducerIdsRecord }
  /** A feature is at another level. Since 0.1. */
  | { readonly kind: 'featureLevel'; readonly value: FeatureLevelRecord }
  /** Nothing changes but the commit index. Since 0.1. */
  | { readonly kind: 'noOp'; readonly value: NoOpRecord };
export const MetadataRecord = messageCodec<MetadataRecord>('ottla.v1.MetadataRecord', (m, w) => {
  switch (m.kind) {
    case 'registerBroker': w.uint32(10).fork(), RegisterBrokerRecord.write(m.value, w), w.ldelim(); break;
    case 'unregisterBroker': w.uint32(18).fork(), UnregisterBrokerRecord.write(m.value, w), w.ldelim(); break;
    case 'brokerChange': w.uint32(26).fork(), BrokerChangeRecord.write(m.value, w), w.ldelim(); break;
    case 'topic': w.uint32(34).fork(), TopicRecord.write(m.value, w), w.ldelim(); break;
    case 'removeTopic': w.uint32(42).fork(), RemoveTopicRecord.write(m.value, w), w.ldelim(); break;
    case 'partition': w.uint32(50).fork(), PartitionRecord.write(m.value, w), w.ldelim(); break;
    case 'partitionChange': w.uint32(58).fork(), PartitionChangeRecord.write(m.value, w), w.ldelim(); break;
    case 'config': w.uint32(66).fork(), ConfigRecord.write(m.value, w), w.ldelim(); break;
    case 'producerIds': w.uint32(74).fork(), ProducerIdsRecord.write(m.value, w), w.ldelim(); break;
    case 'featureLevel': w.uint32(82).fork(), FeatureLevelRecord.write(m.value, w), w.ldelim(); break;
    case 'noOp': w.uint32(90).fork(), NoOpRecord.write(m.value, w), w.ldelim(); break;
  }
  return w;
}, (r, end) => {
  let m: MetadataRecord | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: m = { kind: 'registerBroker', value: nested(RegisterBrokerRecord, r) }; break;
      case 18: m = { kind: 'unregisterBroker', value: nested(UnregisterBrokerRecord, r) }; break;
      case 26: m = { kind: 'brokerChange', value: nested(BrokerChangeRecord, r) }; break;
      case 34: m = { kind: 'topic', value: nested(TopicRecord, r) }; break;
      case 42: m = { kind: 'removeTopic', value: nested(RemoveTopicRecord, r) }; break;
      case 50: m = { kind: 'partition', value: nested(PartitionRecord, r) }; break;
      case 58: m = { kind: 'partitionChange', value: nested(PartitionChangeRecord, r) }; break;
      case 66: m = { kind: 'config', value: nested(ConfigRecord, r) }; break;
      case 74: m = { kind: 'producerIds', value: nested(ProducerIdsRecord, r) }; break;
      case 82: m = { kind: 'featureLevel', value: nested(FeatureLevelRecord, r) }; break;
      case 90: m = { kind: 'noOp', value: nested(NoOpRecord, r) }; break;
      default: r.skipType(t & 7);
    }
  }
  return m ?? missingCase('MetadataRecord');
});

/** A broker's process has started and is known from here on; it begins fenced. Since 0.1. */
export interface RegisterBrokerRecord {
  /** Number of the broker (node.id), from 1. Since 0.1. */
  readonly brokerId: number;
  /** Identity of this run of the process. Since 0.1. */
  readonly incarnationId: string;
  /** Identity of the log directory; another one means an empty replica. Since 0.1. */
  readonly directoryId: string;
  /** host:port of the gRPC listener for clients, as clients reach it. Since 0.1. */
  readonly clientAddress: string;
  /** host:port of the gRPC listener for peers. Since 0.1. */
  readonly peerAddress: string;
  /** host:port of the Kafka listener; empty when there is none. Since 0.1. */
  readonly kafkaAddress: string;
  /** Failure domain; replicas of one partition are spread over racks. Empty: none. Since 0.1. */
  readonly rack: string;
  /** Lowest metadata.version that this broker understands (inclusive). Since 0.1. */
  readonly minMetadataVersion: number;
  /** Highest metadata.version that this broker understands (inclusive). Since 0.1. */
  readonly maxMetadataVersion: number;
  /** As of RegisterBrokerRequest; the controller judges by it who is eligible where it leads. From metadata.version 3. Since 0.1. */
  readonly minInsyncReplicas?: number | undefined;
  /** As of RegisterBrokerRequest. From metadata.version 3. Since 0.1. */
  readonly ackDurability?: string | undefined;
}
export const RegisterBrokerRecord = messageCodec<RegisterBrokerRecord>('ottla.v1.RegisterBrokerRecord', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.incarnationId !== '') w.uint32(18).string(m.incarnationId);
  if (m.directoryId !== '') w.uint32(26).string(m.directoryId);
  if (m.clientAddress !== '') w.uint32(34).string(m.clientAddress);
  if (m.peerAddress !== '') w.uint32(42).string(m.peerAddress);
  if (m.kafkaAddress !== '') w.uint32(50).string(m.kafkaAddress);
  if (m.rack !== '') w.uint32(58).string(m.rack);
  if (m.minMetadataVersion !== 0) w.uint32(64).int32(m.minMetadataVersion);
  if (m.maxMetadataVersion !== 0) w.uint32(72).int32(m.maxMetadataVersion);
  if (m.minInsyncReplicas !== undefined) w.uint32(80).int32(m.minInsyncReplicas);
  if (m.ackDurability !== undefined) w.uint32(90).string(m.ackDurability);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let incarnationId = '';
  let directoryId = '';
  let clientAddress = '';
  let peerAddress = '';
  let kafkaAddress = '';
  let rack = '';
  let minMetadataVersion = 0;
  let maxMetadataVersion = 0;
  let minInsyncReplicas: number | undefined;
  let ackDurability: string | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 18: incarnationId = r.string(); break;
      case 26: directoryId = r.string(); break;
      case 34: clientAddress = r.string(); break;
      case 42: peerAddress = r.string(); break;
      case 50: kafkaAddress = r.string(); break;
      case 58: rack = r.string(); break;
      case 64: minMetadataVersion = r.int32(); break;
      case 72: maxMetadataVersion = r.int32(); break;
      case 80: minInsyncReplicas = r.int32(); break;
      case 90: ackDurability = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, incarnationId, directoryId, clientAddress, peerAddress, kafkaAddress, rack, minMetadataVersion, maxMetadataVersion, minInsyncReplicas, ackDurability };
});

/** A broker is removed for good. Since 0.1. */
export interface UnregisterBrokerRecord {
  /** Number of the broker that is removed. Since 0.1. */
  readonly brokerId: number;
  /** The registration that is removed; it must be the current one. Since 0.1. */
  readonly brokerEpoch: number;
}
export const UnregisterBrokerRecord = messageCodec<UnregisterBrokerRecord>('ottla.v1.UnregisterBrokerRecord', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch };
});

/** A broker is fenced, unfenced or begins its orderly shutdown. Since 0.1. */
export interface BrokerChangeRecord {
  /** Number of the broker that changes. Since 0.1. */
  readonly brokerId: number;
  /** The registration it is about; it must be the current one. Since 0.1. */
  readonly brokerEpoch: number;
  /** True: leads nothing and joins no in-sync set. Absent: unchanged. Since 0.1. */
  readonly fenced?: boolean | undefined;
  /** True: it hands its leaderships over and takes no new ones. Absent: unchanged. Since 0.1. */
  readonly inControlledShutdown?: boolean | undefined;
  /** As of RegisterBrokerRecord, where that was written below metadata.version 3. Absent: unchanged. From metadata.version 3. Since 0.1. */
  readonly minInsyncReplicas?: number | undefined;
  /** Likewise. From metadata.version 3. Since 0.1. */
  readonly ackDurability?: string | undefined;
}
export const BrokerChangeRecord = messageCodec<BrokerChangeRecord>('ottla.v1.BrokerChangeRecord', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  if (m.fenced !== undefined) w.uint32(24).bool(m.fenced);
  if (m.inControlledShutdown !== undefined) w.uint32(32).bool(m.inControlledShutdown);
  if (m.minInsyncReplicas !== undefined) w.uint32(40).int32(m.minInsyncReplicas);
  if (m.ackDurability !== undefined) w.uint32(50).string(m.ackDurability);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  let fenced: boolean | undefined;
  let inControlledShutdown: boolean | undefined;
  let minInsyncReplicas: number | undefined;
  let ackDurability: string | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      case 24: fenced = r.bool(); break;
      case 32: inControlledShutdown = r.bool(); break;
      case 40: minInsyncReplicas = r.int32(); break;
      case 50: ackDurability = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch, fenced, inControlledShutdown, minInsyncReplicas, ackDurability };
});

/** A topic exists. Since 0.1. */
export interface TopicRecord {
  /** 1 to 249 of a-z A-Z 0-9 . _ - that no other topic has at that time. Since 0.1. */
  readonly name: string;
  /** 22 characters of base64url, never used before. Since 0.1. */
  readonly topicId: string;
}
export const TopicRecord = messageCodec<TopicRecord>('ottla.v1.TopicRecord', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.topicId !== '') w.uint32(18).string(m.topicId);
  return w;
}, (r, end) => {
  let name = '';
  let topicId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 18: topicId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { name, topicId };
});

/** A topic and its partitions and configuration are gone. Since 0.1. */
export interface RemoveTopicRecord {
  /** Id of the topic that goes; its name is free again. Since 0.1. */
  readonly topicId: string;
}
export const RemoveTopicRecord = messageCodec<RemoveTopicRecord>('ottla.v1.RemoveTopicRecord', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  return w;
}, (r, end) => {
  let topicId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId };
});

/** The whole registration of one partition. Since 0.1. */
export interface PartitionRecord {
  /** Id of the topic, which an earlier record created. Since 0.1. */
  readonly topicId: string;
  /** Number within the topic: the one behind its last partition, 0 at first. Since 0.1. */
  readonly partition: number;
  /** Assigned replicas, the preferred leader first. Since 0.1. */
  readonly replicas: readonly number[];
  /** In-sync replicas, a subset of `replicas`; empty when all are away or lost. Since 0.1. */
  readonly isr: readonly number[];
  /** Number of the leader, one of `isr`; -1: none. Since 0.1. */
  readonly leader: number;
  /** Counts elections, from 0: bumped by one by each. Since 0.1. */
  readonly leaderEpoch: number;
  /** Counts changes, from 0: bumped by one by each. Since 0.1. */
  readonly partitionEpoch: number;
  /** Directory id by replica, in the order of `replicas`; empty: not known yet. Since 0.1. */
  readonly directories: readonly string[];
  /** Those of `replicas` that a reassignment brought; a cancelled one takes them away. From metadata.version 2. Since 0.1. */
  readonly addingReplicas: readonly number[];
  /** Those of `replicas` that go when it is done. From metadata.version 2. Since 0.1. */
  readonly removingReplicas: readonly number[];
  /** Replicas that left `isr` when it fell below min.insync.replicas: they have all that was ever committed. None is in `isr`. From metadata.version 3. Since 0.1. */
  readonly eligibleLeaderReplicas: readonly number[];
  /** Such replicas that have ended without syncing since, while the topic acknowledged from memory: they may lack what was committed. From metadata.version 3. Since 0.1. */
  readonly lastKnownElr: readonly number[];
  /** Who led last, while nobody does. Absent: there is a leader, or it is not known. From metadata.version 3. Since 0.1. */
  readonly lastKnownLeader?: number | undefined;
}
export const PartitionRecord = messageCodec<PartitionRecord>('ottla.v1.PartitionRecord', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.replicas.length > 0) {
    w.uint32(26).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  if (m.isr.length > 0) {
    w.uint32(34).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  if (m.leader !== 0) w.uint32(40).int32(m.leader);
  if (m.leaderEpoch !== 0) w.uint32(48).int32(m.leaderEpoch);
  if (m.partitionEpoch !== 0) w.uint32(56).int32(m.partitionEpoch);
  for (const v of m.directories) w.uint32(66).string(v);
  if (m.addingReplicas.length > 0) {
    w.uint32(74).fork();
    for (const v of m.addingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.removingReplicas.length > 0) {
    w.uint32(82).fork();
    for (const v of m.removingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.eligibleLeaderReplicas.length > 0) {
    w.uint32(90).fork();
    for (const v of m.eligibleLeaderReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownElr.length > 0) {
    w.uint32(98).fork();
    for (const v of m.lastKnownElr) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownLeader !== undefined) w.uint32(104).int32(m.lastKnownLeader);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  const replicas: number[] = [];
  const isr: number[] = [];
  let leader = 0;
  let leaderEpoch = 0;
  let partitionEpoch = 0;
  const directories: string[] = [];
  const addingReplicas: number[] = [];
  const removingReplicas: number[] = [];
  const eligibleLeaderReplicas: number[] = [];
  const lastKnownElr: number[] = [];
  let lastKnownLeader: number | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: replicas.push(r.int32()); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      case 32: isr.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      case 40: leader = r.int32(); break;
      case 48: leaderEpoch = r.int32(); break;
      case 56: partitionEpoch = r.int32(); break;
      case 66: directories.push(r.string()); break;
      case 72: addingReplicas.push(r.int32()); break;
      case 74: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) addingReplicas.push(r.int32());
        break;
      }
      case 80: removingReplicas.push(r.int32()); break;
      case 82: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) removingReplicas.push(r.int32());
        break;
      }
      case 88: eligibleLeaderReplicas.push(r.int32()); break;
      case 90: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) eligibleLeaderReplicas.push(r.int32());
        break;
      }
      case 96: lastKnownElr.push(r.int32()); break;
      case 98: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) lastKnownElr.push(r.int32());
        break;
      }
      case 104: lastKnownLeader = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, replicas, isr, leader, leaderEpoch, partitionEpoch, directories, addingReplicas, removingReplicas, eligibleLeaderReplicas, lastKnownElr, lastKnownLeader };
});

/** A sparse change of one partition; every one bumps partition_epoch by one. Since 0.1. */
export interface PartitionChangeRecord {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of a partition that exists. Since 0.1. */
  readonly partition: number;
  /** -1: none. Absent: unchanged. Any value, the same id too, bumps leader_epoch by one. Since 0.1. */
  readonly leader?: number | undefined;
  /** The whole new in-sync set; counts only when has_isr, else unchanged. Since 0.1. */
  readonly isr: readonly number[];
  /** True: `isr` is set, be it to empty. Since 0.1. */
  readonly hasIsr: boolean;
  /** The whole new assignment, the preferred leader first; counts only when has_replicas. Since 0.1. */
  readonly replicas: readonly number[];
  /** True: `replicas` is set; `directories` then fits it. Since 0.1. */
  readonly hasReplicas: boolean;
  /** Directory ids in the order of the replicas; counts only when has_directories. Since 0.1. */
  readonly directories: readonly string[];
  /** True: `directories` is set; an empty id in it: not known yet. Since 0.1. */
  readonly hasDirectories: boolean;
  /** Those of the replicas that a reassignment brought; counts only when has_reassignment. From metadata.version 2. Since 0.1. */
  readonly addingReplicas: readonly number[];
  /** Those of the replicas that go when it is done; counts only when has_reassignment. From metadata.version 2. Since 0.1. */
  readonly removingReplicas: readonly number[];
  /** True: both lists are set; both empty: no reassignment is under way. Since 0.1. */
  readonly hasReassignment: boolean;
  /** As of PartitionRecord; counts only when has_eligibility. From metadata.version 3. Since 0.1. */
  readonly eligibleLeaderReplicas: readonly number[];
  /** As of PartitionRecord; counts only when has_eligibility. From metadata.version 3. Since 0.1. */
  readonly lastKnownElr: readonly number[];
  /** As of PartitionRecord; counts only when has_eligibility. From metadata.version 3. Since 0.1. */
  readonly lastKnownLeader?: number | undefined;
  /** True: the three fields above are set, be it to nothing. Since 0.1. */
  readonly hasEligibility: boolean;
}
export const PartitionChangeRecord = messageCodec<PartitionChangeRecord>('ottla.v1.PartitionChangeRecord', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.leader !== undefined) w.uint32(24).int32(m.leader);
  if (m.isr.length > 0) {
    w.uint32(34).fork();
    for (const v of m.isr) w.int32(v);
    w.ldelim();
  }
  if (m.hasIsr !== false) w.uint32(40).bool(m.hasIsr);
  if (m.replicas.length > 0) {
    w.uint32(50).fork();
    for (const v of m.replicas) w.int32(v);
    w.ldelim();
  }
  if (m.hasReplicas !== false) w.uint32(56).bool(m.hasReplicas);
  for (const v of m.directories) w.uint32(66).string(v);
  if (m.hasDirectories !== false) w.uint32(72).bool(m.hasDirectories);
  if (m.addingReplicas.length > 0) {
    w.uint32(82).fork();
    for (const v of m.addingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.removingReplicas.length > 0) {
    w.uint32(90).fork();
    for (const v of m.removingReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.hasReassignment !== false) w.uint32(96).bool(m.hasReassignment);
  if (m.eligibleLeaderReplicas.length > 0) {
    w.uint32(106).fork();
    for (const v of m.eligibleLeaderReplicas) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownElr.length > 0) {
    w.uint32(114).fork();
    for (const v of m.lastKnownElr) w.int32(v);
    w.ldelim();
  }
  if (m.lastKnownLeader !== undefined) w.uint32(120).int32(m.lastKnownLeader);
  if (m.hasEligibility !== false) w.uint32(128).bool(m.hasEligibility);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let leader: number | undefined;
  const isr: number[] = [];
  let hasIsr = false;
  const replicas: number[] = [];
  let hasReplicas = false;
  const directories: string[] = [];
  let hasDirectories = false;
  const addingReplicas: number[] = [];
  const removingReplicas: number[] = [];
  let hasReassignment = false;
  const eligibleLeaderReplicas: number[] = [];
  const lastKnownElr: number[] = [];
  let lastKnownLeader: number | undefined;
  let hasEligibility = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: leader = r.int32(); break;
      case 32: isr.push(r.int32()); break;
      case 34: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) isr.push(r.int32());
        break;
      }
      case 40: hasIsr = r.bool(); break;
      case 48: replicas.push(r.int32()); break;
      case 50: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) replicas.push(r.int32());
        break;
      }
      case 56: hasReplicas = r.bool(); break;
      case 66: directories.push(r.string()); break;
      case 72: hasDirectories = r.bool(); break;
      case 80: addingReplicas.push(r.int32()); break;
      case 82: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) addingReplicas.push(r.int32());
        break;
      }
      case 88: removingReplicas.push(r.int32()); break;
      case 90: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) removingReplicas.push(r.int32());
        break;
      }
      case 96: hasReassignment = r.bool(); break;
      case 104: eligibleLeaderReplicas.push(r.int32()); break;
      case 106: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) eligibleLeaderReplicas.push(r.int32());
        break;
      }
      case 112: lastKnownElr.push(r.int32()); break;
      case 114: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) lastKnownElr.push(r.int32());
        break;
      }
      case 120: lastKnownLeader = r.int32(); break;
      case 128: hasEligibility = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, leader, isr, hasIsr, replicas, hasReplicas, directories, hasDirectories, addingReplicas, removingReplicas, hasReassignment, eligibleLeaderReplicas, lastKnownElr, lastKnownLeader, hasEligibility };
});

/** One configuration value of a topic, a broker, a consumer group or the cluster. Since 0.1. */
export interface ConfigRecord {
  /** "topic" (resource = topic id), "broker" (node id), "group" (its name), "cluster" (empty), "balance" (what the controller is about by itself; no client sets it). Since 0.1. */
  readonly resourceType: string;
  /** Id of the topic, number of the broker, name of the group, or empty. Since 0.1. */
  readonly resource: string;
  /** Kafka's name of the setting; for the cluster, of the default that it sets. Since 0.1. */
  readonly key: string;
  /** The value as text. Absent: the key returns to its default. Since 0.1. */
  readonly value?: string | undefined;
}
export const ConfigRecord = messageCodec<ConfigRecord>('ottla.v1.ConfigRecord', (m, w) => {
  if (m.resourceType !== '') w.uint32(10).string(m.resourceType);
  if (m.resource !== '') w.uint32(18).string(m.resource);
  if (m.key !== '') w.uint32(26).string(m.key);
  if (m.value !== undefined) w.uint32(34).string(m.value);
  return w;
}, (r, end) => {
  let resourceType = '';
  let resource = '';
  let key = '';
  let value: string | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: resourceType = r.string(); break;
      case 18: resource = r.string(); break;
      case 26: key = r.string(); break;
      case 34: value = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { resourceType, resource, key, value };
});

/** Producer ids below next_producer_id are given out. Since 0.1. */
export interface ProducerIdsRecord {
  /** Number of the broker that got the block; 0 in a snapshot, which forgets it. Since 0.1. */
  readonly brokerId: number;
  /** Registration of that broker; 0 in a snapshot. Since 0.1. */
  readonly brokerEpoch: number;
  /** First id not given out yet: the end of the block (exclusive). Only ever rises. Since 0.1. */
  readonly nextProducerId: number;
}
export const ProducerIdsRecord = messageCodec<ProducerIdsRecord>('ottla.v1.ProducerIdsRecord', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  if (m.nextProducerId !== 0) w.uint32(24).int64(m.nextProducerId);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  let nextProducerId = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      case 24: nextProducerId = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch, nextProducerId };
});

/** A feature is at this level from here on. Since 0.1. */
export interface FeatureLevelRecord {
  /** The feature; metadata.version is the only one there is. Since 0.1. */
  readonly name: string;
  /** Its level from 1. A node that does not know it must not go on. Since 0.1. */
  readonly level: number;
}
export const FeatureLevelRecord = messageCodec<FeatureLevelRecord>('ottla.v1.FeatureLevelRecord', (m, w) => {
  if (m.name !== '') w.uint32(10).string(m.name);
  if (m.level !== 0) w.uint32(16).int32(m.level);
  return w;
}, (r, end) => {
  let name = '';
  let level = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: name = r.string(); break;
      case 16: level = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { name, level };
});

/** Changes nothing; keeps the commit index moving so that lag can be measured. Since 0.1. */
export type NoOpRecord = Record<never, never>;
export const NoOpRecord = messageCodec<NoOpRecord>('ottla.v1.NoOpRecord', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** The whole image, as a snapshot holds it. Since 0.1. */
export interface MetadataSnapshot {
  /** Index of the last entry contained (inclusive). Since 0.1. */
  readonly lastIndex: number;
  /** Term of that entry. Since 0.1. */
  readonly lastTerm: number;
  /** Records that rebuild the image from nothing, in order. Since 0.1. */
  readonly records: readonly MetadataRecord[];
  /** One a registered broker: its epoch and state, which records alone do not carry. Since 0.1. */
  readonly brokerStates: readonly BrokerState[];
}
export const MetadataSnapshot = messageCodec<MetadataSnapshot>('ottla.v1.MetadataSnapshot', (m, w) => {
  if (m.lastIndex !== 0) w.uint32(8).int64(m.lastIndex);
  if (m.lastTerm !== 0) w.uint32(16).int64(m.lastTerm);
  for (const v of m.records) w.uint32(26).fork(), MetadataRecord.write(v, w), w.ldelim();
  for (const v of m.brokerStates) w.uint32(34).fork(), BrokerState.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let lastIndex = 0;
  let lastTerm = 0;
  const records: MetadataRecord[] = [];
  const brokerStates: BrokerState[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: lastIndex = safe(r.int64()); break;
      case 16: lastTerm = safe(r.int64()); break;
      case 26: records.push(nested(MetadataRecord, r)); break;
      case 34: brokerStates.push(nested(BrokerState, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { lastIndex, lastTerm, records, brokerStates };
});

/** The state of a registered broker within a snapshot. Since 0.1. */
export interface BrokerState {
  /** Number of a broker that `records` register. Since 0.1. */
  readonly brokerId: number;
  /** Its registration: index of the entry that held it. Since 0.1. */
  readonly brokerEpoch: number;
  /** Whether it leads nothing and joins no in-sync set. Since 0.1. */
  readonly fenced: boolean;
  /** Whether it has begun its orderly shutdown. Since 0.1. */
  readonly inControlledShutdown: boolean;
}
export const BrokerState = messageCodec<BrokerState>('ottla.v1.BrokerState', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(16).int64(m.brokerEpoch);
  if (m.fenced !== false) w.uint32(24).bool(m.fenced);
  if (m.inControlledShutdown !== false) w.uint32(32).bool(m.inControlledShutdown);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let brokerEpoch = 0;
  let fenced = false;
  let inControlledShutdown = false;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 16: brokerEpoch = safe(r.int64()); break;
      case 24: fenced = r.bool(); break;
      case 32: inControlledShutdown = r.bool(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, brokerEpoch, fenced, inControlledShutdown };
});

/** Since 0.1. */
export type ReplicaSizesRequest = Record<never, never>;
export const ReplicaSizesRequest = messageCodec<ReplicaSizesRequest>('ottla.v1.ReplicaSizesRequest', (_m, w) => {
  return w;
}, (r, end) => {
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      default: r.skipType(t & 7);
    }
  }
  return {  };
});

/** Since 0.1. */
export interface ReplicaSizesResponse {
  /** One a topic that the broker has replicas of. Since 0.1. */
  readonly topics: readonly TopicSizes[];
}
export const ReplicaSizesResponse = messageCodec<ReplicaSizesResponse>('ottla.v1.ReplicaSizesResponse', (m, w) => {
  for (const v of m.topics) w.uint32(10).fork(), TopicSizes.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const topics: TopicSizes[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topics.push(nested(TopicSizes, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { topics };
});

/** Since 0.1. */
export interface TopicSizes {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Numbers of the partitions that the broker has. Since 0.1. */
  readonly partitions: readonly number[];
  /** Bytes of the log of each, in the order of `partitions`. Since 0.1. */
  readonly sizeBytes: readonly number[];
}
export const TopicSizes = messageCodec<TopicSizes>('ottla.v1.TopicSizes', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partitions.length > 0) {
    w.uint32(18).fork();
    for (const v of m.partitions) w.int32(v);
    w.ldelim();
  }
  if (m.sizeBytes.length > 0) {
    w.uint32(26).fork();
    for (const v of m.sizeBytes) w.int64(v);
    w.ldelim();
  }
  return w;
}, (r, end) => {
  let topicId = '';
  const partitions: number[] = [];
  const sizeBytes: number[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partitions.push(r.int32()); break;
      case 18: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) partitions.push(r.int32());
        break;
      }
      case 24: sizeBytes.push(safe(r.int64())); break;
      case 26: {
        const stop = Math.min(r.uint32() + r.pos, end);
        while (r.pos < stop) sizeBytes.push(safe(r.int64()));
        break;
      }
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partitions, sizeBytes };
});

/** Since 0.1. */
export interface LeaderEpochRequest {
  /** The topic. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition. Since 0.1. */
  readonly partition: number;
}
export const LeaderEpochRequest = messageCodec<LeaderEpochRequest>('ottla.v1.LeaderEpochRequest', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition };
});

/** Since 0.1. */
export interface LeaderEpochResponse {
  /** Of its newest registration there; -1 where it has no replica. Since 0.1. */
  readonly leaderEpoch: number;
}
export const LeaderEpochResponse = messageCodec<LeaderEpochResponse>('ottla.v1.LeaderEpochResponse', (m, w) => {
  if (m.leaderEpoch !== 0) w.uint32(8).int32(m.leaderEpoch);
  return w;
}, (r, end) => {
  let leaderEpoch = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: leaderEpoch = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { leaderEpoch };
});

/** Since 0.1. */
export interface PingRequest {
  /** The broker that is meant, so that a reused address is found out. Since 0.1. */
  readonly brokerId: number;
}
export const PingRequest = messageCodec<PingRequest>('ottla.v1.PingRequest', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  return w;
}, (r, end) => {
  let brokerId = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId };
});

/** Since 0.1. */
export interface PingResponse {
  /** Number of the broker that answers, maybe another than was meant. Since 0.1. */
  readonly brokerId: number;
  /** Identity of the run of its process; another one than registered: that run is dead. Since 0.1. */
  readonly incarnationId: string;
}
export const PingResponse = messageCodec<PingResponse>('ottla.v1.PingResponse', (m, w) => {
  if (m.brokerId !== 0) w.uint32(8).int32(m.brokerId);
  if (m.incarnationId !== '') w.uint32(18).string(m.incarnationId);
  return w;
}, (r, end) => {
  let brokerId = 0;
  let incarnationId = '';
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: brokerId = r.int32(); break;
      case 18: incarnationId = r.string(); break;
      default: r.skipType(t & 7);
    }
  }
  return { brokerId, incarnationId };
});

/** From follower to leader. Since 0.1. */
export type ReplicaUp =
  /** First on the stream, once: who asks whom. Since 0.1. */
  | { readonly kind: 'hello'; readonly value: ReplicaHello }
  /** Opens the next fetch. Since 0.1. */
  | { readonly kind: 'fetch'; readonly value: ReplicaFetch }
  /** What has become durable at the follower. Since 0.1. */
  | { readonly kind: 'progress'; readonly value: ReplicaProgress };
export const ReplicaUp = messageCodec<ReplicaUp>('ottla.v1.ReplicaUp', (m, w) => {
  switch (m.kind) {
    case 'hello': w.uint32(10).fork(), ReplicaHello.write(m.value, w), w.ldelim(); break;
    case 'fetch': w.uint32(18).fork(), ReplicaFetch.write(m.value, w), w.ldelim(); break;
    case 'progress': w.uint32(26).fork(), ReplicaProgress.write(m.value, w), w.ldelim(); break;
  }
  return w;
}, (r, end) => {
  let m: ReplicaUp | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: m = { kind: 'hello', value: nested(ReplicaHello, r) }; break;
      case 18: m = { kind: 'fetch', value: nested(ReplicaFetch, r) }; break;
      case 26: m = { kind: 'progress', value: nested(ReplicaProgress, r) }; break;
      default: r.skipType(t & 7);
    }
  }
  return m ?? missingCase('ReplicaUp');
});

/** First message of the stream. Since 0.1. */
export interface ReplicaHello {
  /** The follower's cluster; another ends the stream with INCONSISTENT_CLUSTER_ID. Since 0.1. */
  readonly clusterId: string;
  /** Number of the follower. Since 0.1. */
  readonly brokerId: number;
  /** The follower's registration; the leader grants in-sync membership to no other. Since 0.1. */
  readonly brokerEpoch: number;
  /** Number of the leader that is meant; another broker answers NOT_LEADER_OR_FOLLOWER. Since 0.1. */
  readonly leaderBrokerId: number;
  /** The stream for replicas far behind; a follower has one of each kind. Since 0.1. */
  readonly isCatchUp: boolean;
  /** Rises with every stream that this run of the follower opens: of one kind only the newest is listened to, in whatever order they arrive. Since 0.1. */
  readonly streamNumber: number;
}
export const ReplicaHello = messageCodec<ReplicaHello>('ottla.v1.ReplicaHello', (m, w) => {
  if (m.clusterId !== '') w.uint32(10).string(m.clusterId);
  if (m.brokerId !== 0) w.uint32(16).int32(m.brokerId);
  if (m.brokerEpoch !== 0) w.uint32(24).int64(m.brokerEpoch);
  if (m.leaderBrokerId !== 0) w.uint32(32).int32(m.leaderBrokerId);
  if (m.isCatchUp !== false) w.uint32(40).bool(m.isCatchUp);
  if (m.streamNumber !== 0) w.uint32(48).int64(m.streamNumber);
  return w;
}, (r, end) => {
  let clusterId = '';
  let brokerId = 0;
  let brokerEpoch = 0;
  let leaderBrokerId = 0;
  let isCatchUp = false;
  let streamNumber = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: clusterId = r.string(); break;
      case 16: brokerId = r.int32(); break;
      case 24: brokerEpoch = safe(r.int64()); break;
      case 32: leaderBrokerId = r.int32(); break;
      case 40: isCatchUp = r.bool(); break;
      case 48: streamNumber = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { clusterId, brokerId, brokerEpoch, leaderBrokerId, isCatchUp, streamNumber };
});

/** Opens the next fetch: changed partitions are named, the rest of the session stands. Since 0.1. */
export interface ReplicaFetch {
  /** How long the fetch may stay open when there is nothing to send, in milliseconds. Since 0.1. */
  readonly maxWaitMs: number;
  /** Bound on the body, 4 MiB at most. The first batch comes whole, whatever its size. Since 0.1. */
  readonly maxBytes: number;
  /** New ones, and those that stand elsewhere than last told; all others stay as they are. Since 0.1. */
  readonly partitions: readonly ReplicaFetchPartition[];
  /** Partitions to be followed no longer; taken before `partitions`. Since 0.1. */
  readonly removed: readonly PartitionRef[];
}
export const ReplicaFetch = messageCodec<ReplicaFetch>('ottla.v1.ReplicaFetch', (m, w) => {
  if (m.maxWaitMs !== 0) w.uint32(8).int32(m.maxWaitMs);
  if (m.maxBytes !== 0) w.uint32(16).int32(m.maxBytes);
  for (const v of m.partitions) w.uint32(26).fork(), ReplicaFetchPartition.write(v, w), w.ldelim();
  for (const v of m.removed) w.uint32(34).fork(), PartitionRef.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let maxWaitMs = 0;
  let maxBytes = 0;
  const partitions: ReplicaFetchPartition[] = [];
  const removed: PartitionRef[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: maxWaitMs = r.int32(); break;
      case 16: maxBytes = r.int32(); break;
      case 26: partitions.push(nested(ReplicaFetchPartition, r)); break;
      case 34: removed.push(nested(PartitionRef, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { maxWaitMs, maxBytes, partitions, removed };
});

/** Since 0.1. */
export interface ReplicaFetchPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch as the follower knows it; older: FENCED_LEADER_EPOCH, newer: UNKNOWN_LEADER_EPOCH. Since 0.1. */
  readonly currentLeaderEpoch: number;
  /** Next offset the follower needs: it has all below. Since 0.1. */
  readonly fetchOffset: number;
  /** Epoch of the follower's last batch, -1 for none; divergence is judged by it. Since 0.1. */
  readonly lastFetchedEpoch: number;
  /** End of what is on the follower's disk (exclusive). Since 0.1. */
  readonly flushedOffset: number;
  /** First offset that the follower still holds (inclusive). Since 0.1. */
  readonly logStartOffset: number;
}
export const ReplicaFetchPartition = messageCodec<ReplicaFetchPartition>('ottla.v1.ReplicaFetchPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.currentLeaderEpoch !== 0) w.uint32(24).int32(m.currentLeaderEpoch);
  if (m.fetchOffset !== 0) w.uint32(32).int64(m.fetchOffset);
  if (m.lastFetchedEpoch !== 0) w.uint32(40).int32(m.lastFetchedEpoch);
  if (m.flushedOffset !== 0) w.uint32(48).int64(m.flushedOffset);
  if (m.logStartOffset !== 0) w.uint32(56).int64(m.logStartOffset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let currentLeaderEpoch = 0;
  let fetchOffset = 0;
  let lastFetchedEpoch = 0;
  let flushedOffset = 0;
  let logStartOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: currentLeaderEpoch = r.int32(); break;
      case 32: fetchOffset = safe(r.int64()); break;
      case 40: lastFetchedEpoch = r.int32(); break;
      case 48: flushedOffset = safe(r.int64()); break;
      case 56: logStartOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, flushedOffset, logStartOffset };
});

/** What has become durable, sent as soon as it is, never behind a parked fetch. Since 0.1. */
export interface ReplicaProgress {
  /** Only partitions named in this stream, each with its newest position. Since 0.1. */
  readonly positions: readonly FlushedPosition[];
}
export const ReplicaProgress = messageCodec<ReplicaProgress>('ottla.v1.ReplicaProgress', (m, w) => {
  for (const v of m.positions) w.uint32(10).fork(), FlushedPosition.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  const positions: FlushedPosition[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: positions.push(nested(FlushedPosition, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { positions };
});

/** Since 0.1. */
export interface FlushedPosition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Epoch in which the follower follows; of another one the position does not count. Since 0.1. */
  readonly leaderEpoch: number;
  /** End of what is on the follower's disk (exclusive). Since 0.1. */
  readonly flushedOffset: number;
}
export const FlushedPosition = messageCodec<FlushedPosition>('ottla.v1.FlushedPosition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.leaderEpoch !== 0) w.uint32(24).int32(m.leaderEpoch);
  if (m.flushedOffset !== 0) w.uint32(32).int64(m.flushedOffset);
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let leaderEpoch = 0;
  let flushedOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: leaderEpoch = r.int32(); break;
      case 32: flushedOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, leaderEpoch, flushedOffset };
});

/** Since 0.1. */
export interface ReplicaDownHeader {
  /** True: this closes the open fetch. False: high watermarks on their own. Since 0.1. */
  readonly answersFetch: boolean;
  /** Of the whole stream, such as STALE_BROKER_EPOCH; the stream ends after it. 0: none. Since 0.1. */
  readonly errorCode: number;
  /** Only those with news, in the order of the body. Since 0.1. */
  readonly partitions: readonly ReplicaDownPartition[];
  /** Removed as the follower asked: no word of them on this stream counts from here on, in either direction, so that another stream may name them. Since 0.1. */
  readonly released: readonly PartitionRef[];
}
export const ReplicaDownHeader = messageCodec<ReplicaDownHeader>('ottla.v1.ReplicaDownHeader', (m, w) => {
  if (m.answersFetch !== false) w.uint32(8).bool(m.answersFetch);
  if (m.errorCode !== 0) w.uint32(16).int32(m.errorCode);
  for (const v of m.partitions) w.uint32(26).fork(), ReplicaDownPartition.write(v, w), w.ldelim();
  for (const v of m.released) w.uint32(34).fork(), PartitionRef.write(v, w), w.ldelim();
  return w;
}, (r, end) => {
  let answersFetch = false;
  let errorCode = 0;
  const partitions: ReplicaDownPartition[] = [];
  const released: PartitionRef[] = [];
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: answersFetch = r.bool(); break;
      case 16: errorCode = r.int32(); break;
      case 26: partitions.push(nested(ReplicaDownPartition, r)); break;
      case 34: released.push(nested(PartitionRef, r)); break;
      default: r.skipType(t & 7);
    }
  }
  return { answersFetch, errorCode, partitions, released };
});

/** Since 0.1. */
export interface ReplicaDownPartition {
  /** Id of the topic, 22 characters of base64url. Since 0.1. */
  readonly topicId: string;
  /** Number of the partition within its topic, from 0. Since 0.1. */
  readonly partition: number;
  /** Kafka error number; 0: none. After an error the follower names the partition anew. Since 0.1. */
  readonly errorCode: number;
  /** The leader's epoch; -1 when the partition is not known there. Since 0.1. */
  readonly leaderEpoch: number;
  /** End of what is committed (exclusive); -1 when the partition is not known. Since 0.1. */
  readonly highWatermark: number;
  /** First offset in the leader's log (inclusive); -1 when the partition is not known. Since 0.1. */
  readonly logStartOffset: number;
  /** End of the leader's log (exclusive); -1 when the partition is not known. Since 0.1. */
  readonly logEndOffset: number;
  /** Bytes of this partition in the body; 0: news only. Since 0.1. */
  readonly lengthBytes: number;
  /** Set when the follower's log has left the leader's: cut to this and ask again. Since 0.1. */
  readonly diverging?: DivergingEpoch | undefined;
}
export const ReplicaDownPartition = messageCodec<ReplicaDownPartition>('ottla.v1.ReplicaDownPartition', (m, w) => {
  if (m.topicId !== '') w.uint32(10).string(m.topicId);
  if (m.partition !== 0) w.uint32(16).int32(m.partition);
  if (m.errorCode !== 0) w.uint32(24).int32(m.errorCode);
  if (m.leaderEpoch !== 0) w.uint32(32).int32(m.leaderEpoch);
  if (m.highWatermark !== 0) w.uint32(40).int64(m.highWatermark);
  if (m.logStartOffset !== 0) w.uint32(48).int64(m.logStartOffset);
  if (m.logEndOffset !== 0) w.uint32(56).int64(m.logEndOffset);
  if (m.lengthBytes !== 0) w.uint32(64).int32(m.lengthBytes);
  if (m.diverging !== undefined) w.uint32(74).fork(), DivergingEpoch.write(m.diverging, w), w.ldelim();
  return w;
}, (r, end) => {
  let topicId = '';
  let partition = 0;
  let errorCode = 0;
  let leaderEpoch = 0;
  let highWatermark = 0;
  let logStartOffset = 0;
  let logEndOffset = 0;
  let lengthBytes = 0;
  let diverging: DivergingEpoch | undefined;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 10: topicId = r.string(); break;
      case 16: partition = r.int32(); break;
      case 24: errorCode = r.int32(); break;
      case 32: leaderEpoch = r.int32(); break;
      case 40: highWatermark = safe(r.int64()); break;
      case 48: logStartOffset = safe(r.int64()); break;
      case 56: logEndOffset = safe(r.int64()); break;
      case 64: lengthBytes = r.int32(); break;
      case 74: diverging = nested(DivergingEpoch, r); break;
      default: r.skipType(t & 7);
    }
  }
  return { topicId, partition, errorCode, leaderEpoch, highWatermark, logStartOffset, logEndOffset, lengthBytes, diverging };
});

/** The leader's largest epoch not above the follower's, and where it ends (exclusive). Since 0.1. */
export interface DivergingEpoch {
  /** Largest epoch in the leader's log not above the follower's last, which it repeats where all are. Since 0.1. */
  readonly leaderEpoch: number;
  /** Where that epoch ends in the leader's log (exclusive). Since 0.1. */
  readonly endOffset: number;
}
export const DivergingEpoch = messageCodec<DivergingEpoch>('ottla.v1.DivergingEpoch', (m, w) => {
  if (m.leaderEpoch !== 0) w.uint32(8).int32(m.leaderEpoch);
  if (m.endOffset !== 0) w.uint32(16).int64(m.endOffset);
  return w;
}, (r, end) => {
  let leaderEpoch = 0;
  let endOffset = 0;
  while (r.pos < end) {
    const t = r.uint32();
    switch (t) {
      case 8: leaderEpoch = r.int32(); break;
      case 16: endOffset = safe(r.int64()); break;
      default: r.skipType(t & 7);
    }
  }
  return { leaderEpoch, endOffset };
});

/** An encoded header, then the raw batches it describes. Since 0.1. `header`: Says what each part of the body is for; its lengths add up to the body. Since 0.1. `body`: One record batch a partition, in the header's order. Since 0.1. */
export type ProduceFrame = Frame<ProduceHeader>;
export const ProduceFrame = frameCodec('ottla.v1.ProduceFrame', ProduceHeader);

/** An encoded header, then the raw batches it describes. Since 0.1. `header`: Which partitions the parts of the body are of. Since 0.1. `body`: Whole batches; the first may begin before the offset asked for. Since 0.1. */
export type FetchFrame = Frame<FetchHeader>;
export const FetchFrame = frameCodec('ottla.v1.FetchFrame', FetchHeader);

/** From leader to follower: an encoded header, then the raw batches it describes. Since 0.1. `header`: Which partitions the parts of the body are of, and their news. Since 0.1. `body`: Whole record batches, partition after partition, `length_bytes` each. Since 0.1. */
export type ReplicaDown = Frame<ReplicaDownHeader>;
export const ReplicaDown = frameCodec('ottla.v1.ReplicaDown', ReplicaDownHeader);

/** The door for clients (SDK and command line), on the client listener of every broker. Any broker takes any administrative request and passes it to the active controller. Error codes are Kafka's numbers; 0 is success. */
export const ClientService = {
  produce: {
    kind: 'stream',
    service: 'ottla.v1.ClientService',
    name: 'Produce',
    up: ProduceFrame,
    down: ProduceReply,
  } as StreamMethod<ProduceFrame, ProduceReply>,
  fetch: {
    kind: 'stream',
    service: 'ottla.v1.ClientService',
    name: 'Fetch',
    up: FetchRequest,
    down: FetchFrame,
  } as StreamMethod<FetchRequest, FetchFrame>,
  metadata: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'Metadata',
    request: MetadataRequest,
    response: MetadataResponse,
  } as UnaryMethod<MetadataRequest, MetadataResponse>,
  listOffsets: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'ListOffsets',
    request: ListOffsetsRequest,
    response: ListOffsetsResponse,
  } as UnaryMethod<ListOffsetsRequest, ListOffsetsResponse>,
  backlog: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'Backlog',
    request: BacklogRequest,
    response: BacklogResponse,
  } as UnaryMethod<BacklogRequest, BacklogResponse>,
  offsetForLeaderEpoch: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'OffsetForLeaderEpoch',
    request: OffsetForLeaderEpochRequest,
    response: OffsetForLeaderEpochResponse,
  } as UnaryMethod<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>,
  initProducerId: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'InitProducerId',
    request: InitProducerIdRequest,
    response: InitProducerIdResponse,
  } as UnaryMethod<InitProducerIdRequest, InitProducerIdResponse>,
  createTopics: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'CreateTopics',
    request: CreateTopicsRequest,
    response: CreateTopicsResponse,
  } as UnaryMethod<CreateTopicsRequest, CreateTopicsResponse>,
  deleteTopics: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DeleteTopics',
    request: DeleteTopicsRequest,
    response: DeleteTopicsResponse,
  } as UnaryMethod<DeleteTopicsRequest, DeleteTopicsResponse>,
  createPartitions: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'CreatePartitions',
    request: CreatePartitionsRequest,
    response: CreatePartitionsResponse,
  } as UnaryMethod<CreatePartitionsRequest, CreatePartitionsResponse>,
  deleteRecords: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DeleteRecords',
    request: DeleteRecordsRequest,
    response: DeleteRecordsResponse,
  } as UnaryMethod<DeleteRecordsRequest, DeleteRecordsResponse>,
  listDelayed: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'ListDelayed',
    request: ListDelayedRequest,
    response: ListDelayedResponse,
  } as UnaryMethod<ListDelayedRequest, ListDelayedResponse>,
  getDelayed: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'GetDelayed',
    request: GetDelayedRequest,
    response: GetDelayedResponse,
  } as UnaryMethod<GetDelayedRequest, GetDelayedResponse>,
  cancelDelayed: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'CancelDelayed',
    request: CancelDelayedRequest,
    response: ChangeDelayedResponse,
  } as UnaryMethod<CancelDelayedRequest, ChangeDelayedResponse>,
  rescheduleDelayed: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'RescheduleDelayed',
    request: RescheduleDelayedRequest,
    response: ChangeDelayedResponse,
  } as UnaryMethod<RescheduleDelayedRequest, ChangeDelayedResponse>,
  alterConfigs: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'AlterConfigs',
    request: AlterConfigsRequest,
    response: AlterConfigsResponse,
  } as UnaryMethod<AlterConfigsRequest, AlterConfigsResponse>,
  describeConfigs: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DescribeConfigs',
    request: DescribeConfigsRequest,
    response: DescribeConfigsResponse,
  } as UnaryMethod<DescribeConfigsRequest, DescribeConfigsResponse>,
  electLeaders: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'ElectLeaders',
    request: ElectLeadersRequest,
    response: ElectLeadersResponse,
  } as UnaryMethod<ElectLeadersRequest, ElectLeadersResponse>,
  describeRecovery: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DescribeRecovery',
    request: DescribeRecoveryRequest,
    response: DescribeRecoveryResponse,
  } as UnaryMethod<DescribeRecoveryRequest, DescribeRecoveryResponse>,
  alterReassignments: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'AlterReassignments',
    request: AlterReassignmentsRequest,
    response: AlterReassignmentsResponse,
  } as UnaryMethod<AlterReassignmentsRequest, AlterReassignmentsResponse>,
  listReassignments: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'ListReassignments',
    request: ListReassignmentsRequest,
    response: ListReassignmentsResponse,
  } as UnaryMethod<ListReassignmentsRequest, ListReassignmentsResponse>,
  unregisterBroker: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'UnregisterBroker',
    request: UnregisterBrokerRequest,
    response: UnregisterBrokerResponse,
  } as UnaryMethod<UnregisterBrokerRequest, UnregisterBrokerResponse>,
  describeBalance: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DescribeBalance',
    request: DescribeBalanceRequest,
    response: DescribeBalanceResponse,
  } as UnaryMethod<DescribeBalanceRequest, DescribeBalanceResponse>,
  alterBalance: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'AlterBalance',
    request: AlterBalanceRequest,
    response: AlterBalanceResponse,
  } as UnaryMethod<AlterBalanceRequest, AlterBalanceResponse>,
  describeVersions: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DescribeVersions',
    request: DescribeVersionsRequest,
    response: DescribeVersionsResponse,
  } as UnaryMethod<DescribeVersionsRequest, DescribeVersionsResponse>,
  raiseVersion: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'RaiseVersion',
    request: RaiseVersionRequest,
    response: RaiseVersionResponse,
  } as UnaryMethod<RaiseVersionRequest, RaiseVersionResponse>,
  describeCluster: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'DescribeCluster',
    request: DescribeClusterRequest,
    response: DescribeClusterResponse,
  } as UnaryMethod<DescribeClusterRequest, DescribeClusterResponse>,
  alterQuorum: {
    kind: 'unary',
    service: 'ottla.v1.ClientService',
    name: 'AlterQuorum',
    request: AlterQuorumRequest,
    response: AlterQuorumResponse,
  } as UnaryMethod<AlterQuorumRequest, AlterQuorumResponse>,
} as const;

/** What brokers ask of the active controller. Served on the peer listener of every controller; one that is not active answers NOT_CONTROLLER. Error codes are Kafka's numbers; 0 is success. */
export const ControllerService = {
  registerBroker: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'RegisterBroker',
    request: RegisterBrokerRequest,
    response: RegisterBrokerResponse,
  } as UnaryMethod<RegisterBrokerRequest, RegisterBrokerResponse>,
  brokerSession: {
    kind: 'stream',
    service: 'ottla.v1.ControllerService',
    name: 'BrokerSession',
    up: BrokerHeartbeat,
    down: BrokerHeartbeatReply,
  } as StreamMethod<BrokerHeartbeat, BrokerHeartbeatReply>,
  alterPartition: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AlterPartition',
    request: AlterPartitionRequest,
    response: AlterPartitionResponse,
  } as UnaryMethod<AlterPartitionRequest, AlterPartitionResponse>,
  allocateProducerIds: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AllocateProducerIds',
    request: AllocateProducerIdsRequest,
    response: AllocateProducerIdsResponse,
  } as UnaryMethod<AllocateProducerIdsRequest, AllocateProducerIdsResponse>,
  createTopics: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'CreateTopics',
    request: CreateTopicsRequest,
    response: CreateTopicsResponse,
  } as UnaryMethod<CreateTopicsRequest, CreateTopicsResponse>,
  deleteTopics: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'DeleteTopics',
    request: DeleteTopicsRequest,
    response: DeleteTopicsResponse,
  } as UnaryMethod<DeleteTopicsRequest, DeleteTopicsResponse>,
  createPartitions: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'CreatePartitions',
    request: CreatePartitionsRequest,
    response: CreatePartitionsResponse,
  } as UnaryMethod<CreatePartitionsRequest, CreatePartitionsResponse>,
  alterConfigs: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AlterConfigs',
    request: AlterConfigsRequest,
    response: AlterConfigsResponse,
  } as UnaryMethod<AlterConfigsRequest, AlterConfigsResponse>,
  electLeaders: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'ElectLeaders',
    request: ElectLeadersRequest,
    response: ElectLeadersResponse,
  } as UnaryMethod<ElectLeadersRequest, ElectLeadersResponse>,
  alterReassignments: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AlterReassignments',
    request: AlterReassignmentsRequest,
    response: AlterReassignmentsResponse,
  } as UnaryMethod<AlterReassignmentsRequest, AlterReassignmentsResponse>,
  listReassignments: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'ListReassignments',
    request: ListReassignmentsRequest,
    response: ListReassignmentsResponse,
  } as UnaryMethod<ListReassignmentsRequest, ListReassignmentsResponse>,
  describeBalance: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'DescribeBalance',
    request: DescribeBalanceRequest,
    response: DescribeBalanceResponse,
  } as UnaryMethod<DescribeBalanceRequest, DescribeBalanceResponse>,
  unregisterBroker: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'UnregisterBroker',
    request: UnregisterBrokerRequest,
    response: UnregisterBrokerResponse,
  } as UnaryMethod<UnregisterBrokerRequest, UnregisterBrokerResponse>,
  alterBalance: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AlterBalance',
    request: AlterBalanceRequest,
    response: AlterBalanceResponse,
  } as UnaryMethod<AlterBalanceRequest, AlterBalanceResponse>,
  describeVersions: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'DescribeVersions',
    request: DescribeVersionsRequest,
    response: DescribeVersionsResponse,
  } as UnaryMethod<DescribeVersionsRequest, DescribeVersionsResponse>,
  raiseVersion: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'RaiseVersion',
    request: RaiseVersionRequest,
    response: RaiseVersionResponse,
  } as UnaryMethod<RaiseVersionRequest, RaiseVersionResponse>,
  describeRecovery: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'DescribeRecovery',
    request: DescribeRecoveryRequest,
    response: DescribeRecoveryResponse,
  } as UnaryMethod<DescribeRecoveryRequest, DescribeRecoveryResponse>,
  describeQuorum: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'DescribeQuorum',
    request: DescribeQuorumRequest,
    response: DescribeQuorumResponse,
  } as UnaryMethod<DescribeQuorumRequest, DescribeQuorumResponse>,
  alterQuorum: {
    kind: 'unary',
    service: 'ottla.v1.ControllerService',
    name: 'AlterQuorum',
    request: AlterQuorumRequest,
    response: AlterQuorumResponse,
  } as UnaryMethod<AlterQuorumRequest, AlterQuorumResponse>,
} as const;

/** Between members of the metadata quorum, and from its observers (brokers), on the peer listener. */
export const RaftService = {
  exchange: {
    kind: 'stream',
    service: 'ottla.v1.RaftService',
    name: 'Exchange',
    up: RaftEnvelope,
    down: RaftEnvelope,
  } as StreamMethod<RaftEnvelope, RaftEnvelope>,
} as const;

/** Consumer groups, on the client listener of every broker. What a group asks goes to its coordinator: the broker that leads the group's partition of __consumer_offsets. Any other answers NOT_COORDINATOR: ask any broker for the coordinator, and go there. Error codes are Kafka's numbers; 0 is success. Members of this service and of Kafka's wire exchange the same bytes. */
export const GroupService = {
  findGroupCoordinator: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'FindGroupCoordinator',
    request: FindGroupCoordinatorRequest,
    response: FindGroupCoordinatorResponse,
  } as UnaryMethod<FindGroupCoordinatorRequest, FindGroupCoordinatorResponse>,
  joinGroup: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'JoinGroup',
    request: JoinGroupRequest,
    response: JoinGroupResponse,
  } as UnaryMethod<JoinGroupRequest, JoinGroupResponse>,
  syncGroup: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'SyncGroup',
    request: SyncGroupRequest,
    response: SyncGroupResponse,
  } as UnaryMethod<SyncGroupRequest, SyncGroupResponse>,
  groupHeartbeat: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'GroupHeartbeat',
    request: GroupHeartbeatRequest,
    response: GroupHeartbeatResponse,
  } as UnaryMethod<GroupHeartbeatRequest, GroupHeartbeatResponse>,
  leaveGroup: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'LeaveGroup',
    request: LeaveGroupRequest,
    response: LeaveGroupResponse,
  } as UnaryMethod<LeaveGroupRequest, LeaveGroupResponse>,
  commitOffsets: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'CommitOffsets',
    request: CommitOffsetsRequest,
    response: CommitOffsetsResponse,
  } as UnaryMethod<CommitOffsetsRequest, CommitOffsetsResponse>,
  fetchCommitted: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'FetchCommitted',
    request: FetchCommittedRequest,
    response: FetchCommittedResponse,
  } as UnaryMethod<FetchCommittedRequest, FetchCommittedResponse>,
  listGroups: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'ListGroups',
    request: ListGroupsRequest,
    response: ListGroupsResponse,
  } as UnaryMethod<ListGroupsRequest, ListGroupsResponse>,
  describeGroup: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'DescribeGroup',
    request: DescribeGroupRequest,
    response: DescribeGroupResponse,
  } as UnaryMethod<DescribeGroupRequest, DescribeGroupResponse>,
  deleteGroup: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'DeleteGroup',
    request: DeleteGroupRequest,
    response: DeleteGroupResponse,
  } as UnaryMethod<DeleteGroupRequest, DeleteGroupResponse>,
  deleteCommitted: {
    kind: 'unary',
    service: 'ottla.v1.GroupService',
    name: 'DeleteCommitted',
    request: DeleteCommittedRequest,
    response: DeleteCommittedResponse,
  } as UnaryMethod<DeleteCommittedRequest, DeleteCommittedResponse>,
} as const;

/** Between brokers, on the peer listener: replication by pull. */
export const ReplicaService = {
  replicate: {
    kind: 'stream',
    service: 'ottla.v1.ReplicaService',
    name: 'Replicate',
    up: ReplicaUp,
    down: ReplicaDown,
  } as StreamMethod<ReplicaUp, ReplicaDown>,
  ping: {
    kind: 'unary',
    service: 'ottla.v1.ReplicaService',
    name: 'Ping',
    request: PingRequest,
    response: PingResponse,
  } as UnaryMethod<PingRequest, PingResponse>,
  leaderEpoch: {
    kind: 'unary',
    service: 'ottla.v1.ReplicaService',
    name: 'LeaderEpoch',
    request: LeaderEpochRequest,
    response: LeaderEpochResponse,
  } as UnaryMethod<LeaderEpochRequest, LeaderEpochResponse>,
  replicaSizes: {
    kind: 'unary',
    service: 'ottla.v1.ReplicaService',
    name: 'ReplicaSizes',
    request: ReplicaSizesRequest,
    response: ReplicaSizesResponse,
  } as UnaryMethod<ReplicaSizesRequest, ReplicaSizesResponse>,
  replicaEnds: {
    kind: 'unary',
    service: 'ottla.v1.ReplicaService',
    name: 'ReplicaEnds',
    request: ReplicaEndsRequest,
    response: ReplicaEndsResponse,
  } as UnaryMethod<ReplicaEndsRequest, ReplicaEndsResponse>,
  backlog: {
    kind: 'unary',
    service: 'ottla.v1.ReplicaService',
    name: 'Backlog',
    request: BacklogRequest,
    response: BacklogResponse,
  } as UnaryMethod<BacklogRequest, BacklogResponse>,
} as const;

