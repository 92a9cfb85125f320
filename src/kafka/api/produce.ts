import { must } from '../../base/assert.ts';
import { readInt16At } from '../../base/bytes/big-endian.ts';
import type { ErrorCode } from '../../base/errors.ts';
import { OttlaError } from '../../base/errors.ts';
import type { NodeId } from '../../base/ids.ts';
import { appendBatch } from '../../broker/client/append-batch.ts';
import { leaderHint } from '../../broker/client/context.ts';
import type { ProduceOutcome } from '../../broker/replication/produce-outcome.ts';
import { failedProduce } from '../../broker/replication/produce-outcome.ts';
import {
  ATTRIBUTES_AT,
  codecOf,
  HEADER_BYTES,
  isTransactional,
} from '../../record/batch-header.ts';
import type { Answer, KafkaHandler, KafkaRequest } from '../handler.ts';
import { NO_ANSWER, serve } from '../handler.ts';
import { APIS } from '../wire/apis.ts';
import type { ProduceRequest, ProduceResponse } from '../wire/messages/produce.ts';
import type { KafkaContext } from './context.ts';
import { codeByName, topicIdNamed, wireCode } from './context.ts';
import { endpointsOf } from './endpoints.ts';

const ZSTD = 4;
/** Clients of earlier versions do not know the codec. */
const ZSTD_SINCE = 7;
const STORAGE_ERROR_SINCE = 4;

/**
 * Produce, 3 to 11: one batch of format 2 a partition, each taken or refused on its own. Requests
 * of one connection are appended in the order of arrival, while earlier ones wait for replicas.
 * With acks 0 nothing is answered, and what fails ends the connection: the client has no other way
 * to learn of it. Transactions are refused.
 */
export const produceHandler = (context: KafkaContext): KafkaHandler =>
  serve(APIS.produce, (request) => produce(context, request), { overlaps: true });

type Produced = ProduceResponse['responses'][number];
type ProducedPartition = Produced['partitionResponses'][number];

const produce = (
  context: KafkaContext,
  request: KafkaRequest<ProduceRequest>,
): Answer<ProduceResponse> | Promise<Answer<ProduceResponse>> => {
  const { topicData, acks, timeoutMs } = request.body;
  const outcomes = topicData.map(() => [] as ProduceOutcome[]);
  let missing = topicData.reduce((sum, { partitionData }) => sum + partitionData.length, 0);
  let onAll: () => void = () => {};
  topicData.forEach(({ name, partitionData }, at) => {
    const topicId = topicIdNamed(context, name);
    const ofTopic = must(outcomes[at], 'each topic has its outcomes');
    partitionData.forEach(({ index: partition, records }, nth) => {
      const batch = records ?? new Uint8Array(0);
      const onDone = (outcome: ProduceOutcome): void => {
        ofTopic[nth] = outcome;
        missing -= 1;
        if (missing === 0) onAll();
      };
      const refusal = refusalOf(batch, request);
      if (refusal !== undefined) onDone(failedProduce(refusal));
      else appendBatch(context.broker, { topicId, partition, batch, acks, timeoutMs }, onDone);
    });
  });
  const answer = (): Answer<ProduceResponse> =>
    acks === 0 ? requireAll(outcomes) : answerOf(context, request, outcomes);
  if (missing === 0) return answer();
  // Refusals are thrown to whoever asked: one out of `onAll` would end in the broker's callback.
  return new Promise<void>((resolve) => {
    onAll = resolve;
  }).then(answer);
};

/** What only this door must look at. */
const refusalOf = (
  batch: Uint8Array,
  { apiVersion, body: { transactionalId } }: KafkaRequest<ProduceRequest>,
): OttlaError | undefined => {
  const attributes = batch.length < HEADER_BYTES ? 0 : readInt16At(batch, ATTRIBUTES_AT);
  if (transactionalId !== null || isTransactional(attributes)) {
    return new OttlaError(
      'INVALID_REQUEST',
      'transactions are not served: leave out transactional.id',
    );
  }
  if (codecOf(attributes) !== ZSTD || apiVersion >= ZSTD_SINCE) return undefined;
  return new OttlaError('UNSUPPORTED_COMPRESSION_TYPE', 'zstd needs Produce 7 or newer');
};

const requireAll = (outcomes: readonly ProduceOutcome[][]): typeof NO_ANSWER => {
  const failed = outcomes.flat().find(({ code }) => code !== 'NONE');
  if (failed === undefined) return NO_ANSWER;
  const reason = failed.message ?? failed.code;
  throw new OttlaError(failed.code, `a batch sent with acks=0 was not taken: ${reason}`);
};

const answerOf = (
  context: KafkaContext,
  { apiVersion, body }: KafkaRequest<ProduceRequest>,
  outcomes: readonly (readonly ProduceOutcome[])[],
): ProduceResponse => {
  const leaders = new Set<NodeId>();
  const responses = body.topicData.map(({ name, partitionData }, at): Produced => {
    const topicId = topicIdNamed(context, name);
    const partitionResponses = partitionData.map(({ index }, nth): ProducedPartition => {
      const outcome = outcomes[at]?.[nth] ?? failedProduce('UNKNOWN_SERVER_ERROR');
      const { code, baseOffset, logAppendTimeMs, logStartOffset } = outcome;
      const taken = { index, errorCode: 0, baseOffset, logAppendTimeMs, logStartOffset };
      if (code === 'NONE') return taken;
      const hint = leaderHint(context.broker, { topicId, partition: index, code }).leaderHint;
      if (hint !== undefined) leaders.add(hint.leaderId);
      return {
        ...taken,
        errorCode: codeFor(apiVersion, code),
        recordErrors: recordErrorsOf(outcome),
        errorMessage: outcome.message ?? null,
        currentLeader: hint,
      };
    });
    return { name, partitionResponses };
  });
  const nodeEndpoints = endpointsOf(context.broker.metadata.image, leaders);
  return { responses, nodeEndpoints };
};

const recordErrorsOf = ({ refusedRecords = [] }: ProduceOutcome) =>
  refusedRecords.map(({ index: batchIndex, reason }) => ({
    batchIndex,
    batchIndexErrorMessage: reason,
  }));

const codeFor = (apiVersion: number, code: ErrorCode): number => {
  const number = wireCode(codeByName(code));
  const isUnknown = number === wireCode('STORAGE_ERROR') && apiVersion < STORAGE_ERROR_SINCE;
  return isUnknown ? wireCode('NOT_LEADER_OR_FOLLOWER') : number;
};
