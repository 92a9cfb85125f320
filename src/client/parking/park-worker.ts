import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import { onAbort, orAborted } from '../../env/abort.ts';
import type { ClientContext } from '../context.ts';
import type { CallOptions } from '../env.ts';
import type { FailedRecord } from '../failure/failed-record.ts';
import type { FailurePolicy, FailureSettings } from '../failure/failure-policy.ts';
import { POLICY_KEYS, resolveFailurePolicy } from '../failure/failure-policy.ts';
import { describeThrown } from '../failure/failure-trail.ts';
import { LastResort } from '../failure/last-resort.ts';
import { SureSender } from '../failure/sure-sender.ts';
import type { HandlerContext, RecordHandler } from '../handling/run-options.ts';
import type { WorkOptions } from '../handling/work-options.ts';
import { functionOf, resolveWorkOptions, wholeNumber } from '../handling/work-options.ts';
import type { ReaderRecord } from '../reader/decode-records.ts';
import type { Deserializer } from '../serde/serde.ts';
import { bytes } from '../serde/serde.ts';
import type { BackoffOptions } from '../timing.ts';
import { asOttlaError, backoffMs, pause } from '../timing.ts';
import type { ParkedRecord, ParkStore } from './park-store.ts';

export interface DrainOptions<K = Uint8Array, V = Uint8Array> {
  readonly store: ParkStore;
  /** Given each record as it was where it was read first. */
  readonly handler: RecordHandler<K, V>;
  /** The attempts made before it was parked count. */
  readonly onFailure?: FailurePolicy;
  readonly retryBackoff?: WorkOptions['retryBackoff'];
  /** Handlers at once; default 16. */
  readonly concurrency?: number;
  /** How often the store is asked while nothing is due; default 1000. */
  readonly pollIntervalMs?: number;
  readonly deserializers?: { readonly key?: Deserializer<K>; readonly value?: Deserializer<V> };
  /** Ends it when the handlers under way are done. */
  readonly signal: AbortSignal;
}

const DRAIN_KEYS: KeysOf<DrainOptions> = {
  store: true,
  handler: true,
  onFailure: true,
  retryBackoff: true,
  concurrency: true,
  pollIntervalMs: true,
  deserializers: true,
  signal: true,
};

const WHAT = 'drainParked option';

/** Takes parked records up again, until they are handled or their attempts are used up. */
export class ParkWorker<K, V> {
  readonly #context: ClientContext;
  readonly #options: DrainOptions<K, V>;
  readonly #failure: FailureSettings;
  readonly #backoff: BackoffOptions;
  readonly #concurrency: number;
  readonly #pollIntervalMs: number;
  readonly #sender: SureSender;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;

  /** Throws CONFIG for options that cannot be. */
  constructor(context: ClientContext, options: DrainOptions<K, V>) {
    checkKeys(WHAT, options, DRAIN_KEYS);
    const { onFailure = {}, retryBackoff } = options;
    checkKeys('key of onFailure', onFailure, POLICY_KEYS);
    functionOf(`${WHAT} handler`, options.handler);
    this.#context = context;
    this.#options = options;
    this.#failure = resolveFailurePolicy(onFailure);
    const backoff = retryBackoff === undefined ? {} : { retryBackoff };
    this.#backoff = resolveWorkOptions(WHAT, backoff, Number.MAX_SAFE_INTEGER).retryBackoff;
    this.#concurrency = wholeNumber(`${WHAT} concurrency`, options.concurrency ?? 16);
    this.#pollIntervalMs = wholeNumber(`${WHAT} pollIntervalMs`, options.pollIntervalMs ?? 1000);
    this.#sender = new SureSender(context);
  }

  /** Resolves when the signal has fired, or at the close; rejects with what ended it. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Resolves when the handlers under way are done, or the signal has fired. Never rejects. */
  async close({ signal }: CallOptions): Promise<void> {
    this.#abort.abort();
    await orAborted(this.run(), signal, 'close').catch(() => {});
  }

  async #run(): Promise<void> {
    const { store } = this.#options;
    const { clock } = this.#context;
    const { signal } = this.#abort;
    if (this.#options.signal.aborted) this.#abort.abort();
    const forget = onAbort(this.#options.signal, () => this.#abort.abort());
    try {
      while (!signal.aborted) {
        const parked = await store.due(clock.wallMs(), this.#concurrency);
        if (parked.length === 0) {
          await pause(clock, this.#pollIntervalMs, signal).catch(() => {});
          continue;
        }
        const handled = await Promise.allSettled(parked.map((each) => this.#handle(each)));
        const failed = handled.find(
          // A dead letter that was given up at the end stays parked.
          (each) => each.status === 'rejected' && !(signal.aborted && isAborted(each.reason)),
        );
        if (failed?.status === 'rejected') throw failed.reason;
      }
    } finally {
      forget();
      await this.#sender.close();
    }
  }

  /**
   * A parked record is removed behind its effect, or behind its dead letter: a crash in between has
   * it handled again. Rejects where the run is to end; it stays in the store then.
   */
  async #handle(parked: ParkedRecord): Promise<void> {
    const { store, handler } = this.#options;
    const { signal } = this.#abort;
    const attempts = parked.attempts + 1;
    const context: HandlerContext = { attempt: attempts, signal };
    try {
      await handler(this.#recordOf(parked), context);
    } catch (error) {
      // Where its signal told it to end, it was not given its chance: it stays as it is.
      if (signal.aborted) return;
      return await this.#onFailed(parked, { attempts, error });
    }
    await store.remove(parked);
  }

  async #onFailed(
    parked: ParkedRecord,
    { attempts, error }: { readonly attempts: number; readonly error: unknown },
  ): Promise<void> {
    const { store } = this.#options;
    const { clock, random } = this.#context;
    const nowMs = clock.wallMs();
    const dueMs = nowMs + backoffMs(attempts - 1, this.#backoff, random);
    const described = describeThrown(error);
    await store.put([{ ...parked, ...described, attempts, lastFailureMs: nowMs, dueMs }]);
    if (attempts < this.#failure.attempts) return;
    const lastResort = new LastResort({
      context: this.#context,
      sender: this.#sender,
      groupId: parked.groupId,
      settings: this.#failure,
    });
    const failed = failedOf(parked, { attempts, error, nowMs });
    if (!(await lastResort.dispose(failed, this.#abort.signal))) throw error;
    await store.remove(parked);
  }

  #recordOf(parked: ParkedRecord): ReaderRecord<K, V> {
    const { topic, partition, offset, timestampMs, headers } = parked;
    const { key = untyped, value = untyped } = this.#options.deserializers ?? {};
    return {
      topic,
      partition,
      offset,
      timestampMs,
      key: parked.key === null ? null : (key.deserialize(parked.key) as K),
      value: parked.value === null ? null : (value.deserialize(parked.value) as V),
      headers,
    };
  }
}

const isAborted = (error: unknown): boolean => asOttlaError(error).code === 'ABORTED';

const untyped: Deserializer<unknown> = bytes;

const failedOf = (
  parked: ParkedRecord,
  last: { readonly attempts: number; readonly error: unknown; readonly nowMs: number },
): FailedRecord => {
  const { key, value, headers, offset, timestampMs, firstFailureMs } = parked;
  return {
    stored: { key, value, headers, offset, timestampMs },
    place: parked,
    groupId: parked.groupId,
    attempts: last.attempts,
    error: last.error,
    firstFailureMs,
    lastFailureMs: last.nowMs,
  };
};
