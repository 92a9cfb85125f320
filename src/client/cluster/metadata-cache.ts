import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { PartitionId, TopicId } from '../../base/ids.ts';
import { validateTopicName } from '../../base/topic-name.ts';
import { orAborted } from '../../env/abort.ts';
import type { Clock, Timer } from '../../env/clock.ts';
import type { MetadataResponse } from '../../gen/ottla.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { CallOptions, ClientEnv } from '../env.ts';
import type { BackoffOptions, Deadline } from '../timing.ts';
import { asOttlaError, backoffMs, closedError, orTimedOut, throwIfAborted } from '../timing.ts';
import type { BrokerAddresses } from './broker-addresses.ts';
import type { ClusterView, PartitionLeader, TopicView } from './cluster-view.ts';
import {
  applyLeaderHint,
  applyMetadata,
  EMPTY_VIEW,
  isPartitionNumber,
  noPartitionError,
} from './cluster-view.ts';

/**
 * A paused broker must not hold the news back for long: the next one is asked. After rounds in
 * which nobody answered each is given more time, for a network that is just slow.
 */
const ATTEMPT_TIMEOUT_MS = 1000;
const ATTEMPT_TIMEOUT_MAX_MS = 8000;
/** Between two rounds that brought nothing new. */
const ROUND_BACKOFF: BackoffOptions = { firstMs: 20, maxMs: 500 };
/** Between two rounds of which the first brought news: in a busy cluster every round does. */
const ROUND_SPACING_MS = 5;
/**
 * How long a topic or a partition that no broker knows is asked for again: it may have been made
 * just now, and brokers hear of that one after the other.
 */
const UNKNOWN_PATIENCE_MS = 3000;

/** Topics that a round asked for and that cannot be used, by name. */
type RoundOutcome = ReadonlyMap<string, ErrorCode>;

/** One question to the cluster, not yet asked: all who need an answer meanwhile share it. */
interface Round {
  readonly names: Set<string>;
  allowAutoCreate: boolean;
  readonly outcome: Promise<RoundOutcome>;
  readonly resolve: (outcome: RoundOutcome) => void;
  readonly reject: (error: OttlaError) => void;
}

export interface TopicLookup extends CallOptions {
  readonly deadline: Deadline;
  readonly allowAutoCreate?: boolean;
  /** Asks the cluster once although the topic is known: it may have more partitions by now. */
  readonly anew?: boolean;
}

/** Called after every round and every hint; `next` is `previous` where nothing was learned. */
export type ViewListener = (next: ClusterView, previous: ClusterView) => void;

/**
 * What this client knows of the cluster, asked from any broker and refreshed on demand: at most one
 * question is on its way, demands that come meanwhile share the next one, and rounds that bring no
 * news are spaced out up to half a second.
 */
export class MetadataCache {
  readonly #env: ClientEnv;
  readonly #addresses: BrokerAddresses;
  readonly #listeners = new Set<ViewListener>();
  #view: ClusterView = EMPTY_VIEW;
  #next: Round | undefined;
  #isAsking = false;
  #timer: Timer | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  #roundsWithoutNews = 0;
  #failedRounds = 0;
  #isClosed = false;

