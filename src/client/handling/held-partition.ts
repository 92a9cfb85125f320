import { OttlaError } from '../../base/errors.ts';
import type { Offset } from '../../base/ids.ts';
import type { Timer } from '../../env/clock.ts';
import type { PartitionCursor } from '../reader/partition-cursor.ts';
import type { Handed } from './handed.ts';
import type { PartitionWork } from './partition-work.ts';
import type { HandlerContext } from './run-options.ts';

/** What one handler is told; its signal is made when it is asked for. */
export class Context implements HandlerContext {
  readonly attempt: number;
  readonly generation: number;
  #controller: AbortController | undefined;
  #reason: OttlaError | undefined;

  constructor(attempt: number, generation: number) {
    this.attempt = attempt;
    this.generation = generation;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: OttlaError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** A partition that is being worked on: its handlers, and what waits to be retried. */
export class HeldPartition<K, V> {
  readonly cursor: PartitionCursor;
  readonly work: PartitionWork<Handed<K, V>>;
  /** Of the handlers that are under way. */
  readonly contexts = new Set<Context>();
  readonly retries = new Set<Timer>();
  /** Wakes when a batch need not wait for company any more. */
  dueTimer: Timer | undefined;
  readonly #stopped = new AbortController();
  /** Taken in up to here (exclusive). */
  nextOffset: Offset;
  /** Nothing of it counts any more. */
  isDropped = false;

  constructor(cursor: PartitionCursor, work: HeldPartition<K, V>['work'], nextOffset: Offset) {
    this.cursor = cursor;
    this.work = work;
    this.nextOffset = nextOffset;
  }

  get isIdle(): boolean {
    return this.isDropped || this.work.runningCount === 0;
  }

  /** Fires when nothing more is begun of it. */
  get stopSignal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Begins nothing more. */
  stop(): void {
    this.work.stop();
    this.#stopped.abort();
    this.dueTimer?.cancel();
    for (const retry of this.retries) retry.cancel();
    this.retries.clear();
  }

  /** Tells its handlers that it is of no use to go on. */
  abortHandlers(): void {
    const { topic, partition } = this.cursor;
    const text = `${topic} partition ${partition} is given up: what is not finished is handled again`;
    const reason = new OttlaError('ABORTED', text);
    for (const context of this.contexts) context.abort(reason);
  }
}
