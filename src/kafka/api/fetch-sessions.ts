import type { LeaderEpoch, Offset, PartitionId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Random } from '../../env/random.ts';
import type { FetchRequest } from '../wire/messages/fetch.ts';

/** What a client wants of one partition, and what it was last told of it. */
export interface FetchTarget {
  /** As the request named it: a name, or an id from version 13. */
  readonly topic: string;
  readonly isById: boolean;
  readonly partition: PartitionId;
  readonly fetchOffset: Offset;
  readonly maxBytes: number;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly lastFetchedEpoch: LeaderEpoch;
  /** NONE: nothing was told yet. */
  toldHighWatermark: Offset;
  toldLogStart: Offset;
}

export interface FetchSession {
  readonly sessionId: number;
  readonly isById: boolean;
  /** The epoch that the next request must carry. */
  nextEpoch: number;
  /** In order of their turn: what had data goes to the end, so that no partition starves. */
  readonly targets: Map<string, FetchTarget>;
}

/** What a request asks for, once its session is found. */
export type OpenedFetch =
  | { readonly kind: 'refused'; readonly code: FetchSessionError }
  /** All partitions are answered; a session, if any, is new. */
  | { readonly kind: 'full'; readonly targets: FetchTarget[]; readonly session?: FetchSession }
  /** Only partitions with news are answered. */
  | {
      readonly kind: 'incremental';
      readonly targets: FetchTarget[];
      readonly session: FetchSession;
    };

export type FetchSessionError = 'NOT_FOUND' | 'INVALID_EPOCH' | 'TOPIC_ID_ERROR';

const FIRST_EPOCH = 0;
const FINAL_EPOCH = -1;
const EPOCH_MAX = 2 ** 31 - 1;
const SESSION_COUNT_MAX = 1000;
const BY_ID_SINCE = 13;

export const targetKey = ({ topic, partition }: Pick<FetchTarget, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

/**
 * Incremental fetch sessions (KIP-227): the broker remembers what a consumer reads, so that a
 * request names only what has changed and an answer only what has news. A session lives by its
 * number, not by its connection; where there are too many, the one that was used least recently
 * goes, and its client begins anew.
 */
export class FetchSessions {
  readonly #random: Random;
  readonly #sessions = new Map<number, FetchSession>();

  constructor(random: Random) {
    this.#random = random;
  }

  get count(): number {
    return this.#sessions.size;
  }

  open(request: FetchRequest, apiVersion: number): OpenedFetch {
    const { sessionId, sessionEpoch } = request;
    const isById = apiVersion >= BY_ID_SINCE;
    if (sessionEpoch === FINAL_EPOCH || sessionEpoch === FIRST_EPOCH) {
      this.#sessions.delete(sessionId);
      const targets = targetsOf(request, isById);
      // A client that has nothing to read has nothing to be remembered.
      if (sessionEpoch === FINAL_EPOCH || targets.length === 0) return { kind: 'full', targets };
      return { kind: 'full', targets, session: this.#create(targets, isById) };
    }
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return { kind: 'refused', code: 'NOT_FOUND' };
    if (session.nextEpoch !== sessionEpoch) return { kind: 'refused', code: 'INVALID_EPOCH' };
    if (session.isById !== isById) return { kind: 'refused', code: 'TOPIC_ID_ERROR' };
    this.#touch(session);
    update(session, request);
    return { kind: 'incremental', targets: [...session.targets.values()], session };
  }

  #create(targets: readonly FetchTarget[], isById: boolean): FetchSession {
    const session: FetchSession = {
      sessionId: this.#freeId(),
      isById,
      nextEpoch: FIRST_EPOCH + 1,
      targets: new Map(targets.map((target) => [targetKey(target), target])),
    };
    this.#sessions.set(session.sessionId, session);
    const oldest = this.#sessions.keys().next().value;
    if (this.#sessions.size > SESSION_COUNT_MAX && oldest !== undefined) {
      this.#sessions.delete(oldest);
    }
    return session;
  }

  #touch(session: FetchSession): void {
    session.nextEpoch = session.nextEpoch === EPOCH_MAX ? 1 : session.nextEpoch + 1;
    this.#sessions.delete(session.sessionId);
    this.#sessions.set(session.sessionId, session);
  }

  /** Not to be guessed, so that one client does not meet another's session by accident. */
  #freeId(): number {
    for (;;) {
      const sessionId = 1 + this.#random.below(EPOCH_MAX);
      if (!this.#sessions.has(sessionId)) return sessionId;
    }
  }
}

/** Those that had data wait for their next turn behind the others. */
export const rotate = (session: FetchSession, served: readonly FetchTarget[]): void => {
  for (const target of served) {
    const key = targetKey(target);
    // It may have been replaced or forgotten while the request was parked.
    if (session.targets.get(key) !== target) continue;
    session.targets.delete(key);
    session.targets.set(key, target);
  }
};

const update = (session: FetchSession, request: FetchRequest): void => {
  for (const { topic, topicId, partitions } of request.forgottenTopicsData) {
    const name = session.isById ? topicId : topic;
    for (const partition of partitions)
      session.targets.delete(targetKey({ topic: name, partition }));
  }
  for (const target of targetsOf(request, session.isById)) {
    const known = session.targets.get(targetKey(target));
    const told = known ?? { toldHighWatermark: NONE, toldLogStart: NONE };
    const { toldHighWatermark, toldLogStart } = told;
    session.targets.set(targetKey(target), { ...target, toldHighWatermark, toldLogStart });
  }
};

const targetsOf = ({ topics }: FetchRequest, isById: boolean): FetchTarget[] =>
  topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((asked) => ({
      topic: isById ? topicId : topic,
      isById,
      partition: asked.partition,
      fetchOffset: asked.fetchOffset,
      maxBytes: asked.partitionMaxBytes,
      currentLeaderEpoch: asked.currentLeaderEpoch,
      lastFetchedEpoch: asked.lastFetchedEpoch,
      toldHighWatermark: NONE,
      toldLogStart: NONE,
    })),
  );

/** Kafka's numbers of what our own clients, who have no sessions, never meet. */
export const sessionErrorNumber = (code: FetchSessionError): number =>
  ({ NOT_FOUND: 70, INVALID_EPOCH: 71, TOPIC_ID_ERROR: 106 })[code];
