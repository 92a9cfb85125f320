import { OttlaError } from '../../base/errors.ts';
import type { Offset, PartitionId } from '../../base/ids.ts';
import type { KeysOf } from '../../base/known-keys.ts';
import { checkKeys } from '../../base/known-keys.ts';
import type { ClientContext } from '../context.ts';
import type { CallOptions } from '../env.ts';
import { withoutDelay } from '../producer/delay-header.ts';
import { withoutMessageId } from '../producer/message-id-header.ts';
import { Producer } from '../producer/producer.ts';
import type { RecordMetadata } from '../producer/producer-record.ts';
import { pause, throwIfNotBegun } from '../timing.ts';
import type { DeadLetter, DeadLetterFilter } from './dead-letter.ts';
import { isMeant, letterOf, redrivenMarkOf, redrivenOffset } from './dead-letter.ts';
import { readWhole, spansOf } from './read-whole.ts';

export interface RedriveOptions extends CallOptions {
  /** Default: all that were not sent back before. */
  readonly filter?: DeadLetterFilter;
  /** Default: where each record was. */
  readonly to?: string;
  /** Records a second; as fast as they are acknowledged by default. */
  readonly perSecond?: number;
  /** No more than these. */
  readonly maxRecords?: number;
  /** Only counts, and sends nothing. */
  readonly dryRun?: boolean;
}

export interface RedriveResult {
  /** Sent back, or with `dryRun` those that would be. */
  readonly redrivenCount: number;
}

const FILTER_KEYS: KeysOf<DeadLetterFilter> = {
  groupId: true,
  topic: true,
  partition: true,
  offset: true,
  key: true,
  error: true,
  sinceMs: true,
  untilMs: true,
  isRedriven: true,
};

const REDRIVE_KEYS: KeysOf<RedriveOptions> = {
  filter: true,
  to: true,
  perSecond: true,
  maxRecords: true,
  dryRun: true,
  signal: true,
};

/** Sent without waiting for each other, where no rate is kept. */
const AT_ONCE = 100;

