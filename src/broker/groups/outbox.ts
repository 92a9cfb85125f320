import type { ErrorCode } from '../../base/errors.ts';
import type { GroupEffect, GroupRecord, GroupReply, TimerKey } from './types.ts';

export type WriteDone = (code: ErrorCode, nowMs: number) => void;

/** What is to be done once a write that timed out is known to be committed, by what it writes. */
export type LateWork = ReadonlyMap<string, () => void>;

interface OpenWrite {
  readonly onDone: WriteDone;
  readonly late: () => LateWork;
}

const NOTHING: LateWork = new Map();

/** The effects of the event in hand, and what is to be done when a write has an outcome. */
export class Outbox {
  readonly #armed = new Set<TimerKey>();
  readonly #writes = new Map<number, OpenWrite>();
  /**
   * Of writes that timed out: with one behind them they are committed after all. Of the same thing
   * the last counts: what a partition gathers that commits nothing for long has a bound.
   */
  readonly #late = new Map<string, () => void>();
  #effects: GroupEffect[] = [];
  #nextWriteId = 1;

  reply(requestId: number, reply: GroupReply): void {
    this.#effects.push({ kind: 'reply', requestId, reply });
  }

  setTimer(key: TimerKey, delayMs: number): void {
    this.#armed.add(key);
    this.#effects.push({ kind: 'setTimer', key, delayMs });
  }

  cancelTimer(key: TimerKey): void {
    if (this.#armed.delete(key)) this.#effects.push({ kind: 'cancelTimer', key });
  }

  /** False for a timer that was cancelled: it rang before its cancelling was heard of. */
  takeTimer(key: TimerKey): boolean {
    return this.#armed.delete(key);
  }

  /** `late` is asked where it times out. */
  write(
    records: readonly GroupRecord[],
    onDone: WriteDone,
    late: () => LateWork = () => NOTHING,
  ): void {
    const writeId = this.#nextWriteId;
    this.#nextWriteId += 1;
    this.#writes.set(writeId, { onDone, late });
    this.#effects.push({ kind: 'write', writeId, records });
  }

  onWritten(writeId: number, code: ErrorCode, nowMs: number): void {
    const write = this.#writes.get(writeId);
    this.#writes.delete(writeId);
    if (write === undefined) return;
    if (code === 'REQUEST_TIMED_OUT') {
      for (const [what, apply] of write.late()) this.#late.set(what, apply);
    }
    if (code === 'NONE') {
      for (const apply of this.#late.values()) apply();
      this.#late.clear();
    }
    write.onDone(code, nowMs);
  }

  /** Nobody waits for outcomes or timers any more; every open write ends with the code. */
  abandon(code: ErrorCode, nowMs: number): void {
    const open = [...this.#writes.keys()];
    for (const writeId of open) this.onWritten(writeId, code, nowMs);
    for (const key of [...this.#armed]) this.cancelTimer(key);
  }

  take(): readonly GroupEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
