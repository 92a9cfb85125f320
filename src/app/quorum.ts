import { OttlaError } from '../base/errors.ts';
import type { ClusterId, DirectoryId, NodeId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Quorum } from '../controller/controller-node.ts';
import type { Env } from '../env/env.ts';
import type { SnapshotBytes } from '../metadata/loader.ts';
import { MetadataLoader } from '../metadata/loader.ts';
import type { SnapshotterOptions } from '../metadata/snapshotter.ts';
import { MetadataSnapshotter } from '../metadata/snapshotter.ts';
import { KNOWN_VERSIONS } from '../metadata/versions.ts';
import type { RaftConfig } from '../raft/core/types.ts';
import type { Leadership, RaftListener } from '../raft/raft-node.ts';
import { RaftNode, TICK_MS } from '../raft/raft-node.ts';
import { RaftStore } from '../raft/raft-store.ts';
import type { Restored } from '../raft/recovery.ts';
import { storedVoters, whyVoteless } from '../raft/recovery.ts';
import type { NodeConfig } from './config.ts';
import { raftDirectory, requireVoters } from './directory.ts';
import { isSoleVoter, isVoter } from './restore-vote.ts';

interface MetadataOptions {
  readonly env: Env;
  readonly config: NodeConfig;
  readonly clusterId: ClusterId;
  readonly directoryId: DirectoryId;
  readonly onFatal: (error: unknown) => void;
  readonly tuning?: {
    readonly raft?: Partial<RaftConfig>;
    readonly snapshots?: SnapshotterOptions;
  };
}

/**
 * A voter that may have forgotten a promise keeps to the part of an observer: the others make up
 * for it while they are a majority. One that is alone would wait for ever: it fails.
 */
const reportDistrust = (
  { config, env: { logger } }: Pick<MetadataOptions, 'config' | 'env'>,
  reason: string,
  restored: Restored,
): void => {
  const directory = raftDirectory(config.metadataDir);
  const { nodeId } = config;
  const isNewcomer = restored.onlyIfNamed === true;
  const isNew = isNewcomer && restored.entries.length === 0;
  const stored = storedVoters(restored);
  if (isSoleVoter(config, stored)) {
    if (isNewcomer && stored === undefined) failAlone(nodeId);
    throw new OttlaError(
      'CORRUPT_STORE',
      `${directory}: ${reason}; node ${nodeId} is the only voter and may have forgotten changes: ` +
        "run 'ottla restore-vote' with its configuration, which says what may be lost",
    );
  }
  logger.warn('this node takes part as an observer only', {
    directory,
    reason,
    meaning: 'it may have forgotten what it promised as a voter',
    remedy:
      'keep a majority of all voters running beside it; replace it: ottla cluster remove-controller, ' +
      `then ${isNew ? '' : 'format it anew with --rejoin, and '}ottla cluster add-controller`,
  });
};

/** A node that meets metadata of a later release ends: its line names what is on its disk. */
const naming = (directory: string, apply: () => void): void => {
  try {
    apply();
  } catch (error) {
    if (!(error instanceof OttlaError) || error.code !== 'UNSUPPORTED_VERSION') throw error;
    throw new OttlaError(error.code, `${directory}: ${error.message}`, { cause: error });
  }
};

/**
 * Other controllers may have joined since the configuration was written: they have the log, and
 * what a newcomer holds of it came from one of them.
 */
const failAlone = (nodeId: NodeId): never => {
  throw new OttlaError(
    'CONFIG',
    `controller.quorum.voters: names node ${nodeId} alone, whose directory was formatted with ` +
      '--rejoin: name controllers that joined since, from whom it gets the metadata; if none ' +
      'ever did, restore its directory from a backup',
  );
};

/** This node's member of the quorum (voter or observer) and the image that follows its log. */
export class MetadataPlane {
  readonly raft: RaftNode;
  readonly loader: MetadataLoader;
  /** Called for each change of leadership, after the loader has what came before it. */
  onLeadership: (leadership: Leadership) => void = () => {};
  #leadership: Leadership = { leaderId: NONE, term: 0, isActive: false };

