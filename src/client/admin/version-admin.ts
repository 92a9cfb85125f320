import type { NodeId } from '../../base/ids.ts';
import type { UnaryMethod } from '../../base/method.ts';
import { ClientService } from '../../gen/ottla.ts';
import type { ClientContext } from '../context.ts';
import type { TimedCallOptions } from '../env.ts';
import { named } from '../timing.ts';

/** Which values of `metadata.version` one node knows. */
export interface NodeVersions {
  readonly nodeId: NodeId;
  readonly isBroker: boolean;
  readonly isVoter: boolean;
  /** Both inclusive; undefined: a controller that is not heard, or whose release does not say. */
  readonly known: { readonly min: number; readonly max: number } | undefined;
}

export interface ClusterVersions {
  /** The `metadata.version` that the cluster is at. */
  readonly current: number;
  /** The highest that it can be raised to now; `current` where nothing higher can be. */
  readonly possible: number;
  /** All that the active controller knows, and what each added, as text to show. */
  readonly versions: readonly { readonly version: number; readonly adds: readonly string[] }[];
  readonly nodes: readonly NodeVersions[];
  /** What keeps the cluster from the highest one, each in one line with what to do. */
  readonly hindrances: readonly string[];
}

export interface RaiseOptions extends TimedCallOptions {
  /** Left out: the highest that every node knows. */
  readonly to?: number;
  /** True: all is checked, and nothing is changed. */
  readonly validateOnly?: boolean;
}

/** Told as it was, and as it is, or would be. */
export interface VersionChange {
  readonly from: number;
  readonly to: number;
}

/**
 * The version of what the cluster writes. New releases know the old ones' and write no newer one
 * until it is raised here. Made by `Admin.versions`.
 */
export class VersionAdmin {
  readonly #context: ClientContext;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** Where the cluster is, what its nodes know, and how far it can be raised. Changes nothing. */
  async describe(options: TimedCallOptions = {}): Promise<ClusterVersions> {
    const { finalized, possible, versions, nodes, hindrances } = await named(
      'describeVersions',
      options.signal,
      () => this.#call(ClientService.describeVersions, options, {}),
    );
    return {
      current: finalized,
      possible,
      versions,
      hindrances,
      nodes: nodes.map(({ nodeId, broker, voter, minVersion: min, maxVersion: max }) => ({
        nodeId,
        isBroker: broker,
        isVoter: voter,
        known: max === 0 ? undefined : { min, max },
      })),
    };
  }

  /**
   * Raises `metadata.version`, durably on return; what it is already is a success. It never sinks.
   * Throws UNSUPPORTED_VERSION where a registered broker or a voter does not know it or is not
   * heard, INVALID_UPDATE_VERSION for a lower one (neither retriable).
   */
  async raise({
    to = 0,
    validateOnly = false,
    ...options
  }: RaiseOptions = {}): Promise<VersionChange> {
    const request = { to, validateOnly };
    const answer = await named('raiseVersion', options.signal, () =>
      this.#call(ClientService.raiseVersion, options, request),
    );
    return { from: answer.from, to: answer.to };
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
