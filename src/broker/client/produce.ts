import { errorNumber, OttlaError } from '../../base/errors.ts';
import { partitionKey } from '../../base/ids.ts';
import type { Handler, Stream, StreamListener } from '../../env/transport.ts';
import type {
  ProduceFrame,
  ProduceHeader,
  ProducePartition,
  ProduceReply,
  ProduceResult,
} from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import { BodyReader } from '../body-reader.ts';
import { guardedStream } from '../guard.ts';
import type { ProduceOutcome } from '../replication/produce-outcome.ts';
import { failedProduce } from '../replication/produce-outcome.ts';
import { appendBatch } from './append-batch.ts';
import type { ClientContext } from './context.ts';
import { leaderHint } from './context.ts';
import { OrderedReplies } from './ordered-replies.ts';

/** Requests of one stream that may wait for replicas at once. */
const WAITING_MAX = 10_000;

export const produceHandler = (context: ClientContext): Handler =>
  guardedStream(context.onFatal, ClientService.produce, (stream) => {
    const listener: StreamListener<ProduceFrame> = new ProduceStream(context, stream);
    return listener;
  });

/**
 * One client's produce stream. Appends happen in the order of arrival, in the event that brings the
 * frame, so that pipelined requests keep their order in every partition; replies keep it too.
 */
class ProduceStream implements StreamListener<ProduceFrame> {
  readonly #context: ClientContext;
  readonly #replies: OrderedReplies<ProduceReply>;
  #isClosed = false;

  constructor(context: ClientContext, stream: Stream<ProduceReply>) {
    this.#context = context;
    this.#replies = new OrderedReplies((reply) => {
      if (!this.#isClosed) stream.send(reply);
    });
  }

  onMessage({ header, body }: ProduceFrame): void {
    requireWholeBody(header, body);
    const { clock, metrics } = this.#context;
    const startMs = clock.monotonicMs();
    const isTooMany = this.#replies.waitingCount >= WAITING_MAX;
    const results: ProduceResult[] = [];
    let missing = header.partitions.length;
    const slot = header.acks === 0 ? undefined : this.#replies.open(header.partitions.map(keyOf));
    const finish = (): void => {
      metrics.requestMs.observe(clock.monotonicMs() - startMs, PRODUCE_LABEL);
      slot?.fill({ requestId: header.requestId, results });
    };
    if (missing === 0) {
      finish();
      return;
    }
    const reader = new BodyReader(body);
    for (const [index, target] of header.partitions.entries()) {
      const onDone = (outcome: ProduceOutcome): void => {
        results[index] = this.#resultOf(target, outcome);
        missing -= 1;
        if (missing === 0) finish();
      };
      const batch = reader.take(target.lengthBytes);
      if (isTooMany) onDone(failedProduce(tooMany()));
      else this.#append(header, { target, batch }, onDone);
    }
  }

  onClose(): void {
    this.#isClosed = true;
  }

  #append(
    { acks, timeoutMs }: ProduceHeader,
    { target, batch }: { readonly target: ProducePartition; readonly batch: Uint8Array },
    onDone: (outcome: ProduceOutcome) => void,
  ): void {
    const { topicId, partition } = target;
    appendBatch(this.#context, { topicId, partition, batch, acks, timeoutMs }, onDone);
  }

  #resultOf({ topicId, partition }: ProducePartition, outcome: ProduceOutcome): ProduceResult {
    const { code, baseOffset, logStartOffset } = outcome;
    return {
      topicId,
      partition,
      errorCode: errorNumber(code),
      errorMessage: outcome.message ?? '',
      baseOffset,
      logStartOffset,
      ...leaderHint(this.#context, { topicId, partition, code }),
    };
  }
}

const PRODUCE_LABEL = { request: 'Produce' };

const keyOf = ({ topicId, partition }: ProducePartition): string =>
  partitionKey(topicId, partition);

/** Before anything is appended: a frame is taken as a whole or not at all. */
const requireWholeBody = (header: ProduceHeader, body: readonly Uint8Array[]): void => {
  const promisedBytes = header.partitions.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const sentBytes = body.reduce((sum, part) => sum + part.length, 0);
  const isNegative = header.partitions.some(({ lengthBytes }) => lengthBytes < 0);
  if (promisedBytes === sentBytes && !isNegative) return;
  throw new OttlaError(
    'INVALID_REQUEST',
    `the header describes ${promisedBytes} bytes and the body has ${sentBytes}`,
  );
};

const tooMany = (): OttlaError =>
  new OttlaError(
    'BUFFER_FULL',
    `${WAITING_MAX} requests of this stream wait for replicas: wait for their answers`,
  );
