import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError } from '../timing.ts';
import type { ProducerIdentity } from './producer-batch.ts';

const ATTEMPT_TIMEOUT_MS = 2000;
const ROUND_TIMEOUT_MS = 30_000;

export interface IdentityListener {
  /** `current` has changed. */
  onIdentity(): void;
  /** The cluster will never give one out. */
  onIdentityRefused(error: OttlaError): void;
}

/**
 * The producer ids under which one producer numbers its batches: one for all partitions, and a
 * newer one for those that cannot go on with it. Asked for until the cluster answers.
 */
export class ProducerIdentities {
  readonly #context: ClientContext;
  readonly #listener: IdentityListener;
  readonly #abort = new AbortController();
  #current: ProducerIdentity | undefined;
  #isAsking = false;

  constructor(context: ClientContext, listener: IdentityListener) {
    this.#context = context;
    this.#listener = listener;
  }

  /** One of another producer id, or undefined: it is asked for and the listener hears of it. */
  otherThan(used: ProducerIdentity | undefined): ProducerIdentity | undefined {
    if (this.#current?.producerId !== used?.producerId) return this.#current;
    if (!this.#isAsking) void this.#ask();
    return undefined;
  }

  close(): void {
    this.#abort.abort();
  }

  /** Never rejects: the listener hears of a refusal. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        const { producerId, producerEpoch } = await this.#context.calls.any(
          ClientService.initProducerId,
          {
            request: {},
            timeoutMs: ROUND_TIMEOUT_MS,
            attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
            signal,
            failureOf: ({ errorCode }) =>
              errorCode === 0 ? undefined : refusedIdentity(errorCode),
          },
        );
        this.#isAsking = false;
        this.#current = { producerId, producerEpoch };
        this.#listener.onIdentity();
        return;
      } catch (error) {
        const failure = asOttlaError(error);
        if (failure.retriable) continue;
        this.#isAsking = false;
        if (!signal.aborted) this.#listener.onIdentityRefused(failure);
        return;
      }
    }
  }
}

const refusedIdentity = (errorCode: number): OttlaError => {
  const code = errorCodeOf(errorCode);
  return new OttlaError(code, `the cluster gave out no producer id: ${code}`);
};
