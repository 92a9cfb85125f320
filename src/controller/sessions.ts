import type { BrokerEpoch, LogIndex, NodeId } from '../base/ids.ts';
import type { BrokerHeartbeat, OfflineBroker, OfflineNews } from '../gen/ottla.ts';
import type { BrokerRef } from '../metadata/records.ts';
import type { ReplicaRef } from './decision.ts';
import { isSameOffline, offlineOf } from './offline-news.ts';

/** What the controller remembers of a broker between heartbeats; gone with its leadership. */
export interface Session {
  readonly brokerId: NodeId;
  readonly brokerEpoch: BrokerEpoch;
  expiresAtMs: number;
  /** Last metadata entry that the broker has applied. */
  metadataIndex: LogIndex;
  /** Heartbeats heard: tells whether a broker has spoken since a question was put. */
  beatCount: number;
  /** The stream that the last heartbeat came on. */
  stream: object | undefined;
  damaged: ReadonlySet<string>;
  /** What it has in log directories that are offline. */
  offline: OfflineBroker | undefined;
  /** What the stream was told of all brokers, as counted by `newsFor`; undefined: nothing. */
  toldCount: number | undefined;
  /** Once the broker leads nothing: the entry that others must have applied before it stops. */
  shutdownIndex: LogIndex | undefined;
  isProbing: boolean;
}

const NO_DAMAGE: ReadonlySet<string> = new Set();

/** The sessions of all brokers. Reads no clock: the time comes with each event. */
export class BrokerSessions {
  readonly #timeoutMs: number;
  readonly #sessions = new Map<NodeId, Session>();
  /** How often what is offline has changed. */
  #offlineCount = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** A full session, as if the broker had just been heard; one of this epoch goes on. */
  begin(broker: BrokerRef, nowMs: number): Session {
    const expiresAtMs = nowMs + this.#timeoutMs;
    const known = this.#sessions.get(broker.brokerId);
    if (known?.brokerEpoch === broker.brokerEpoch) {
      known.expiresAtMs = Math.max(known.expiresAtMs, expiresAtMs);
      return known;
    }
    const session: Session = {
      brokerId: broker.brokerId,
      brokerEpoch: broker.brokerEpoch,
      expiresAtMs,
      metadataIndex: 0,
      beatCount: 0,
      stream: undefined,
      damaged: NO_DAMAGE,
      offline: undefined,
      toldCount: undefined,
      shutdownIndex: undefined,
      isProbing: false,
    };
    this.#sessions.set(broker.brokerId, session);
    if (known?.offline !== undefined) this.#offlineCount += 1;
    return session;
  }

  onBeat(beat: BrokerHeartbeat, nowMs: number): Session {
    const session = this.begin(beat, nowMs);
    session.beatCount += 1;
    session.metadataIndex = Math.max(session.metadataIndex, beat.metadataIndex);
    const unusable = [...beat.damaged, ...beat.offline];
    session.damaged =
      unusable.length === 0
        ? NO_DAMAGE
        : new Set(unusable.map(({ topicId, partition }) => `${topicId}-${partition}`));
    const offline = offlineOf(beat);
    if (!isSameOffline(session.offline, offline)) this.#offlineCount += 1;
    session.offline = offline;
    return session;
  }

  /** The heartbeats of a broker come on this stream; a new one was told nothing yet. */
  onStream(session: Session, stream: object): void {
    if (session.stream !== stream) session.toldCount = undefined;
    session.stream = stream;
  }

  /** What is offline in the cluster, where a broker was not told since it changed. */
  newsFor(brokerId: NodeId): OfflineNews | undefined {
    const session = this.#sessions.get(brokerId);
    if (session === undefined || session.toldCount === this.#offlineCount) return undefined;
    session.toldCount = this.#offlineCount;
    return { brokers: this.all().flatMap(({ offline }) => offline ?? []) };
  }

  get(brokerId: NodeId): Session | undefined {
    return this.#sessions.get(brokerId);
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }

  remove(session: Session): void {
    if (this.#sessions.get(session.brokerId) !== session) return;
    this.#sessions.delete(session.brokerId);
    if (session.offline !== undefined) this.#offlineCount += 1;
  }

  /** True while the registration of this epoch has been heard from within the timeout. */
  isLive({ brokerId, brokerEpoch }: BrokerRef, nowMs: number): boolean {
    const session = this.#sessions.get(brokerId);
    return session?.brokerEpoch === brokerEpoch && session.expiresAtMs > nowMs;
  }

  /** The controller was not looking for so long: what it did not hear then counts for nothing. */
  extendAll(byMs: number): void {
    for (const session of this.#sessions.values()) session.expiresAtMs += byMs;
  }

  /** The session that ran out first. */
  firstExpired(nowMs: number): Session | undefined {
    let first: Session | undefined;
    for (const session of this.#sessions.values()) {
      if (session.expiresAtMs > nowMs) continue;
      if (first === undefined || session.expiresAtMs < first.expiresAtMs) first = session;
    }
    return first;
  }

  /** True for a replica that its broker's last heartbeat named as damaged or offline. */
  isDamaged({ brokerId, topicId, partition }: ReplicaRef): boolean {
    return this.#sessions.get(brokerId)?.damaged.has(`${topicId}-${partition}`) === true;
  }
}
