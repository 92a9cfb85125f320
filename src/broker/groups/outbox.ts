import type { ErrorCode } from '../../base/errors.ts';
import type { GroupEffect, GroupRecord, GroupReply, TimerKey } from './types.ts';

export type WriteDone = (code: ErrorCode, nowMs: number) => void;

interface OpenWrite {
  readonly onDone: WriteDone;
  readonly onLate: () => void;
}

/** The effects of the event in hand, and what is to be done when a write has an outcome. */
export class Outbox {
  readonly #armed = new Set<TimerKey>();
  readonly #writes = new Map<number, OpenWrite>();
  /** Of writes that timed out, oldest first: with one behind them they are committed after all. */
  #late: Array<() => void> = [];
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

  /** `onLate`: it had timed out, and turns out to be committed; not called by `abandon`. */
  write(records: readonly GroupRecord[], onDone: WriteDone, onLate = (): void => {}): void {
    const writeId = this.#nextWriteId;
    this.#nextWriteId += 1;
    this.#writes.set(writeId, { onDone, onLate });
    this.#effects.push({ kind: 'write', writeId, records });
  }

  onWritten(writeId: number, code: ErrorCode, nowMs: number): void {
    const write = this.#writes.get(writeId);
    this.#writes.delete(writeId);
    if (write === undefined) return;
    if (code === 'REQUEST_TIMED_OUT') this.#late.push(write.onLate);
    if (code === 'NONE') for (const onLate of this.#late.splice(0)) onLate();
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