  constructor(env: ClientEnv, addresses: BrokerAddresses) {
    this.#env = env;
    this.#addresses = addresses;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /** Hears of every round; returns how to stop. */
  subscribe(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The topic as known, else as the cluster tells it. Retries until the deadline; a topic that no
   * broker knows for 3 s fails with UNKNOWN_TOPIC_OR_PARTITION, a bad name with INVALID_TOPIC at
   * once.
   */
  async topic(name: string, lookup: TopicLookup): Promise<TopicView> {
    const patience = new Patience(this.#env.clock);
    let known: OttlaError | undefined;
    let isAnswered = lookup.anew !== true;
    for (;;) {
      throwIfAborted(lookup.signal, `looking up topic ${name}`);
      const topic = this.#view.topics.get(name);
      if (topic !== undefined && isAnswered) return topic;
      const failure = (await this.#tryRefresh(name, lookup)) ?? describeUnknown(name);
      const isUnknown = failure.code === 'UNKNOWN_TOPIC_OR_PARTITION';
      isAnswered ||= isUnknown;
      if (isAnswered && this.#view.topics.has(name)) continue;
      if (isUnknown) {
        patience.onAnswer();
        this.#askAnother();
      }
      if ((isUnknown && patience.isOver) || !failure.retriable) throw failure;
      // The last round was cut short: what failed before it says more.
      if (failure.code !== 'REQUEST_TIMED_OUT') known = failure;
      if (lookup.deadline.hasPassed) throw this.#addresses.describe(known ?? failure);
    }
  }

  /**
   * The topic with this partition in it. One that is not known may have been added since this
   * client last asked: it asks anew, and INVALID_PARTITIONS is thrown only when the cluster's
   * answers did not have it for 3 s, or up to the deadline. Throws as `topic` does otherwise.
   */
  async topicWith(name: string, partition: PartitionId, lookup: TopicLookup): Promise<TopicView> {
    const hasIt = ({ partitions }: TopicView): boolean => partitions[partition] !== undefined;
    const isFound = isPartitionNumber(partition) ? hasIt : () => true;
    const topic = await this.topicOnce(name, isFound, lookup);
    if (hasIt(topic)) return topic;
    throw noPartitionError(topic, partition);
  }

  /**
   * The topic once the cluster tells that it is so; else as it was told last, when the cluster's
   * answers have said otherwise for 3 s, or up to the deadline. Throws as `topic`, and where no
   * broker has answered: what this client was told before it asked is no answer.
   */
  async topicOnce(
    name: string,
    isSo: (topic: TopicView) => boolean,
    lookup: TopicLookup,
  ): Promise<TopicView> {
    const patience = new Patience(this.#env.clock);
    for (;;) {
      const topic = await this.topic(name, lookup);
      const isOver = patience.isOver || (patience.isAnswered && lookup.deadline.hasPassed);
      if (isOver || isSo(topic)) return topic;
      const failure = await this.#tryRefresh(name, lookup);
      if (failure === undefined) {
        patience.onAnswer();
        this.#askAnother();
      } else if (!failure.retriable || (lookup.deadline.hasPassed && !patience.isAnswered)) {
        throw this.#addresses.describe(failure);
      }
    }
  }

  /**
   * Asks for these topics (and the brokers) in the next round; rejects when no broker answers it.
   */
  refresh(
    names: Iterable<string>,
    options: { readonly allowAutoCreate?: boolean } = {},
  ): Promise<RoundOutcome> {
    if (this.#isClosed) return Promise.reject(closedError('client'));
    this.#next ??= newRound();
    for (const name of names) this.#next.names.add(name);
    if (options.allowAutoCreate === true) this.#next.allowAutoCreate = true;
    this.#scheduleRound();
    return this.#next.outcome;
  }

  /** As `refresh` for those who listen to the view: a failed round is theirs to ask for again. */
  requestRefresh(names: Iterable<string>): void {
    const missing = [...names].filter((name) => this.#next?.names.has(name) !== true);
    if (missing.length > 0) this.refresh(missing).catch(() => {});
  }

  /** Takes a leader from an error answer at once; true when that was news. */
  onLeaderHint(topicId: TopicId, hint: PartitionLeader): boolean {
    const previous = this.#view;
    this.#view = applyLeaderHint(previous, topicId, hint);
    if (this.#view === previous) return false;
    this.#notify(previous);
    return true;
  }

  /** Takes in an answer that was asked for elsewhere. Refused: that of another cluster. */
  learn(answer: MetadataResponse): void {
    const previous = this.#view;
    const { clusterId } = previous;
    if (clusterId !== '' && answer.clusterId !== clusterId) {
      throw new OttlaError(
        'INCONSISTENT_CLUSTER_ID',
        `the broker belongs to cluster ${answer.clusterId}, this client to ${clusterId}: check bootstrap, or make a new client`,
      );
    }
    this.#view = applyMetadata(previous, answer, this.#env.clock.monotonicMs());
    this.#addresses.update(
      [...this.#view.brokers.values()].filter((it) => !it.isFenced).map((it) => it.address),
    );
    this.#notify(previous);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#next?.reject(closedError('client'));
    this.#next = undefined;
    this.#listeners.clear();
  }

  /** Brokers lag behind each other: what this one does not know the next one may. */
  #askAnother(): void {
    this.#addresses.onFailure(this.#addresses.pick());
  }

  /** Undefined: a broker answered, and has nothing against the topic. */
  async #tryRefresh(name: string, lookup: TopicLookup): Promise<OttlaError | undefined> {
    const { allowAutoCreate = false, signal } = lookup;
    try {
      const round = this.refresh([name], { allowAutoCreate });
      const answered = orTimedOut(round, this.#env.clock, lookup.deadline.remainingMs);
      const outcome = await orAborted(answered, signal, `looking up topic ${name}`);
      if (outcome === undefined) {
        return new OttlaError('REQUEST_TIMED_OUT', `no broker told about topic ${name} in time`);
      }
      const code = outcome.get(name);
      return code === undefined ? undefined : describeMissing(name, code);
    } catch (error) {
      return asOttlaError(error);
    }
  }

  #scheduleRound(): void {
    if (this.#isAsking || this.#timer !== undefined) return;
    const { clock, random } = this.#env;
    const spacingMs =
      this.#roundsWithoutNews === 0
        ? ROUND_SPACING_MS
        : backoffMs(this.#roundsWithoutNews - 1, ROUND_BACKOFF, random);
    const delayMs = Math.max(0, this.#lastRoundMs + spacingMs - clock.monotonicMs());
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      void this.#runRound();
    });
  }

  /** Never rejects: the outcome goes to those who asked. */
  async #runRound(): Promise<void> {
    const round = this.#next;
    if (round === undefined || this.#isClosed) return;
    this.#next = undefined;
    this.#isAsking = true;
    this.#lastRoundMs = this.#env.clock.monotonicMs();
    const previous = this.#view;
    try {
      const answer = await this.#ask(round);
      this.#failedRounds = 0;
      round.resolve(failuresOf(answer));
    } catch (error) {
      this.#failedRounds += 1;
      round.reject(asOttlaError(error));
      this.#notify(this.#view);
    }
    this.#isAsking = false;
    this.#roundsWithoutNews = hasNews(previous, this.#view) ? 0 : this.#roundsWithoutNews + 1;
    if (this.#next !== undefined && !this.#isClosed) this.#scheduleRound();
  }

  async #ask(round: Round): Promise<MetadataResponse> {
    const request = {
      topics: [...round.names],
      allTopics: false,
      allowAutoCreate: round.allowAutoCreate,
    };
    let failure = new OttlaError('NETWORK_EXCEPTION', 'no broker was asked');
    const attempts = this.#addresses.count;
    const deadlineMs = Math.min(
      ATTEMPT_TIMEOUT_MS * (1 + this.#failedRounds),
      ATTEMPT_TIMEOUT_MAX_MS,
    );
    for (let attempt = 0; attempt < attempts && !this.#isClosed; attempt += 1) {
      const address = this.#addresses.pick();
      try {
        const answer = await this.#env.transport.call(address, ClientService.metadata, {
          request,
          deadlineMs,
        });
        this.#addresses.onAnswer();
        this.learn(answer);
        return answer;
      } catch (error) {
        failure = asOttlaError(error);
        this.#addresses.onFailure(address);
        this.#env.logger.debug('metadata request failed', { address, code: failure.code });
      }
    }
    throw failure;
  }

  #notify(previous: ClusterView): void {
    if (this.#isClosed) return;
    for (const listener of [...this.#listeners]) listener(this.#view, previous);
  }
}

/** With answers that do not know what is asked for. Counted from the first: it may come late. */
class Patience {
  readonly #clock: Clock;
  #answeredMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isAnswered(): boolean {
    return this.#answeredMs !== undefined;
  }

  get isOver(): boolean {
    if (this.#answeredMs === undefined) return false;
    return this.#clock.monotonicMs() - this.#answeredMs >= UNKNOWN_PATIENCE_MS;
  }

  onAnswer(): void {
    this.#answeredMs ??= this.#clock.monotonicMs();
  }
}

const newRound = (): Round => {
  const { promise, resolve, reject } = withResolvers<RoundOutcome>();
  // Nobody may be waiting when it fails: those who listen to the view are told by it.
  promise.catch(() => {});
  return { names: new Set(), allowAutoCreate: false, outcome: promise, resolve, reject };
};

const withResolvers = <T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} => {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};

const failuresOf = (answer: MetadataResponse): RoundOutcome =>
  new Map(
    answer.topics
      .filter((info) => info.errorCode !== 0)
      .map((info) => [info.name, errorCodeOf(info.errorCode)]),
  );

const describeUnknown = (name: string): OttlaError =>
  new OttlaError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${name} does not exist: create it first`);

const describeMissing = (name: string, code: ErrorCode): OttlaError => {
  if (code === 'UNKNOWN_TOPIC_OR_PARTITION') return describeUnknown(name);
  const reason = `topic ${name} cannot be used now: the cluster answered ${code}`;
  return new OttlaError(code, validateTopicName(name) ?? reason);
};

/** True when a round was worth its while: a leader, a topic or a broker is other than before. */
const hasNews = (previous: ClusterView, next: ClusterView): boolean => {
  if (previous === next) return false;
  if (previous.metadataIndex !== next.metadataIndex) return true;
  return previous.topics.size !== next.topics.size;
};
