import { describeError, errorNumber, OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type { Logger } from '../env/logger.ts';
import type { Handler, Stream } from '../env/transport.ts';
import { onStream } from '../env/transport.ts';
import type { BrokerHeartbeat, BrokerHeartbeatReply } from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';
import type { ActiveController, HeardBeat } from './active-controller.ts';

export interface SessionServerDeps {
  readonly active: () => ActiveController | undefined;
  readonly logger: Logger;
}

interface Link {
  readonly stream: Stream<BrokerHeartbeatReply>;
  brokerId: NodeId | undefined;
  /** Beats not answered yet; answers keep the order of the beats: the first holds up the rest. */
  readonly unanswered: UnansweredBeat[];
}

interface UnansweredBeat {
  readonly answer: HeardBeat['answer'];
  isReady: boolean;
}

/**
 * Serves the brokers' heartbeat streams. A refusal is answered with its code and ends the stream:
 * the broker then registers again, or looks for the active controller.
 */
export class SessionServer {
  readonly #deps: SessionServerDeps;
  readonly #links = new Set<Link>();

  constructor(deps: SessionServerDeps) {
    this.#deps = deps;
  }

  handler(): Handler {
    return onStream(ControllerService.brokerSession, (stream) => {
      const link: Link = { stream, brokerId: undefined, unanswered: [] };
      this.#links.add(link);
      return {
        onMessage: (beat) => this.#onBeat(link, beat),
        onClose: () => this.#onClose(link),
      };
    });
  }

  /** This node has resigned: brokers shall not wait for the end of their sessions to notice. */
  closeAll(): void {
    for (const link of [...this.#links]) this.#refuse(link, errorNumber('NOT_CONTROLLER'));
  }

  #onBeat(link: Link, beat: BrokerHeartbeat): void {
    const active = this.#deps.active();
    if (active === undefined) {
      this.#refuse(link, errorNumber('NOT_CONTROLLER'));
      return;
    }
    link.brokerId = beat.brokerId;
    this.#orRefuse(link, () => this.#take(link, active.onBeat(beat, link)));
  }

  #take(link: Link, { answer, handled }: HeardBeat): void {
    const beat = { answer, isReady: handled === undefined };
    link.unanswered.push(beat);
    handled?.then(
      () => {
        beat.isReady = true;
        this.#orRefuse(link, () => this.#answerReady(link));
      },
      (error: unknown) => this.#refuseFor(link, error),
    );
    this.#answerReady(link);
  }

  #answerReady(link: Link): void {
    while (link.unanswered[0]?.isReady === true && this.#links.has(link)) {
      const beat = link.unanswered.shift();
      if (beat !== undefined) link.stream.send(beat.answer());
    }
  }

  #orRefuse(link: Link, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#refuseFor(link, error);
    }
  }

  #refuseFor(link: Link, error: unknown): void {
    if (!(error instanceof OttlaError)) {
      this.#deps.logger.error('a heartbeat failed', { error: describeError(error) });
    }
    const code = error instanceof OttlaError ? error.code : 'UNKNOWN_SERVER_ERROR';
    this.#refuse(link, errorNumber(code));
  }

  #onClose(link: Link): void {
    if (!this.#links.delete(link) || link.brokerId === undefined) return;
    this.#deps.active()?.onStreamClosed(link.brokerId, link);
  }

  #refuse(link: Link, errorCode: number): void {
    if (!this.#links.delete(link)) return;
    link.stream.send({ errorCode, fenced: true, mayShutDown: false, committedIndex: 0 });
    link.stream.close();
  }
}
