import { assert, must } from '../../base/assert.ts';
import type { ErrorCode } from '../../base/errors.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';

/** One append that waits for its replicas. */
export interface ProduceWait {
  /** Exclusive: committed once the high watermark reaches it. */
  readonly endOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly timeoutMs: number;
  /** Called exactly once: `NONE` is the acknowledgement. */
  readonly onDone: (code: ErrorCode) => void;
}

interface Waiting {
  readonly wait: ProduceWait;
  /** By the monotonic clock. */
  readonly dueMs: number;
  isDone: boolean;
}

/**
 * The appends of one partition that wait for the high watermark, lowest end first. The head moves
 * over what is done, so that an acknowledgement costs no search. One deadline stands for all of
 * them and for those that come before it is over: what is acknowledged in time mostly sets none.
 */
export class ProduceWaiters {
  readonly #deadlines: Deadlines;
  #waiting: Waiting[] = [];
  #head = 0;
  #count = 0;
  /** At or before the moment at which the first one waits too long. */
  #next: { readonly dueMs: number; readonly deadline: Deadline } | undefined;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Appends that wait now. */
  get count(): number {
    return this.#count;
  }

  add(wait: ProduceWait): void {
    const dueMs = this.#deadlines.nowMs + wait.timeoutMs;
    const entry = { wait, dueMs, isDone: false };
    let at = this.#waiting.length;
    // A retry of an older batch waits for an older end; everything else arrives in order.
    while (at > this.#head && this.#endAt(at - 1) > wait.endOffset) at -= 1;
    if (at === this.#waiting.length) this.#waiting.push(entry);
    else this.#waiting.splice(at, 0, entry);
    this.#count += 1;
    if (this.#next === undefined || dueMs < this.#next.dueMs) this.#arm(dueMs);
  }

  /** All below `highWatermark` is committed by the leader of `leaderEpoch`. */
  onHighWatermark(highWatermark: Offset, leaderEpoch: LeaderEpoch): void {
    for (;;) {
      const entry = this.#waiting[this.#head];
      if (entry === undefined || entry.wait.endOffset > highWatermark) break;
      this.#head += 1;
      if (entry.isDone) continue;
      assert(
        entry.wait.leaderEpoch === leaderEpoch,
        'a write is acknowledged only in the leader epoch it was appended in',
      );
      this.#finish(entry, 'NONE');
    }
    this.#dropDone();
  }

  /** Ends all waits: the leader was deposed, its disk failed or it shuts down. */
  failAll(code: ErrorCode): void {
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    this.#disarm();
    for (const entry of waiting) this.#finish(entry, code);
  }

  #endAt(index: number): Offset {
    return this.#waiting[index]?.wait.endOffset ?? 0;
  }

  #finish(entry: Waiting, code: ErrorCode): void {
    if (entry.isDone) return;
    entry.isDone = true;
    this.#count -= 1;
    entry.wait.onDone(code);
  }

  #arm(dueMs: number): void {
    this.#disarm();
    const delayMs = dueMs - this.#deadlines.nowMs;
    this.#next = { dueMs, deadline: this.#deadlines.add(delayMs, () => this.#onDeadline()) };
  }

  #disarm(): void {
    this.#next?.deadline.cancel();
    this.#next = undefined;
  }

  /** Those that wait too long end; with the first one due of the others it goes on. */
  #onDeadline(): void {
    this.#next = undefined;
    const { nowMs } = this.#deadlines;
    const late: Waiting[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (let at = this.#head; at < this.#waiting.length; at += 1) {
      const entry = must(this.#waiting[at], 'those that wait lie side by side');
      if (entry.isDone) continue;
      if (entry.dueMs <= nowMs) late.push(entry);
      else nextMs = Math.min(nextMs, entry.dueMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs);
    for (const entry of late) this.#finish(entry, 'REQUEST_TIMED_OUT');
    this.#dropDone();
  }

  /** Forgets what is done at the head; moves the rest down only when half of it is gone. */
  #dropDone(): void {
    while (this.#waiting[this.#head]?.isDone === true) this.#head += 1;
    if (this.#head < 64 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
