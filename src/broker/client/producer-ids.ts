import type { ErrorCode } from '../../base/errors.ts';
import { errorCodeOf, OttlaError } from '../../base/errors.ts';
import type { ProducerId } from '../../base/ids.ts';
import { NONE } from '../../base/ids.ts';
import type { Handler } from '../../env/transport.ts';
import { ClientService, ControllerService } from '../../gen/ottla.ts';
import { guardedCall } from '../guard.ts';
import type { ClientContext } from './context.ts';
import { numberOf } from './context.ts';

const DEADLINE_MS = 10_000;

export const initProducerIdHandler = (context: ClientContext): Handler => {
  const ids = new ProducerIds(context);
  return guardedCall(context.onFatal, ClientService.initProducerId, async () => {
    try {
      return { errorCode: 0, producerId: await ids.next(), producerEpoch: 0 };
    } catch (error) {
      return { errorCode: numberOf(error), producerId: NONE, producerEpoch: NONE };
    }
  });
};

/** Gives out producer ids, each once in the life of the cluster, from blocks of the controller. */
export class ProducerIds {
  readonly #context: Pick<ClientContext, 'channel' | 'identity'>;
  #next: ProducerId = 0;
  #end: ProducerId = 0;
  #refill: Promise<void> | undefined;

  constructor(context: Pick<ClientContext, 'channel' | 'identity'>) {
    this.#context = context;
  }

  /** Errors: NO_CONTROLLER and what else the controller answers; all retriable ones are retried. */
  async next(): Promise<ProducerId> {
    while (this.#next >= this.#end) {
      this.#refill ??= this.#allocate().finally(() => {
        this.#refill = undefined;
      });
      await this.#refill;
    }
    const producerId = this.#next;
    this.#next += 1;
    return producerId;
  }

  /** A block whose answer was lost is never used: the next one begins after it. */
  async #allocate(): Promise<void> {
    const { channel, identity } = this.#context;
    const request = { brokerId: identity.brokerId, brokerEpoch: identity.brokerEpoch() };
    const block = await channel.ask(ControllerService.allocateProducerIds, {
      request,
      deadlineMs: DEADLINE_MS,
      codesOf: ({ errorCode }) => [errorCode],
    });
    if (block.errorCode !== 0) {
      const code = codeForClient(errorCodeOf(block.errorCode));
      throw new OttlaError(code, `no producer ids were given out: ${code}; try again`);
    }
    this.#next = block.firstProducerId;
    this.#end = block.firstProducerId + block.count;
  }
}

/**
 * A registration that is over is this broker's trouble, ended by its next one: to a client it must
 * not look as if asking again were in vain.
 */
const codeForClient = (code: ErrorCode): ErrorCode =>
  code === 'STALE_BROKER_EPOCH' ? 'BROKER_NOT_AVAILABLE' : code;
