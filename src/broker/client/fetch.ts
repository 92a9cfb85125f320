import { errorNumber, OttlaError } from '../../base/errors.ts';
import type { Handler, Stream, StreamListener } from '../../env/transport.ts';
import type { FetchFrame, FetchRequest } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import { guardedStream } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { leaderHint } from './context.ts';
import type { PollDoor, PollResult } from './long-poll.ts';
import { LongPoll, oneAtATime } from './long-poll.ts';

/** Requests of one stream that may wait at once. */
const OPEN_MAX = 256;
const RESPONSE_BYTES_MAX = 16 * 1024 * 1024;

export const fetchHandler = (context: ClientContext): Handler =>
  guardedStream(context.onFatal, ClientService.fetch, (stream) => {
    const listener: StreamListener<FetchRequest> = new FetchStream(context, stream);
    return listener;
  });

/**
 * One client's fetch stream. Each request waits on its own. While the client is slow to take
 * frames nothing is read for it, and of the requests that need the disk one reads at a time, in the
 * order they came.
 */
class FetchStream implements StreamListener<FetchRequest> {
  readonly #context: ClientContext;
  readonly #stream: Stream<FetchFrame>;
  readonly #open = new Map<number, LongPoll>();
  readonly #door: PollDoor;
  #held: FetchRequest[] = [];
  #isWritable = true;
  #isClosed = false;

  constructor(context: ClientContext, stream: Stream<FetchFrame>) {
    this.#context = context;
    this.#stream = stream;
    const isOpen = (): boolean => this.#isWritable;
    this.#door = {
      get isOpen() {
        return isOpen();
      },
      inTurn: oneAtATime(),
    };
  }

  onMessage(request: FetchRequest): void {
    if (request.cancelRequestId !== 0) this.#cancel(request.cancelRequestId);
    if (request.requestId === 0 && request.partitions.length === 0) return;
    if (this.#open.size + this.#held.length >= OPEN_MAX) {
      throw new OttlaError(
        'INVALID_REQUEST',
        `more than ${OPEN_MAX} fetches are open on one stream: wait for answers`,
      );
    }
    if (this.#isWritable) this.#start(request);
    else this.#held.push(request);
  }

  onDrain(): void {
    this.#isWritable = true;
    for (const poll of [...this.#open.values()]) poll.look();
    while (this.#isWritable && !this.#isClosed) {
      const request = this.#held.shift();
      if (request === undefined) return;
      this.#start(request);
    }
  }

  onClose(): void {
    this.#isClosed = true;
    for (const poll of this.#open.values()) poll.abandon();
    this.#open.clear();
    this.#held = [];
  }

  #cancel(requestId: number): void {
    const held = this.#held.find((request) => request.requestId === requestId);
    this.#open.get(requestId)?.endNow();
    if (held === undefined) return;
    this.#held = this.#held.filter((request) => request !== held);
    this.#send(requestId, []);
  }

  #start(request: FetchRequest): void {
    const { requestId } = request;
    const limits = { ...request, maxBytes: Math.min(request.maxBytes, RESPONSE_BYTES_MAX) };
    const poll = new LongPoll(this.#context, limits, (results) => {
      this.#open.delete(requestId);
      this.#send(requestId, results);
    });
    this.#open.set(requestId, poll);
    poll.start(this.#door);
  }

  #send(requestId: number, results: readonly PollResult[]): void {
    if (this.#isClosed) return;
    const partitions = results.map((result) => ({
      topicId: result.topicId,
      partition: result.partition,
      errorCode: errorNumber(result.code),
      highWatermark: result.highWatermark,
      logStartOffset: result.logStartOffset,
      lengthBytes: result.sizeBytes,
      ...leaderHint(this.#context, result),
    }));
    const body = results.flatMap(({ parts }) => parts);
    this.#isWritable = this.#stream.send({ header: { requestId, partitions }, body });
  }
}
