import { readInt16At } from '../../base/bytes/big-endian.ts';
import type { NodeId, Offset, TopicId } from '../../base/ids.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
import { leaderHint } from '../../broker/client/context.ts';
import type { PollResult } from '../../broker/client/long-poll.ts';
import { LongPoll } from '../../broker/client/long-poll.ts';
import { ATTRIBUTES_AT, codecOf, splitBatches } from '../../record/batch-header.ts';
import type { KafkaHandler, KafkaRequest } from '../handler.ts';
import { serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import { NO_UUID } from '../wire/codec.ts';
import type { FetchRequest, FetchResponse } from '../wire/messages/fetch.ts';
import type { KafkaContext } from './context.ts';
import { codeByName, refuseFollower, topicIdNamed, wireCode } from './context.ts';
import { endpointsOf } from './endpoints.ts';
import type { FetchTarget, OpenedFetch } from './fetch-sessions.ts';
import { FetchSessions, rotate, sessionErrorNumber } from './fetch-sessions.ts';

/** Never more in one answer, whatever a client allows; its first batch comes whole all the same. */
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;
const ZSTD = 4;
const ZSTD_SINCE = 10;
const STORAGE_ERROR_SINCE = 6;
const READ_COMMITTED = 1;
const NO_BYTES = new Uint8Array(0);

/**
 * Fetch, 4 to 16: whole batches up to the high watermark, from the one that holds the offset asked
 * for; the first one found comes whole, whatever its size (KIP-74). Waits until there are
 * `minBytes`, or an error. Incremental sessions; topics by name, from version 13 by id. There are
 * no transactions: what is committed is stable. Followers are refused.
 */
export const fetchHandler = (context: KafkaContext): KafkaHandler => {
  const sessions = new FetchSessions(context.random.fork('fetch-sessions'));
  return serve(
    APIS.fetch,
    (request) => {
      const { body, apiVersion } = request;
      refuseFollower(Math.max(body.replicaId, body.replicaState.replicaId));
      const opened = sessions.open(body, apiVersion);
      if (opened.kind === 'refused') {
        return { errorCode: sessionErrorNumber(opened.code), responses: [] };
      }
      return new Promise((resolve) => {
        poll(context, { request, opened }, (reads) => {
          request.onSent(() => {
            for (const { result } of reads) result?.loan?.giveBack();
          });
          resolve(new FetchAnswer(context, request, opened).build(reads));
        });
      });
    },
    { isMeasuredApart: true },
  );
};

type Opened = Exclude<OpenedFetch, { readonly kind: 'refused' }>;
type Told = FetchResponse['responses'][number]['partitions'][number];

/** A target with what was read of it. */
interface Read {
  readonly target: FetchTarget;
  readonly topicId: TopicId;
  /** Undefined: the topic is not known, or the client's log has left ours. */
  readonly result: PollResult | undefined;
  readonly diverging?: { readonly epoch: number; readonly endOffset: Offset };
}

const poll = (
  context: KafkaContext,
  { request, opened }: { readonly request: KafkaRequest<FetchRequest>; readonly opened: Opened },
  onDone: (results: readonly Read[]) => void,
): void => {
  const { maxWaitMs, minBytes, maxBytes } = request.body;
  const reads = opened.targets.map((target): Read => {
    const topicId = idOf(context, target);
    return { target, topicId, result: undefined, ...divergence(context, topicId, target) };
  });
  const readable = reads.filter(
    ({ topicId, diverging }) => topicId !== '' && diverging === undefined,
  );
  const isWaiting = readable.length === reads.length;
  const longPoll = new LongPoll(
    context.broker,
    {
      maxWaitMs: isWaiting ? maxWaitMs : 0,
      minBytes,
      maxBytes: Math.min(maxBytes, RESPONSE_BYTES_MAX),
      partitions: readable.map(({ target, topicId }) => ({ ...target, topicId })),
    },
    (results) => {
      const byRead = new Map(readable.map((read, at) => [read, results[at]]));
      onDone(reads.map((read) => ({ ...read, result: byRead.get(read) })));
    },
  );
  request.onGone(() => longPoll.abandon());
  longPoll.start();
};

const idOf = (context: KafkaContext, { topic, isById }: FetchTarget): TopicId => {
  if (!isById) return topicIdNamed(context, topic);
  return context.broker.metadata.image.topics.has(topic) ? topic : '';
};

/** Where the log of the client's last epoch ends here, if it has read beyond that (KIP-320). */
const divergence = (
  context: KafkaContext,
  topicId: TopicId,
  { partition, lastFetchedEpoch, fetchOffset }: FetchTarget,
): Pick<Read, 'diverging'> => {
  if (lastFetchedEpoch === NONE) return {};
  const found = context.broker.partitionAt(partitionKey(topicId, partition));
  if (found?.isLeader !== true) return {};
  const { leaderEpoch, endOffset } = found.log.endOffsetForEpoch(lastFetchedEpoch);
  if (leaderEpoch === lastFetchedEpoch && endOffset >= fetchOffset) return {};
  return { diverging: { epoch: leaderEpoch, endOffset } };
};

/** Puts one answer together. */
class FetchAnswer {
  readonly #context: KafkaContext;
  readonly #request: KafkaRequest<FetchRequest>;
  readonly #opened: Opened;
  readonly #leaders = new Set<NodeId>();

  constructor(context: KafkaContext, request: KafkaRequest<FetchRequest>, opened: Opened) {
    this.#context = context;
    this.#request = request;
    this.#opened = opened;
  }

  build(reads: readonly Read[]): FetchResponse {
    const isIncremental = this.#opened.kind === 'incremental';
    const topics = new Map<string, Told[]>();
    const served: FetchTarget[] = [];
    for (const read of reads) {
      const told = this.#tell(read);
      if (isIncremental && !isNews(read.target, told)) continue;
      read.target.toldHighWatermark = told.highWatermark;
      read.target.toldLogStart = told.logStartOffset ?? NONE;
      if (told.records?.length !== 0) served.push(read.target);
      const partitions = topics.get(read.target.topic) ?? [];
      partitions.push(told);
      topics.set(read.target.topic, partitions);
    }
    const { session } = this.#opened;
    if (session !== undefined) rotate(session, served);
    const isById = reads[0]?.target.isById ?? false;
    return {
      sessionId: session?.sessionId ?? 0,
      responses: [...topics].map(([topic, partitions]) => ({
        topic: isById ? '' : topic,
        topicId: isById ? topic : NO_UUID,
        partitions,
      })),
      nodeEndpoints: endpointsOf(this.#context.broker.metadata.image, this.#leaders),
    };
  }

  #tell(read: Read): Told {
    const { result, target, diverging } = read;
    if (diverging !== undefined) return { ...this.#failed(read, 0), divergingEpoch: diverging };
    if (result === undefined) {
      const code = target.isById ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
      return this.#failed(read, wireCode(code));
    }
    if (result.code !== 'NONE') return this.#failed(read, this.#codeOf(read, result));
    if (this.#isUnreadable(result)) {
      return this.#failed(read, wireCode('UNSUPPORTED_COMPRESSION_TYPE'));
    }
    const { highWatermark, logStartOffset, parts } = result;
    return {
      partitionIndex: target.partition,
      errorCode: 0,
      highWatermark,
      lastStableOffset: highWatermark,
      logStartOffset,
      abortedTransactions: this.#request.body.isolationLevel === READ_COMMITTED ? [] : null,
      records: parts.length === 0 ? NO_BYTES : parts,
    };
  }

  #failed({ target, topicId, result }: Read, errorCode: number): Told {
    const at = { topicId, partition: target.partition, code: result?.code ?? 'NONE' };
    const hint = leaderHint(this.#context.broker, at).leaderHint;
    if (hint !== undefined) this.#leaders.add(hint.leaderId);
    return {
      partitionIndex: target.partition,
      errorCode,
      highWatermark: NONE,
      lastStableOffset: NONE,
      logStartOffset: NONE,
      records: NO_BYTES,
      ...(hint === undefined ? {} : { currentLeader: hint }),
    };
  }

  #codeOf({ target }: Read, { code }: PollResult): number {
    const number = wireCode(target.isById ? code : codeByName(code));
    const isTooNew = this.#request.apiVersion < STORAGE_ERROR_SINCE;
    return number === wireCode('STORAGE_ERROR') && isTooNew
      ? wireCode('NOT_LEADER_OR_FOLLOWER')
      : number;
  }

  /** Old clients would fail at the codec without a word of what it is. */
  #isUnreadable({ parts }: PollResult): boolean {
    if (this.#request.apiVersion >= ZSTD_SINCE) return false;
    return parts.some((part) =>
      [...splitBatches(part)].some(
        ({ position }) => codecOf(readInt16At(part, position + ATTRIBUTES_AT)) === ZSTD,
      ),
    );
  }
}

const isNews = (target: FetchTarget, told: Told): boolean =>
  told.errorCode !== 0 ||
  told.divergingEpoch !== undefined ||
  told.records?.length !== 0 ||
  told.highWatermark !== target.toldHighWatermark ||
  told.logStartOffset !== target.toldLogStart;
