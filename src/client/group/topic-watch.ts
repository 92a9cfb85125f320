import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import { validateTopicName } from '../../base/topic-name.ts';
import type { Timer } from '../../env/clock.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import { asOttlaError } from '../timing.ts';
import { sameNames } from './partition-sets.ts';

export interface TopicWatchOptions {
  readonly context: ClientContext;
  readonly topics: readonly string[];
  readonly pattern: RegExp | undefined;
  readonly maxAgeMs: number;
  /** Topics beyond the own ones whose sizes are wanted. */
  readonly alsoWatched: () => Iterable<string>;
  readonly onTopics: (topics: readonly string[]) => void;
  /** Something was learned; a topic that does not exist has size 0. */
  readonly onSizes: (sizeOf: (topic: string) => number) => void;
}

/** While a topic that is wanted by name does not exist, it is asked for this often. */
const MISSING_TOPIC_MS = 2000;
const RETRY_MS = 1000;
/** Kept by the cluster for itself: a pattern does not mean them. */
const INTERNAL_TOPICS: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state']);

/** Which topics a consumer wants, and how many partitions they have: asked again and again. */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  readonly #pattern: RegExp | undefined;
  readonly #toldMissing = new Set<string>();
  readonly #abort = new AbortController();
  #topics: readonly string[];
  #timer: Timer | undefined;
  #unsubscribe: () => void = () => {};

  constructor(options: TopicWatchOptions) {
    this.#options = options;
    const { pattern, topics } = options;
    // One that remembers where it stopped would match every other time.
    this.#pattern = pattern && new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    this.#topics = topics;
  }

  get topics(): readonly string[] {
    return this.#topics;
  }

  /** Throws INVALID_TOPIC for a name that cannot be, and what keeps the cluster out of reach. */
  async start(): Promise<void> {
    const { context } = this.#options;
    await this.#look();
    if (this.#abort.signal.aborted) return;
    this.#unsubscribe = context.metadata.subscribe((next, previous) => {
      if (next !== previous) this.check();
    });
    this.#lookLater();
  }

  /** Asks soon: something is not as it was. */
  refresh(): void {
    this.#timer?.cancel();
    this.#timer = this.#options.context.clock.setTimer(0, () => void this.#lookAgain());
  }

  check(): void {
    this.#options.onSizes(this.#sizeOf);
  }

  /** As the cluster has them now. */
  async count(topics: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> {
    if (topics.size > 0) await this.#options.context.metadata.refresh(topics);
    return new Map([...topics].map((topic) => [topic, this.#sizeOf(topic)]));
  }

  close(): void {
    this.#abort.abort();
    this.#timer?.cancel();
    this.#unsubscribe();
  }

  readonly #sizeOf = (topic: string): number =>
    this.#options.context.metadata.view.topics.get(topic)?.partitions.length ?? 0;

  #lookLater(delayMs: number = this.#intervalMs()): void {
    // Whoever asked for a refresh while this look was under way has set the next one already.
    if (this.#abort.signal.aborted || this.#timer !== undefined) return;
    this.#timer = this.#options.context.clock.setTimer(delayMs, () => void this.#lookAgain());
  }

  #intervalMs(): number {
    const { maxAgeMs } = this.#options;
    const isMissing = this.#topics.some((topic) => this.#sizeOf(topic) === 0);
    return isMissing ? Math.min(maxAgeMs, MISSING_TOPIC_MS) : maxAgeMs;
  }

  /** Never rejects: what fails is asked again. */
  async #lookAgain(): Promise<void> {
    const { context } = this.#options;
    this.#timer = undefined;
    try {
      await this.#look();
      this.#lookLater();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const { code, message } = asOttlaError(error);
      context.logger.debug('topics of a consumer are not to be had', { code, message });
      this.#lookLater(RETRY_MS);
    }
  }

  async #look(): Promise<void> {
    const { context, alsoWatched, onTopics } = this.#options;
    const pattern = this.#pattern;
    const wanted = new Set([...this.#topics, ...alsoWatched()]);
    const answer = await context.calls.any(ClientService.metadata, {
      request: { topics: [...wanted], allTopics: pattern !== undefined, allowAutoCreate: false },
      timeoutMs: context.requestTimeoutMs,
      signal: this.#abort.signal,
    });
    context.metadata.learn(answer);
    for (const { name, errorCode } of answer.topics) {
      wanted.delete(name);
      this.#onMissing(name, errorCodeOf(errorCode));
    }
    // An answer with all topics leaves out those that are gone.
    if (wanted.size > 0) await context.metadata.refresh(wanted);
    if (pattern !== undefined) {
      const topics = answer.topics.map(({ name }) => name).filter((name) => isMeant(pattern, name));
      const isOther = !sameNames(topics, this.#topics);
      this.#topics = topics;
      if (isOther) onTopics(topics);
    }
    this.check();
  }

  #onMissing(topic: string, code: ErrorCode): void {
    if (!this.#topics.includes(topic)) return;
    if (code === 'INVALID_TOPIC') {
      const reason = validateTopicName(topic) ?? `${topic} is no name for a topic: check it`;
      throw new OttlaError(code, reason);
    }
    if (code !== 'UNKNOWN_TOPIC_OR_PARTITION' || this.#toldMissing.has(topic)) return;
    this.#toldMissing.add(topic);
    const { logger } = this.#options.context;
    logger.warn(`topic ${topic} does not exist: the consumer waits for it`, { topic });
  }
}

const isMeant = (pattern: RegExp, topic: string): boolean =>
  !INTERNAL_TOPICS.has(topic) && pattern.test(topic);
