import { OttlaError } from '../../base/errors.ts';
import { murmur2 } from '../../record/murmur2.ts';
import type { DecodedRecord } from '../../record/record.ts';
import { backoffMs } from '../timing.ts';
import { failedAt } from './handed.ts';
import type { HeldPartition } from './held-partition.ts';
import { Context } from './held-partition.ts';
import type { Item, RecordWorkDeps } from './record-work.ts';
import { RecordWork } from './record-work.ts';
import type { FailureVerdict, RunSettings } from './run-options.ts';

/** Hands records to handlers side by side, one each: `WorkCore` with handlers and timers. */
export class Run<K, V> extends RecordWork<K, V> {
  readonly #settings: RunSettings<K, V>;

  constructor(deps: RecordWorkDeps, settings: RunSettings<K, V>) {
    super(deps, settings);
    this.#settings = settings;
  }

  override wake(): void {
    for (let item = this.core.start(); item !== undefined; item = this.core.start()) {
      void this.#handle(this.heldOf(item), item);
    }
  }

  /** Keys that hash alike share a lane: they wait for each other, and keep their order. */
  protected override laneOf({ key }: DecodedRecord): number | undefined {
    const { order } = this.#settings;
    if (order === 'partition') return 0;
    return order === 'none' || key === null ? undefined : murmur2(key);
  }

  /** Never rejects. */
  async #handle(held: HeldPartition<K, V>, item: Item<K, V>): Promise<void> {
    const context = new Context(item.record.attemptsBefore + item.attempts, this.deps.generation());
    held.contexts.add(context);
    const verdict = await this.#verdictOn(held, item, context);
    held.contexts.delete(context);
    if (verdict === 'finished') this.core.finish(item);
    else {
      this.core.hold(item);
      if (verdict === 'retry') this.#retryLater(held, item);
    }
    if (held.isIdle) this.tellIdle();
    this.wake();
    this.deps.tell();
  }

  async #verdictOn(
    held: HeldPartition<K, V>,
    item: Item<K, V>,
    context: Context,
  ): Promise<'finished' | 'retry' | 'stop'> {
    if (this.skips(item)) return 'finished';
    try {
      await this.#settings.handler(item.record.record, context);
      return 'finished';
    } catch (error) {
      // Whoever has the partition now handles it again: nothing that happens here counts.
      if (held.isDropped) return 'stop';
      try {
        return await this.#onFailed(item, error, context);
      } catch (problem) {
        return held.isDropped || context.isAborted ? 'stop' : this.fail(problem);
      }
    }
  }

  async #onFailed(
    { record: handed, attempts }: Item<K, V>,
    error: unknown,
    context: Context,
  ): Promise<'finished' | 'retry' | 'stop'> {
    const { decide, failure } = this.#settings;
    const { attempt, signal } = context;
    const { record } = handed;
    const nowMs = this.deps.context.clock.wallMs();
    const failed = failedAt(handed, { attempts, error, nowMs });
    if (decide !== undefined) return this.#act(await decide({ record, error, attempt }), error);
    if (attempt < failure.attempts) return 'retry';
    const isFinished = await this.lastResort.dispose(failed, signal);
    return isFinished ? 'finished' : this.fail(error);
  }

  #act(verdict: FailureVerdict, error: unknown): 'finished' | 'retry' | 'stop' {
    switch (verdict) {
      case 'skip':
        return 'finished';
      case 'retry':
        return 'retry';
      case 'stop':
        return this.fail(error);
      default: {
        const text = `onFailure returned ${String(verdict)}: it is to return retry, skip or stop`;
        throw new OttlaError('CONFIG', text, { cause: error });
      }
    }
  }

  #retryLater(held: HeldPartition<K, V>, item: Item<K, V>): void {
    if (held.isDropped || this.signal.aborted) return;
    const { clock, random } = this.deps.context;
    const delayMs = backoffMs(item.attempts - 1, this.#settings.retryBackoff, random);
    const retry = clock.setTimer(delayMs, () => {
      held.retries.delete(retry);
      held.work.release(item);
      this.wake();
    });
    held.retries.add(retry);
  }
}
