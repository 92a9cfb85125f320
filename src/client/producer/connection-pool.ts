import type { NodeId } from '../../base/ids.ts';
import type { LeaderAddress } from '../cluster/cluster-view.ts';
import type { ClientEnv } from '../env.ts';
import { backoffMs, RETRY_BACKOFF } from '../timing.ts';
import type { ConnectionListener } from './produce-connection.ts';
import { ProduceConnection } from './produce-connection.ts';

interface Slot {
  connection: ProduceConnection | undefined;
  /** Connections in a row that ended before anything was answered. */
  failureCount: number;
  notBeforeMs: number;
}

/** At most one stream a broker; one that keeps breaking is opened again more and more slowly. */
export class ConnectionPool {
  readonly #env: ClientEnv;
  readonly #listener: ConnectionListener;
  readonly #answerTimeoutMs: number;
  readonly #slots = new Map<NodeId, Slot>();

  constructor(
    env: ClientEnv,
    options: { readonly listener: ConnectionListener; readonly answerTimeoutMs: number },
  ) {
    this.#env = env;
    this.#listener = options.listener;
    this.#answerTimeoutMs = options.answerTimeoutMs;
  }

  /** The open stream to that broker, else a new one, else undefined until `retryAtMs`. */
  to(leader: LeaderAddress): ProduceConnection | undefined {
    const slot = this.#slot(leader.leaderId);
    const { connection } = slot;
    if (connection?.address === leader.address) return connection;
    // The broker has moved: the stream to its old place ends and reports what was in flight.
    connection?.close();
    if (this.#env.clock.monotonicMs() < slot.notBeforeMs) return undefined;
    slot.connection = new ProduceConnection(this.#env, {
      nodeId: leader.leaderId,
      address: leader.address,
      listener: this.#listener,
      answerTimeoutMs: this.#answerTimeoutMs,
    });
    return slot.connection;
  }

  /** When a broker whose stream broke may be tried again, on the monotonic clock. */
  retryAtMs(nodeId: NodeId): number {
    return this.#slot(nodeId).notBeforeMs;
  }

  onLost(connection: ProduceConnection): void {
    const slot = this.#slot(connection.nodeId);
    if (slot.connection !== connection) return;
    slot.connection = undefined;
    slot.failureCount = connection.hasAnswered ? 0 : slot.failureCount + 1;
    const { clock, random } = this.#env;
    const pauseMs =
      slot.failureCount === 0 ? 0 : backoffMs(slot.failureCount - 1, RETRY_BACKOFF, random);
    slot.notBeforeMs = clock.monotonicMs() + pauseMs;
  }

  get open(): readonly ProduceConnection[] {
    return [...this.#slots.values()].flatMap(({ connection }) => connection ?? []);
  }

  close(): void {
    for (const connection of this.open) connection.close();
    this.#slots.clear();
  }

  #slot(nodeId: NodeId): Slot {
    let slot = this.#slots.get(nodeId);
    if (slot === undefined) {
      slot = { connection: undefined, failureCount: 0, notBeforeMs: 0 };
      this.#slots.set(nodeId, slot);
    }
    return slot;
  }
}
