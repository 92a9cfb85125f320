import { describeError, errorNumber, OttlaError } from '../base/errors.ts';
import type { LogIndex, NodeId, Term } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import { randomId } from '../env/random.ts';
import type { Handler } from '../env/transport.ts';
import { onCall } from '../env/transport.ts';
import type {
  AlterQuorumRequest,
  AlterQuorumResponse,
  CreatePartitionsRequest,
  CreateTopicsRequest,
  DescribeQuorumResponse,
  QuorumPeer,
  RaftVoter,
  UnregisterBrokerRequest,
} from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import type { MetadataLoader } from '../metadata/loader.ts';
import type { ControllerEnv } from './active-controller.ts';
import { ActiveController } from './active-controller.ts';
import { decideAlterBalance } from './balance/alter-balance.ts';
import { logChanges } from './change-log.ts';
import type { ControllerConfig } from './config.ts';
import { decideAlterConfigs } from './configs.ts';
import type { Decision } from './decision.ts';
import { decideElectLeaders } from './election.ts';
import { decideAlterPartition } from './isr.ts';
import type { VoterVersions } from './metadata-version.ts';
import { decideRaiseVersion, describeClusterVersions } from './metadata-version.ts';
import type { Proposer } from './metadata-writer.ts';
import { registerControllerMetrics, uncleanElectionCounter } from './metrics.ts';
import { decideAllocateProducerIds } from './producer-ids.ts';
import type { QuorumMembers } from './quorum-members.ts';
import { alterQuorum } from './quorum-members.ts';
import { decideAlterReassignments, listReassignments } from './reassignment.ts';
import { SessionServer } from './session-server.ts';
import { decideCreatePartitions, decideCreateTopics, decideDeleteTopics } from './topics.ts';
import { decideUnregisterBroker } from './unregister.ts';

/** What the controller needs of raft. */
export interface Quorum extends Proposer, QuorumMembers {
  status(): {
    /** NONE: not known. */
    readonly leaderId: NodeId;
    readonly term: Term;
    readonly commitIndex: LogIndex;
    readonly lastIndex: LogIndex;
    readonly peers: readonly QuorumPeer[];
    /** The set in force, committed or not. */
    readonly voters: readonly RaftVoter[];
  };
  /** Of every voter, this node included. */
  voterVersions(): readonly VoterVersions[];
}

/** Who leads the quorum, as raft tells it. */
export interface ControllerLeadership {
  readonly leaderId: NodeId;
  readonly term: Term;
  /** This node leads, and has applied every entry from before its term. */
  readonly isActive: boolean;
}

export interface ControllerDeps {
  readonly raft: Quorum;
  readonly loader: Pick<MetadataLoader, 'image' | 'subscribe'>;
  readonly env: ControllerEnv;
  readonly config: ControllerConfig;
}

const SEED_END = 2 ** 31;

/** Nothing to write: told once all that it shows is committed. */
const answered = <Response>(response: Response): Decision<Response> => ({
  records: [],
  respond: () => response,
});

/**
 * The controller of one node. It is active while its node leads the quorum; until then, and after,
 * it answers NOT_CONTROLLER. Raft's events must reach the loader before they reach this.
 */
