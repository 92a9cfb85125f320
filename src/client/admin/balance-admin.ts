import type { NodeId, PartitionId } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { named } from '../timing.ts';

/** `heal`: a replica is rebuilt whose broker is away; `even`: brokers are made even. */
export type BalanceMoveKind = 'heal' | 'even';

/** A move that has not begun. */
export interface PlannedMove {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly kind: BalanceMoveKind;
  /** The replicas now, the preferred leader first. */
  readonly from: readonly NodeId[];
  /** The replicas then. */
  readonly to: readonly NodeId[];
  /** Of all new replicas together; 0: only another one leads. undefined: not known. */
  readonly copyBytes: number | undefined;
}

/** A move that the controller has begun by itself. */
export interface BalanceMoveState {
  readonly topic: string;
  readonly partition: PartitionId;
  readonly kind: BalanceMoveKind;
  readonly to: readonly NodeId[];
  readonly addingReplicas: readonly NodeId[];
  readonly copiedBytes: number;
  /** What `copiedBytes` rises to; undefined: not known. */
  readonly copyBytes: number | undefined;
}

export interface BalanceState {
  /** Why brokers are being made even, to be shown; undefined: they are not. */
  readonly reason: string | undefined;
  /** What has not begun. */
  readonly planned: readonly PlannedMove[];
  /** False: more may have to move, of which the sums below know nothing yet. */
  readonly isPlanWhole: boolean;
  readonly underWay: readonly BalanceMoveState[];
  /** To be copied by both, as far as sizes are known. */
  readonly leftBytes: number;
  /** How long that takes without other traffic. */
  readonly leftMs: number;
  /** At what rate copies were seen to go; undefined: `leftMs` goes by bounds, or 50 MiB/s. */
  readonly seenBytesPerSecond: number | undefined;
  /** `auto.balance.enable` of the active controller. */
  readonly isAutomatic: boolean;
  /** Brokers away for `replica.heal.delay.ms` or longer. */
  readonly away: readonly NodeId[];
}

/**
 * Makes brokers even by replicas, bytes, leaders and racks. The active controller plans and moves,
 * and goes on whoever asked or dies. Made by `Admin.balance`.
 */
export class BalanceAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** What is to move, what moves already, and how long it takes. Changes nothing. */
  describe(options: TimedCallOptions = {}): Promise<BalanceState> {
    return named('describeBalance', options.signal, () => this.#describe(false, options));
  }

  /** The same, as if brokers were to be made even: what `apply` would do. Changes nothing. */
  plan(options: TimedCallOptions = {}): Promise<BalanceState> {
    return named('planBalance', options.signal, () => this.#describe(true, options));
  }

  /**
   * Has brokers made even; resolves when that is decided and durable, not when it is done: see
   * `describe`. Throws UNSUPPORTED_VERSION below metadata.version 2 (not retriable).
   */
  async apply(options: TimedCallOptions = {}): Promise<void> {
    await named('applyBalance', options.signal, () =>
      this.#call(ClientService.alterBalance, options, { apply: true }),
    );
  }

  /**
   * Ends that, and takes moves under way back, but for those whose old replicas are not in sync:
   * these end by themselves. Answers how many were taken back. Heals go on. Throws as `apply`.
   */
  async cancel(options: TimedCallOptions = {}): Promise<number> {
    const { cancelledCount } = await named('cancelBalance', options.signal, () =>
      this.#call(ClientService.alterBalance, options, { apply: false }),
    );
    return cancelledCount;
  }

  async #describe(whatIf: boolean, options: TimedCallOptions): Promise<BalanceState> {
    const state = await this.#call(ClientService.describeBalance, options, { whatIf });
    const { reason, seenBytesPerSecond, automatic, ...others } = state;
    return {
      ...others,
      reason: reason === '' ? undefined : reason,
      planned: state.planned.map(inWords),
      underWay: state.underWay.map(inWords),
      seenBytesPerSecond: known(seenBytesPerSecond),
      isAutomatic: automatic,
    };
  }

  #call<Request, Response>(
    method: UnaryMethod<Request, Response>,
    options: TimedCallOptions,
    request: Request,
  ): Promise<Response> {
    const { timeoutMs = this.#context.requestTimeoutMs, signal } = options;
    return this.#context.calls.any(method, { request, timeoutMs, signal });
  }
}

const known = (value: number): number | undefined => (value < 0 ? undefined : value);

/** As it is told here: the kind by name, and no number for what is not known. */
const inWords = <T extends { readonly heal: boolean; readonly copyBytes: number }>({
  heal,
  ...move
}: T) => ({
  ...move,
  kind: heal ? ('heal' as const) : ('even' as const),
  copyBytes: known(move.copyBytes),
});
