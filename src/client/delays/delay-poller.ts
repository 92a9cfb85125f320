import { OttlaError } from '../../base/errors.ts';
import type { Clock } from '../../env/clock.ts';
import { sleep } from '../../env/clock.ts';
import type { DelayStore, Forwarded, StoredDelay } from './delay-store.ts';
import type { KafkaHeaders, KafkaMessage, KafkaProducer } from './kafka-ports.ts';
import { byTarget, sendTo } from './send-by-target.ts';

export interface PollerOptions {
  readonly store: DelayStore;
  readonly producer: KafkaProducer;
  /** How often it is looked for what is due; default 200. */
  readonly pollMs?: number;
  /** What a target did not take is tried again after so long; default 10000. */
  readonly retryMs?: number;
  /** Of one look; default 500. */
  readonly maxCount?: number;
  /**
   * Hears why a target did not take its messages; without one, of a damaged message in the store,
   * every `retryMs`. Where it is left out, the run ends with the latter.
   */
  readonly onError?: (error: unknown, target: string | undefined) => void;
  /** Ends the run; what is in hand is finished first. */
  readonly signal?: AbortSignal;
}

/** See `forwardStored` of the package. */
export const runDelayPoller = async (options: PollerOptions, clock: Clock): Promise<void> => {
  const { store, pollMs = 200, retryMs = 10_000, maxCount = 500, signal } = options;
  for (const [name, value] of Object.entries({ pollMs, retryMs, maxCount })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new OttlaError('CONFIG', `${name}=${value} is not a whole number of 1 or more`);
  }
  let tellAfterMs = Number.NEGATIVE_INFINITY;
  /** The store throws it where nothing whole is due: what is due later comes all the same. */
  const passOver = (error: unknown): number => {
    const isDamage = error instanceof OttlaError && error.code === 'CORRUPT_STORE';
    if (!isDamage || options.onError === undefined) throw error;
    if (clock.monotonicMs() >= tellAfterMs) {
      tellAfterMs = clock.monotonicMs() + retryMs;
      options.onError(error, undefined);
    }
    return 0;
  };
  while (signal?.aborted !== true) {
    const nowMs = clock.wallMs();
    const forward = (delays: readonly StoredDelay[]): Promise<Forwarded> =>
      forwardAll(delays, options, nowMs + retryMs);
    const count = await store.forwardDue({ nowMs, maxCount }, forward).catch(passOver);
    if (count < maxCount) await sleep(clock, pollMs, signal).catch(() => {});
  }
};

/**
 * What was acknowledged is done. A crash before the store knows of it forwards it once more, with
 * the same `ottla-forward-id`; one before the acknowledgement, at least once.
 */
const forwardAll = async (
  delays: readonly StoredDelay[],
  { producer, onError }: PollerOptions,
  againMs: number,
): Promise<Forwarded> => {
  const done: StoredDelay[] = [];
  const failed: StoredDelay[] = [];
  const targeted = delays.map((delay) => ({ topic: delay.target, delay }));
  for (const [topic, group] of byTarget(targeted)) {
    const ofGroup = group.map(({ delay }) => delay);
    try {
      await sendTo(producer, topic, ofGroup.map(messageOf));
      done.push(...ofGroup);
    } catch (error) {
      // One target that takes nothing keeps nothing from the others.
      failed.push(...ofGroup);
      onError?.(error, topic);
    }
  }
  return { done, failed, againMs };
};

const messageOf = ({ key, value, headers }: StoredDelay): KafkaMessage => ({
  key,
  value,
  headers: headersOf(headers),
});

const headersOf = (headers: StoredDelay['headers']): KafkaHeaders => {
  const found: Record<string, Uint8Array[]> = {};
  for (const { key, value } of headers) {
    found[key] = [...(found[key] ?? []), Buffer.from(value ?? [])];
  }
  return Object.fromEntries(
    Object.entries(found).map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  );
};
