import { OttlaError } from '../base/errors.ts';
import type { Clock, Timer } from '../env/clock.ts';
import type { Stream, Transport } from '../env/transport.ts';
import type { BrokerHeartbeat, BrokerHeartbeatReply, PartitionRef } from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';

export interface BrokerSessionOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The controller that was active when the session was opened. */
  readonly address: string;
  readonly intervalMs: number;
  /** Without a reply for this long the session is given up. */
  readonly silenceMs: number;
  readonly beat: (damaged: readonly PartitionRef[]) => BrokerHeartbeat;
  /** Replicas to report that the controller has not acknowledged. */
  readonly damaged: () => readonly PartitionRef[];
  /** False when another controller is known to be active. */
  readonly isStillRight: () => boolean;
  /** `damaged`: what the heartbeat that is answered reported. */
  readonly onReply: (reply: BrokerHeartbeatReply, damaged: readonly PartitionRef[]) => void;
  /** Called once, unless `close` was called before. */
  readonly onEnd: () => void;
}

/** One stream of heartbeats to one controller, until either side ends it. */
export class BrokerSession {
  readonly #options: BrokerSessionOptions;
  readonly #stream: Stream<BrokerHeartbeat>;
  /** What each unanswered heartbeat reported, oldest first: replies come in order. */
  readonly #unanswered: Array<readonly PartitionRef[]> = [];
  #timer: Timer | undefined;
  #lastReplyMs: number;
  #isClosed = false;

  constructor(options: BrokerSessionOptions) {
    this.#options = options;
    this.#lastReplyMs = options.clock.monotonicMs();
    this.#stream = options.transport.open(options.address, ControllerService.brokerSession, {
      lane: 'control',
      listener: {
        onMessage: (reply) => this.#onReply(reply),
        onClose: () => this.#end(),
      },
    });
    this.beatNow();
  }

  /** Beats at once, and then again by the interval. */
  beatNow(): void {
    if (this.#isClosed) return;
    const { clock, silenceMs, intervalMs, isStillRight } = this.#options;
    const silentForMs = clock.monotonicMs() - this.#lastReplyMs;
    if (silentForMs > silenceMs) {
      const message = `the controller at ${this.#options.address} was silent for ${silenceMs} ms`;
      this.#end(new OttlaError('REQUEST_TIMED_OUT', message));
      return;
    }
    if (!isStillRight()) {
      this.#end();
      return;
    }
    const damaged = this.#options.damaged();
    this.#unanswered.push(damaged);
    this.#stream.send(this.#options.beat(damaged));
    this.#timer?.cancel();
    this.#timer = clock.setTimer(intervalMs, () => this.beatNow());
  }

  close(error?: OttlaError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#stream.close(error);
  }

  #onReply(reply: BrokerHeartbeatReply): void {
    if (this.#isClosed) return;
    this.#lastReplyMs = this.#options.clock.monotonicMs();
    this.#options.onReply(reply, this.#unanswered.shift() ?? []);
  }

  #end(error?: OttlaError): void {
    if (this.#isClosed) return;
    this.close(error);
    this.#options.onEnd();
  }
}
