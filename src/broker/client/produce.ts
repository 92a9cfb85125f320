import { errorNumber, OttlaError } from '../../base/errors.ts';
import { NONE, partitionKey } from '../../base/ids.ts';
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
import { appendBatch } from './append-batch.ts';
import type { ClientContext } from './context.ts';
import { leaderHint } from './context.ts';
import { OrderedReplies } from './ordered-replies.ts';
import { ProduceIntake, REQUEST_BYTES } from './produce-intake.ts';

export const produceHandler = (context: ClientContext): Handler =>
  guardedStream(context.onFatal, ClientService.produce, (stream) => {
    const listener: StreamListener<ProduceFrame> = new ProduceStream(context, stream);
    return listener;
  });

/**
 * One client's produce stream. Appends happen in the order of arrival, in the event that brings the
 * frame, so that pipelined requests keep their order in every partition; replies keep it too. With
 * acks 0 only a failure is answered, and outside that order: nobody waits, but a client that sends
 * to the wrong broker has to learn it. (By Kafka's protocol the connection is closed instead; here
 * requests of other acks may share it.) A stream that holds too much is not read: `ProduceIntake`.
 */
class ProduceStream implements StreamListener<ProduceFrame> {
  readonly #context: ClientContext;
  readonly #stream: Stream<ProduceReply>;
  readonly #replies: OrderedReplies<ProduceReply>;
  readonly #intake: ProduceIntake;
  #isClosed = false;

  constructor(context: ClientContext, stream: Stream<ProduceReply>) {
    this.#context = context;
    this.#intake = new ProduceIntake(stream, context.produceBytes);
    this.#stream = stream;
    this.#replies = new OrderedReplies((reply) => this.#reply(reply));
  }

  onMessage({ header, body }: ProduceFrame): void {
    const heldBytes = REQUEST_BYTES + requireWholeBody(header, body);
    const { clock, metrics } = this.#context;
    const startMs = clock.monotonicMs();
    const results: ProduceResult[] = [];
    let missing = header.partitions.length;
    const slot = header.acks === 0 ? undefined : this.#replies.open(header.partitions.map(keyOf));
    this.#intake.take(heldBytes);
    const finish = (): void => {
      this.#intake.giveBack(heldBytes);
      metrics.requestMs.observe(clock.monotonicMs() - startMs, PRODUCE_LABEL);
      const reply = { requestId: header.requestId, results };
      if (slot !== undefined) slot.fill(reply);
      else if (results.some(({ errorCode }) => errorCode !== 0)) this.#reply(reply);
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
      this.#append(header, { target, batch: reader.take(target.lengthBytes) }, onDone);
    }
  }

  onDrain(): void {
    this.#intake.setWritable(true);
  }

  onClose(): void {
    this.#isClosed = true;
    this.#intake.close();
  }

  #append(
    { acks, timeoutMs }: ProduceHeader,
    { target, batch }: { readonly target: ProducePartition; readonly batch: Uint8Array },
    onDone: (outcome: ProduceOutcome) => void,
  ): void {
    const { topicId, partition } = target;
    appendBatch(this.#context, { topicId, partition, batch, acks, timeoutMs }, onDone);
  }

  #reply(reply: ProduceReply): void {
    if (!this.#isClosed) this.#intake.setWritable(this.#stream.send(reply));
  }

  #resultOf({ topicId, partition }: ProducePartition, outcome: ProduceOutcome): ProduceResult {
    const { code, baseOffset, logStartOffset, logAppendTimeMs } = outcome;
    const { offsets = [], refusedRecords = [] } = outcome;
    return {
      topicId,
      partition,
      errorCode: errorNumber(code),
      errorMessage: outcome.message ?? '',
      baseOffset,
      logStartOffset,
      refusedRecords,
      recordOffsets: offsets,
      ...(logAppendTimeMs === NONE ? {} : { logAppendTimeMs }),
      ...leaderHint(this.#context, { topicId, partition, code }),
    };
  }
}

const PRODUCE_LABEL = { request: 'Produce' };

const keyOf = ({ topicId, partition }: ProducePartition): string =>
  partitionKey(topicId, partition);

/** The bytes of a frame, before anything is appended: it is taken as a whole or not at all. */
const requireWholeBody = (header: ProduceHeader, body: readonly Uint8Array[]): number => {
  const promisedBytes = header.partitions.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const sentBytes = body.reduce((sum, part) => sum + part.length, 0);
  const isNegative = header.partitions.some(({ lengthBytes }) => lengthBytes < 0);
  if (promisedBytes === sentBytes && !isNegative) return sentBytes;
  throw new OttlaError(
    'INVALID_REQUEST',
    `the header describes ${promisedBytes} bytes and the body has ${sentBytes}`,
  );
};