export class ControllerNode {
  readonly #deps: ControllerDeps;
  readonly #sessionServer: SessionServer;
  readonly #unsubscribe: () => void;
  #active: ActiveController | undefined;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    const { env, loader } = deps;
    this.#sessionServer = new SessionServer({ active: () => this.#active, logger: env.logger });
    registerControllerMetrics(env.meter, {
      isActive: () => this.isActive,
      image: () => loader.image,
    });
    const sinks = { logger: env.logger, uncleanElections: uncleanElectionCounter(env.meter) };
    this.#unsubscribe = loader.subscribe((next, previous, news) => {
      if (this.#active === undefined) return;
      this.#active.onImage(next);
      logChanges({ previous, next, ...news }, sinks);
    });
  }

  get isActive(): boolean {
    return this.#active !== undefined;
  }

  /** Raft's view has changed: becomes active or resigns. */
  onLeadership({ leaderId, term, isActive }: ControllerLeadership): void {
    const { raft, env, config, loader } = this.#deps;
    const isMine = isActive && leaderId === config.nodeId;
    if (this.#active !== undefined && !(isMine && this.#active.term === term)) this.#resign();
    if (!isMine || this.#active !== undefined) return;
    env.logger.info('controller active', { term, index: loader.image.index });
    this.#active = new ActiveController({ raft, env, config, term, image: loader.image });
    this.#active.start();
  }

  handlers(): Handler[] {
    return [...this.#brokerHandlers(), ...this.#adminHandlers()];
  }

  /** Resigns and ends; what waits gets NOT_CONTROLLER. */
  close(): void {
    this.#unsubscribe();
    this.#resign();
  }

  #resign(): void {
    if (this.#active === undefined) return;
    this.#deps.env.logger.info('controller resigned', { term: this.#active.term });
    this.#active.close();
    this.#active = undefined;
    this.#sessionServer.closeAll();
  }

  /** Answered with an error code in the response, as brokers expect. */
  #brokerHandlers(): Handler[] {
    return [
      this.#sessionServer.handler(),
      onCall(ControllerService.registerBroker, (request) =>
        this.#codedAnswer(
          () => this.#mustBeActive().register(request),
          (errorCode, errorMessage) => ({ errorCode, errorMessage, brokerEpoch: NONE }),
        ),
      ),
      onCall(ControllerService.alterPartition, (request) =>
        this.#codedAnswer(
          () => this.#submit((image, { context }) => decideAlterPartition(image, request, context)),
          (errorCode) => ({ errorCode, partitions: [] }),
        ),
      ),
      onCall(ControllerService.allocateProducerIds, (request) =>
        this.#codedAnswer(
          () => this.#submit((image) => decideAllocateProducerIds(image, request)),
          (errorCode) => ({ errorCode, firstProducerId: NONE, count: 0 }),
        ),
      ),
      onCall(ControllerService.electLeaders, (request) =>
        this.#codedAnswer(
          () => this.#submit((image, { context }) => decideElectLeaders(image, request, context)),
          (errorCode) => ({ errorCode, results: [], metadataIndex: 0 }),
        ),
      ),
    ];
  }

  /** Their responses have a code per item only: an error of the whole call is thrown. */
  #adminHandlers(): Handler[] {
    return [
      onCall(ControllerService.createTopics, (request) =>
        this.#thrown(() => this.#createTopics(request)),
      ),
      onCall(ControllerService.deleteTopics, (request) =>
        this.#thrown(() => this.#submit((image) => decideDeleteTopics(image, request))),
      ),
      onCall(ControllerService.createPartitions, (request) =>
        this.#thrown(() => this.#createPartitions(request)),
      ),
      onCall(ControllerService.alterConfigs, (request) =>
        this.#thrown(() =>
          this.#submit((image, { context }) => decideAlterConfigs(image, request, context)),
        ),
      ),
      onCall(ControllerService.alterReassignments, (request) =>
        this.#thrown(() =>
          this.#submit((image, { context }) => decideAlterReassignments(image, request, context)),
        ),
      ),
      onCall(ControllerService.listReassignments, (request) =>
        this.#thrown(() => this.#submit((image) => answered(listReassignments(image, request)))),
      ),
      onCall(ControllerService.unregisterBroker, (request) =>
        this.#thrown(() => this.#unregister(request)),
      ),
      onCall(ControllerService.describeBalance, (request) =>
        this.#thrown(async () => this.#mustBeActive().describeBalance(request)),
      ),
      onCall(ControllerService.describeRecovery, (request) =>
        this.#thrown(async () => this.#mustBeActive().describeRecovery(request)),
      ),
      onCall(ControllerService.alterBalance, ({ apply }) =>
        this.#thrown(() =>
          this.#submit((image, { context }) => decideAlterBalance(image, apply, context)),
        ),
      ),
      onCall(ControllerService.describeVersions, () =>
        this.#thrown(() =>
          this.#submit((image) =>
            answered(describeClusterVersions(image, this.#deps.raft.voterVersions())),
          ),
        ),
      ),
      onCall(ControllerService.raiseVersion, (request) =>
        this.#thrown(() =>
          this.#submit((image) =>
            decideRaiseVersion(image, request, this.#deps.raft.voterVersions()),
          ),
        ),
      ),
      onCall(ControllerService.describeQuorum, async () => this.#describeQuorum()),
      onCall(ControllerService.alterQuorum, (request) =>
        this.#thrown(() => this.#alterQuorum(request)),
      ),
    ];
  }

  #createTopics(request: CreateTopicsRequest) {
    const { random } = this.#deps.env;
    const context = {
      ...this.#growthContext(),
      topicIds: request.topics.map(() => randomId(random)),
    };
    return this.#submit((image) => decideCreateTopics(image, request, context));
  }

  #createPartitions(request: CreatePartitionsRequest) {
    const context = this.#growthContext();
    return this.#submit((image) => decideCreatePartitions(image, request, context));
  }

  #unregister(request: UnregisterBrokerRequest) {
    return this.#submit((image, active) =>
      decideUnregisterBroker(image, request, (broker) => active.isHeard(broker)),
    );
  }

  #growthContext() {
    const { env, config } = this.#deps;
    const { limits, fileDefaults } = config;
    const nowMs = env.clock.wallMs();
    return { limits, fileDefaults, placementSeed: env.random.below(SEED_END), nowMs };
  }

  async #alterQuorum(request: AlterQuorumRequest): Promise<AlterQuorumResponse> {
    this.#mustBeActive();
    const { raft, loader, env } = this.#deps;
    return alterQuorum({ raft, image: loader.image, transport: env.transport }, request);
  }

  #describeQuorum(): DescribeQuorumResponse {
    const { leaderId, term, commitIndex, lastIndex, peers, voters } = this.#deps.raft.status();
    return {
      nodeId: this.#deps.config.nodeId,
      leaderId,
      term,
      commitIndex,
      lastIndex,
      peers: [...peers],
      voters: [...voters],
    };
  }

  async #submit<Response>(
    decide: (image: MetadataImage, active: ActiveController) => Decision<Response>,
  ): Promise<Response> {
    const active = this.#mustBeActive();
    return active.submit((image) => decide(image, active));
  }

  #mustBeActive(): ActiveController {
    if (this.#active !== undefined) return this.#active;
    throw new OttlaError(
      'NOT_CONTROLLER',
      `node ${this.#deps.config.nodeId} is not the active controller; ask the leader of the quorum`,
    );
  }

  async #codedAnswer<Response>(
    run: () => Promise<Response>,
    refuse: (errorCode: number, errorMessage: string) => Response,
  ): Promise<Response> {
    try {
      return await run();
    } catch (error) {
      const { code, message } = this.#operatingError(error);
      return refuse(errorNumber(code), message);
    }
  }

  async #thrown<Response>(run: () => Promise<Response>): Promise<Response> {
    try {
      return await run();
    } catch (error) {
      throw this.#operatingError(error);
    }
  }

  /** Where bugs in decisions end: nothing was proposed, so only this request fails, loudly. */
  #operatingError(error: unknown): OttlaError {
    if (error instanceof OttlaError) return error;
    this.#deps.env.logger.error('a controller request failed', { error: describeError(error) });
    return new OttlaError('UNKNOWN_SERVER_ERROR', `the controller failed: ${describeError(error)}`);
  }
}