/** What is in dead-letter topics, and how it goes back to where it was. */
export class DeadLetterAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /**
   * The dead letters that a topic holds now, by partition in their order; other records are left
   * out. Reads the topic twice: what was sent back stands behind. Throws CONFIG for an unknown key
   * of the filter.
   */
  async *list(
    topic: string,
    filter: DeadLetterFilter = {},
    { signal }: CallOptions = {},
  ): AsyncGenerator<DeadLetter, void, undefined> {
    checkKeys('key of the filter', filter, FILTER_KEYS);
    throwIfNotBegun(signal, 'list');
    for (const span of await spansOf(this.#context, topic, signal)) {
      const redriven = new Set<Offset>();
      for await (const record of readWhole(this.#context, span, signal)) {
        const offset = redrivenOffset(record);
        if (offset !== undefined) redriven.add(offset);
      }
      for await (const record of readWhole(this.#context, span, signal)) {
        const letter = letterOf(record, redriven);
        if (letter !== undefined && isMeant(letter, filter)) yield letter;
      }
    }
  }

  /** Throws OFFSET_OUT_OF_RANGE where no dead letter stands there. */
  async show(
    topic: string,
    at: { readonly partition: PartitionId; readonly offset: Offset },
    options: CallOptions = {},
  ): Promise<DeadLetter> {
    for await (const letter of this.list(topic, {}, options)) {
      const { partition, offset } = letter.letter;
      if (partition === at.partition && offset === at.offset) return letter;
    }
    const text = `${topic} partition ${at.partition} has no dead letter at offset ${at.offset}: list shows where they are`;
    throw new OttlaError('OFFSET_OUT_OF_RANGE', text);
  }

  /**
   * Sends records back, byte for byte and with the headers they had, but for those by which one
   * that has waited would wait again: to their partition where it is there, else by their key;
   * their timestamp is the moment of the sending. When it resolves they
   * are on the disks of the in-sync replicas, and each letter is marked in its topic, where it
   * stays. A mark is written behind its record: a crash in between has it sent again by the next
   * redrive, and loses none. Rejects with what a record met; those before are sent.
   */
  async redrive(topic: string, options: RedriveOptions = {}): Promise<RedriveResult> {
    checkKeys('redrive option', options, REDRIVE_KEYS);
    const { filter = {}, signal, dryRun = false } = options;
    const { maxRecords = Number.POSITIVE_INFINITY } = options;
    const sending = new Redrive(this.#context, options);
    let redrivenCount = 0;
    try {
      for await (const letter of this.list(topic, { isRedriven: false, ...filter }, { signal })) {
        if (redrivenCount >= maxRecords) break;
        redrivenCount += 1;
        if (!dryRun) await sending.add(letter);
      }
      await sending.flush();
    } finally {
      await sending.close();
    }
    return { redrivenCount };
  }
}

class Redrive {
  readonly #context: ClientContext;
  readonly #options: RedriveOptions;
  readonly #producer: Producer;
  readonly #startMs: number;
  #letters: DeadLetter[] = [];
  #sentCount = 0;

  constructor(context: ClientContext, options: RedriveOptions) {
    const { perSecond } = options;
    if (perSecond !== undefined && !(perSecond > 0)) {
      throw new OttlaError('CONFIG', `redrive option perSecond=${perSecond} is not above 0`);
    }
    this.#context = context;
    this.#options = options;
    this.#startMs = context.clock.monotonicMs();
    const maxBlockMs = context.requestTimeoutMs;
    this.#producer = new Producer(
      context,
      { lingerMs: 0, allowAutoCreate: false, maxBlockMs },
      () => {},
    );
  }

  async add(letter: DeadLetter): Promise<void> {
    await this.#untilTurn();
    this.#letters.push(letter);
    if (this.#options.perSecond !== undefined || this.#letters.length >= AT_ONCE) {
      await this.flush();
    }
  }

  async flush(): Promise<void> {
    const letters = this.#letters;
    this.#letters = [];
    const topics = new Set(letters.map(({ topic }) => this.#options.to ?? topic));
    if (letters.length > 0) await this.#context.metadata.refresh(topics);
    const sent = await Promise.allSettled(letters.map((letter) => this.#send(letter)));
    const marks = letters.filter((_, at) => sent[at]?.status === 'fulfilled').map(redrivenMarkOf);
    const marked = await Promise.allSettled(marks.map((mark) => this.#sendStored(mark)));
    const failed = [...sent, ...marked].find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  async #untilTurn(): Promise<void> {
    const { perSecond, signal } = this.#options;
    this.#sentCount += 1;
    if (perSecond === undefined) return;
    const { clock } = this.#context;
    const dueMs = this.#startMs + ((this.#sentCount - 1) * 1000) / perSecond;
    const delayMs = dueMs - clock.monotonicMs();
    if (delayMs > 0) await pause(clock, delayMs, signal);
  }

  #send({ topic, partition, key, value, headers }: DeadLetter): Promise<RecordMetadata> {
    const { to } = this.#options;
    const { partitions = [] } = this.#context.metadata.view.topics.get(topic) ?? {};
    const isThere = to === undefined && partition < partitions.length;
    // The partition that has it from before would not take it again.
    const anew = withoutMessageId(withoutDelay(headers));
    const record = { topic: to ?? topic, key, value, headers: anew };
    return this.#sendStored(isThere ? { ...record, partition } : record);
  }

  #sendStored(
    record: Omit<Parameters<Producer['sendStored']>[0], 'timestampMs'>,
  ): Promise<RecordMetadata> {
    const { signal } = this.#options;
    const timestampMs = this.#context.clock.wallMs();
    return this.#producer.sendStored({ ...record, timestampMs }, { signal });
  }
}
