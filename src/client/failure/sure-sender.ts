import type { OttlaError } from '../../base/errors.ts';
import type { DecodedRecord, RecordHeader } from '../../record/record.ts';
import type { ClientContext } from '../context.ts';
import { Producer } from '../producer/producer.ts';
import type { RecordMetadata } from '../producer/producer-record.ts';
import { asOttlaError, backoffMs, pause } from '../timing.ts';

const BACKOFF = { firstMs: 100, maxMs: 10_000 };

/**
 * Sends records that must not be lost to other topics, byte for byte, with acks=all: as long as it
 * may succeed it goes on.
 */
export class SureSender {
  readonly #context: ClientContext;
  #producer: Producer | undefined;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * Resolves when the record is on the disks of the in-sync replicas of `topic`. Rejects with what
   * can never succeed, and with ABORTED when the signal fires: it may have been sent then. One that
   * timed out is sent again, and may be there twice.
   */
  async send(
    topic: string,
    record: Pick<DecodedRecord, 'key' | 'value'> & {
      readonly headers: readonly RecordHeader[];
      readonly partition?: number;
    },
    signal: AbortSignal,
  ): Promise<RecordMetadata> {
    const { clock, random, logger } = this.#context;
    this.#producer ??= new Producer(this.#context, { lingerMs: 0 }, () => {});
    for (let attempt = 0; ; attempt += 1) {
      try {
        const timestampMs = clock.wallMs();
        return await this.#producer.sendStored({ ...record, topic, timestampMs }, { signal });
      } catch (error) {
        const failure = asOttlaError(error);
        if (signal.aborted || !mayPass(failure)) throw failure;
        const { code, message } = failure;
        logger.warn('a failed record could not be put aside, and is held', {
          topic,
          code,
          message,
        });
        await pause(clock, backoffMs(attempt, BACKOFF, random), signal);
      }
    }
  }

  /** What is not acknowledged by now is given up. */
  async close(): Promise<void> {
    const isIdle = (this.#producer?.bufferedBytes ?? 0) === 0;
    await this.#producer?.close(isIdle ? {} : { signal: AbortSignal.abort() });
  }
}

const mayPass = ({ code, retriable }: OttlaError): boolean =>
  retriable || code === 'DELIVERY_TIMEOUT';
