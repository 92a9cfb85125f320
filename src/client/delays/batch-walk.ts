import { OttlaError } from '../../base/errors.ts';
import type { FetchedBatch, FetchedMessage, KafkaConsumer, KafkaProducer } from './kafka-ports.ts';
import { sendTo } from './send-by-target.ts';

/** Of one step: what is repeated at most after a crash. */
const STEP_MESSAGES = 500;
const STEP_BYTES = 1024 * 1024;

/** A message that cannot be forwarded by what it says. */
export interface BadMessage {
  readonly message: FetchedMessage;
  readonly reason: string;
}

/** Of a topic in which messages wait. */
export interface WalkOptions {
  readonly consumer: KafkaConsumer;
  readonly producer: KafkaProducer;
  readonly topic: string;
  /**
   * Takes the messages that say no target or no time, with their headers, and one that tells the
   * reason. Without it the first one ends the run: what comes after it waits.
   */
  readonly badTopic?: string;
  /** Ends the run; what is in hand is finished first. */
  readonly signal?: AbortSignal;
}

/** Header of what is put into `badTopic`. */
const BAD_REASON = 'ottla-bad-reason';

/** The next messages of a partition, as many as one step takes. */
export interface Step {
  readonly messages: readonly FetchedMessage[];
  readonly bad: readonly BadMessage[];
  /** The rest has to wait: is given what has it read on, to be called once. */
  readonly wait?: (readOn: () => void) => void;
}

export interface Walk {
  /** From the first of `messages` on; none at all where that has to wait. */
  next(messages: readonly FetchedMessage[], partition: number): Step;
  /** Resolves once they need not be read again. */
  settle(messages: readonly FetchedMessage[], partition: number): Promise<void>;
}

/**
 * Reads a topic in its group, a step at a time: what a step settles is committed before the next
 * one begins. Resolves when the signal aborts; rejects with CONFIG at a bad message where no topic
 * takes those. What `settle` throws goes to the client, which tries again by its own settings.
 */
export const walkTopic = async (options: WalkOptions, walk: Walk): Promise<void> => {
  const { consumer, topic, signal } = options;
  let end = (): void => {};
  let failure: OttlaError | undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const isEnded = (): boolean => failure !== undefined || signal?.aborted === true;
  const eachBatch = async (fetched: FetchedBatch): Promise<void> => {
    try {
      await walkBatch(fetched, options, { ...walk, isEnded });
    } catch (error) {
      if (!(error instanceof OttlaError && error.code === 'CONFIG')) throw error;
      // The client would try again what cannot get better.
      failure ??= error;
      fetched.pause();
      end();
    }
  };
  signal?.addEventListener('abort', end, { once: true });
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const partitionsConsumedConcurrently = 8;
    await consumer.run({ eachBatchAutoResolve: false, partitionsConsumedConcurrently, eachBatch });
    if (!isEnded()) await ended;
    await consumer.stop();
  } finally {
    signal?.removeEventListener('abort', end);
  }
  if (failure !== undefined) throw failure;
};

/**
 * Sent or stored first, committed then: a crash between the two has the step read once more, never
 * left out.
 */
const walkBatch = async (
  fetched: FetchedBatch,
  options: WalkOptions,
  walk: Walk & { isEnded(): boolean },
): Promise<void> => {
  const { partition, messages } = fetched.batch;
  let at = 0;
  while (at < messages.length) {
    if (walk.isEnded() || !fetched.isRunning() || fetched.isStale()) return;
    const step = walk.next(boundedStep(messages, at), partition);
    const count = step.messages.length + step.bad.length;
    if (step.bad.length > 0) await putBad(step.bad, options, partition);
    if (step.messages.length > 0) await walk.settle(step.messages, partition);
    at += count;
    const last = messages[at - 1];
    if (count > 0 && last !== undefined) {
      fetched.resolveOffset(last.offset);
      await fetched.heartbeat();
      await fetched.commitOffsetsIfNecessary(fetched.uncommittedOffsets());
    }
    if (step.wait === undefined) continue;
    // What is not resolved is fetched again from there.
    step.wait(fetched.pause());
    return;
  }
};

const boundedStep = (messages: readonly FetchedMessage[], start: number): FetchedMessage[] => {
  const step: FetchedMessage[] = [];
  let sizeBytes = 0;
  for (const message of messages.slice(start, start + STEP_MESSAGES)) {
    sizeBytes += (message.key?.length ?? 0) + (message.value?.length ?? 0);
    if (step.length > 0 && sizeBytes > STEP_BYTES) break;
    step.push(message);
  }
  return step;
};

const putBad = async (
  bad: readonly BadMessage[],
  { producer, topic, badTopic }: WalkOptions,
  partition: number,
): Promise<void> => {
  const [first] = bad;
  if (badTopic === undefined && first !== undefined) {
    const name = `${topic}/${partition}/${first.message.offset}`;
    throw new OttlaError(
      'CONFIG',
      `message ${name} cannot be forwarded, ${first.reason}; or give a badTopic for such messages`,
    );
  }
  if (badTopic === undefined) return;
  const messages = bad.map(({ message: { key, value, headers }, reason }) => ({
    key,
    value,
    headers: { ...headers, [BAD_REASON]: reason },
  }));
  await sendTo(producer, badTopic, messages);
};
