import { assert } from '../../base/assert.ts';
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

interface Waiting extends ProduceWait {
  isDone: boolean;
  deadline: Deadline | undefined;
}

/**
 * The appends of one partition that wait for the high watermark, lowest end first. The head moves
 * over what is done, so that an acknowledgement costs no search.
 */
export class ProduceWaiters {
  readonly #deadlines: Deadlines;
  #waiting: Waiting[] = [];
  #head = 0;
  #count = 0;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  /** Appends that wait now. */
  get count(): number {
    return this.#count;
  }

  add(wait: ProduceWait): void {
    const entry: Waiting = { ...wait, isDone: false, deadline: undefined };
    entry.deadline = this.#deadlines.add(wait.timeoutMs, () => {
      this.#finish(entry, 'REQUEST_TIMED_OUT');
      this.#dropDone();
    });
    let at = this.#waiting.length;
    // A retry of an older batch waits for an older end; everything else arrives in order.
    while (at > this.#head && this.#endAt(at - 1) > wait.endOffset) at -= 1;
    this.#waiting.splice(at, 0, entry);
    this.#count += 1;
  }

  /** All below `highWatermark` is committed by the leader of `leaderEpoch`. */
  onHighWatermark(highWatermark: Offset, leaderEpoch: LeaderEpoch): void {
    for (;;) {
      const entry = this.#waiting[this.#head];
      if (entry === undefined || entry.endOffset > highWatermark) break;
      this.#head += 1;
      if (entry.isDone) continue;
      assert(
        entry.leaderEpoch === leaderEpoch,
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
    for (const entry of waiting) this.#finish(entry, code);
  }

  #endAt(index: number): Offset {
    return this.#waiting[index]?.endOffset ?? 0;
  }

  #finish(entry: Waiting, code: ErrorCode): void {
    if (entry.isDone) return;
    entry.isDone = true;
    entry.deadline?.cancel();
    this.#count -= 1;
    entry.onDone(code);
  }

  /** Forgets what is done at the head; moves the rest down only when half of it is gone. */
  #dropDone(): void {
    while (this.#waiting[this.#head]?.isDone === true) this.#head += 1;
    if (this.#head < 64 || this.#head * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}
