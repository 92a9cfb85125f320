import type { BrokerEpoch, LogIndex, NodeId } from '../base/ids.ts';
import type { BrokerHeartbeat } from '../gen/ottla.ts';
import type { BrokerRef } from '../metadata/records.ts';
import type { ReplicaRef } from './decision.ts';

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
  /** Once the broker leads nothing: the entry that others must have applied before it stops. */
  shutdownIndex: LogIndex | undefined;
  isProbing: boolean;
}

const NO_DAMAGE: ReadonlySet<string> = new Set();

/** The sessions of all brokers. Reads no clock: the time comes with each event. */
export class BrokerSessions {
  readonly #timeoutMs: number;
  readonly #sessions = new Map<NodeId, Session>();

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
      shutdownIndex: undefined,
      isProbing: false,
    };
    this.#sessions.set(broker.brokerId, session);
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
    return session;
  }

  get(brokerId: NodeId): Session | undefined {
    return this.#sessions.get(brokerId);
  }

  all(): Session[] {
    return [...this.#sessions.values()];
  }

  remove(session: Session): void {
    if (this.#sessions.get(session.brokerId) === session) this.#sessions.delete(session.brokerId);
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
