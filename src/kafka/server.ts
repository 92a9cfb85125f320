import { hostOf } from '../base/host-of.ts';
import type { ByteBudget } from '../broker/client/byte-budget.ts';
import type { ByteListener, ByteSocket, ByteSocketListener } from '../env/byte-listener.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { Logger } from '../env/logger.ts';
import type { Meter } from '../env/meter.ts';
import type { Listening } from '../env/transport.ts';
import type { ConnectionHost } from './connection.ts';
import { KafkaConnection } from './connection.ts';
import { ConnectionQuotas, SLICE_MS } from './connection-quotas.ts';
import type { KafkaHandler } from './handler.ts';
import { HeldConnection } from './held-connection.ts';
import type { KafkaLimits } from './limits.ts';
import { ServerMetrics } from './server-metrics.ts';

export interface KafkaServerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly bytes: ByteListener;
  readonly limits: KafkaLimits;
  /** [queued.max.request.bytes] Of all clients, by whichever door they came. */
  readonly budget: ByteBudget;
  /** What is served; nothing else is, whatever the wire could read. */
  readonly handlers: readonly KafkaHandler[];
  /** A bug surfaced while a request was served: the node must stop. */
  readonly onFatal: (error: Error) => void;
}

const SWEEP_MS = 1000;
/** Between two sweeps: a flood of bad clients must not become one of lines. */
const REFUSAL_LINES_MAX = 20;

/** Kafka's protocol on a socket: accepts connections, and keeps them within what they may cost. */
export class KafkaServer implements ConnectionHost {
  readonly clock: Clock;
  readonly limits: KafkaLimits;
  readonly budget: ByteBudget;
  readonly #options: KafkaServerOptions;
  readonly #handlers: ReadonlyMap<number, KafkaHandler>;
  readonly #connections = new Set<KafkaConnection>();
  readonly #quotas: ConnectionQuotas<HeldConnection>;
  readonly #metrics: ServerMetrics;
  #sweeper: Timer | undefined;
  #listening: Listening | undefined;
  #turns: Timer | undefined;
  #refusalCount = 0;
  #untoldHeldCount = 0;

  constructor(options: KafkaServerOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.limits = options.limits;
    this.budget = options.budget;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.api.key, handler]));
    this.#quotas = new ConnectionQuotas(options.limits, options.clock.monotonicMs());
    this.#metrics = new ServerMetrics(options.meter, {
      connectionCount: () => this.#quotas.openCount,
      usedBytes: () => this.budget.usedBytes,
      availableBytes: () => Math.max(0, this.budget.maxBytes - this.budget.usedBytes),
      waitingCount: () => sumOf([...this.#connections].map(({ waitingCount }) => waitingCount)),
    });
  }

  /** Accepts on `host:port`; resolves with the address bound. Errors: CONFIG. */
  async listen(address: string): Promise<Listening> {
    const { bytes } = this.#options;
    this.#listening = await bytes.listen(address, (socket) => this.#accept(socket));
    this.#armSweep();
    return this.#listening;
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#sweeper?.cancel();
    this.#turns?.cancel();
    await this.#listening?.close();
  }

  handlerOf(apiKey: number): KafkaHandler | undefined {
    return this.#handlers.get(apiKey);
  }

  onAnswered(handler: KafkaHandler | undefined, durationMs: number): void {
    if (handler !== undefined) this.#metrics.onAnswered(handler, durationMs);
  }

  onRefused(peer: string, reason: string): void {
    this.#metrics.refused.add(1);
    this.#refusalCount += 1;
    if (this.#refusalCount > REFUSAL_LINES_MAX) return;
    this.#options.logger.warn('a Kafka connection was closed', { peer, reason });
  }

  onClosed(connection: KafkaConnection): void {
    this.#connections.delete(connection);
    this.#quotas.countOut(connection.address);
  }

  onFatal(error: Error): void {
    this.#options.onFatal(error);
  }

  #accept(socket: ByteSocket): ByteSocketListener {
    const address = hostOf(socket.peer);
    const refusal = this.#quotas.refusalOf(address);
    if (refusal !== undefined) {
      this.onRefused(socket.peer, refusal);
      socket.destroy();
      return DEAF;
    }
    this.#quotas.countIn(address);
    if (this.#quotas.mayStart(this.clock.monotonicMs())) return this.#open(socket, address);
    return this.#hold(socket, address);
  }

  #open(socket: ByteSocket, address: string): KafkaConnection {
    const connection = new KafkaConnection(this, socket, address);
    this.#connections.add(connection);
    return connection;
  }

  /** Nothing of it is answered, and nothing set up for it, until its turn comes. */
  #hold(socket: ByteSocket, address: string): HeldConnection {
    const held = new HeldConnection(socket, this.budget, {
      onTurn: () => this.#open(socket, address),
      onGone: () => {
        this.#quotas.forget(address, held);
        this.#quotas.countOut(address);
      },
    });
    this.#quotas.hold(address, held);
    if (this.#quotas.isBehind) this.#untoldHeldCount += 1;
    this.#turns ??= this.clock.setTimer(SLICE_MS, () => this.#giveTurns());
    return held;
  }

  #giveTurns(): void {
    this.#turns = undefined;
    const nowMs = this.clock.monotonicMs();
    for (let next = this.#quotas.next(nowMs); next !== undefined; ) {
      next.start();
      next = this.#quotas.next(nowMs);
    }
    if (this.#quotas.heldCount === 0) return;
    this.#turns = this.clock.setTimer(SLICE_MS, () => this.#giveTurns());
  }

  #armSweep(): void {
    this.#sweeper = this.clock.setTimer(SWEEP_MS, () => {
      const nowMs = this.clock.monotonicMs();
      for (const connection of this.#connections) connection.sweep(nowMs);
      this.#tellUntold();
      this.#armSweep();
    });
  }

  #tellUntold(): void {
    this.#tellHeld();
    const untold = this.#refusalCount - REFUSAL_LINES_MAX;
    this.#refusalCount = 0;
    if (untold <= 0) return;
    this.#options.logger.warn('more Kafka connections were closed', { count: untold });
  }

  #tellHeld(): void {
    const count = this.#untoldHeldCount;
    this.#untoldHeldCount = 0;
    if (count === 0) return;
    const rate = this.limits.connectionRateMax;
    const text = `Kafka connections had to wait: max.connection.creation.rate=${rate}`;
    this.#options.logger.warn(text, { count });
  }
}

const DEAF: ByteSocketListener = { onBytes: () => {}, onDrain: () => {}, onClose: () => {} };

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