  private constructor(
    raft: (listener: RaftListener) => RaftNode,
    { env: { logger }, config, tuning }: MetadataOptions,
  ) {
    const directory = raftDirectory(config.metadataDir);
    this.loader = new MetadataLoader();
    const keep = (snapshot: SnapshotBytes): Promise<void> => this.raft.snapshotTaken(snapshot);
    const snapshotter = new MetadataSnapshotter({
      loader: this.loader,
      keep,
      logger,
      ...(tuning?.snapshots === undefined ? {} : { options: tuning.snapshots }),
    });
    this.raft = raft({
      onCommitted: (entries) => {
        naming(directory, () => this.loader.onCommitted(entries));
        snapshotter.onCommitted(entries);
      },
      onSnapshot: (snapshot) => naming(directory, () => this.loader.onSnapshot(snapshot)),
      onLeadership: (leadership) => {
        this.#leadership = leadership;
        this.onLeadership(leadership);
      },
    });
  }

  /** Opens the stored log; nothing moves before `raft.start()`. */
  static async open(options: MetadataOptions): Promise<MetadataPlane> {
    const { env, config, clusterId, directoryId, onFatal } = options;
    const beforeVoters = (): Promise<void> => requireVoters(env.disk, config.metadataDir);
    const directory = raftDirectory(config.metadataDir);
    const ours = { beforeVoters, directoryId };
    const { store, restored } = await RaftStore.open(env, directory, ours);
    const reason = whyVoteless(restored);
    const stored = storedVoters(restored);
    if (reason !== undefined && isVoter(config, stored)) {
      if (isSoleVoter(config, stored)) await store.close();
      reportDistrust(options, reason, restored);
    }
    const voters = new Map(config.voters.map(({ nodeId, address }) => [nodeId, address]));
    const electionTicks = Math.max(2, Math.round(config.electionTimeoutMs / TICK_MS));
    const build = (listener: RaftListener): RaftNode =>
      new RaftNode({
        nodeId: config.nodeId,
        clusterId,
        directoryId,
        address: config.advertised.peer ?? config.listeners.peer,
        voters,
        versions: KNOWN_VERSIONS,
        env,
        store,
        // A node that was a controller once keeps its store, and no longer answers for it.
        restored: { ...restored, canVote: restored.canVote && config.isController },
        listener,
        onFatal,
        tuning: { electionTicks, ...options.tuning?.raft },
      });
    return new MetadataPlane(build, options);
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  /** Why no metadata comes, and the remedy; undefined: it comes, or nothing is known of it. */
  waitsFor(): string | undefined {
    const { leaderId } = this.#leadership;
    if (leaderId === NONE || !this.raft.status().needsUpdate) return undefined;
    return `the metadata holds what this release could not keep: update this node to the release of node ${leaderId}, which leads`;
  }

  /** Where the leader of the quorum is reached; undefined: it or its place is not known. */
  leaderAddress(): string | undefined {
    const { leaderId } = this.#leadership;
    return leaderId === NONE ? undefined : this.raft.addressOf(leaderId);
  }

  /** Raft as the controller sees it. */
  quorum(): Quorum {
    const { raft } = this;
    return {
      propose: (payload) => raft.propose(payload),
      announcedAddress: (nodeId) => raft.announcedAddress(nodeId),
      changeVoters: (change) => raft.changeVoters(change),
      status: () => {
        const { leaderId, peers, voters, ...rest } = raft.status();
        return {
          ...rest,
          leaderId: leaderId ?? NONE,
          voters: voters.map(({ id, ...voter }) => ({ nodeId: id, ...voter })),
          peers: peers.map(({ id, voter, matchIndex, ballot, counts, needsUpdate }) => ({
            nodeId: id,
            voter,
            matchIndex,
            directoryId: ballot?.directoryId ?? '',
            canVote: ballot?.canVote ?? false,
            counts,
            needsUpdate,
          })),
        };
      },
      voterVersions: () => [...raft.voterVersions()].map(([nodeId, said]) => ({ nodeId, ...said })),
    };
  }
}
