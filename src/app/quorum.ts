import type { ClusterId } from '../base/ids.ts';
import { NONE } from '../base/ids.ts';
import type { Quorum } from '../controller/controller-node.ts';
import type { Env } from '../env/env.ts';
import type { SnapshotBytes } from '../metadata/loader.ts';
import { MetadataLoader } from '../metadata/loader.ts';
import type { SnapshotterOptions } from '../metadata/snapshotter.ts';
import { MetadataSnapshotter } from '../metadata/snapshotter.ts';
import type { RaftConfig } from '../raft/core/types.ts';
import type { Leadership, RaftListener } from '../raft/raft-node.ts';
import { RaftNode, TICK_MS } from '../raft/raft-node.ts';
import { RaftStore } from '../raft/raft-store.ts';
import type { NodeConfig } from './config.ts';
import { raftDirectory } from './directory.ts';

interface MetadataOptions {
  readonly env: Env;
  readonly config: NodeConfig;
  readonly clusterId: ClusterId;
  readonly onFatal: (error: unknown) => void;
  readonly tuning?: {
    readonly raft?: Partial<RaftConfig>;
    readonly snapshots?: SnapshotterOptions;
  };
}

/** This node's member of the quorum (voter or observer) and the image that follows its log. */
export class MetadataPlane {
  readonly raft: RaftNode;
  readonly loader: MetadataLoader;
  /** Called for each change of leadership, after the loader has what came before it. */
  onLeadership: (leadership: Leadership) => void = () => {};
  #leadership: Leadership = { leaderId: NONE, term: 0, isActive: false };

  private constructor(
    raft: (listener: RaftListener) => RaftNode,
    { env: { logger }, tuning }: MetadataOptions,
  ) {
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
        this.loader.onCommitted(entries);
        snapshotter.onCommitted(entries);
      },
      onSnapshot: (snapshot) => this.loader.onSnapshot(snapshot),
      onLeadership: (leadership) => {
        this.#leadership = leadership;
        this.onLeadership(leadership);
      },
    });
  }

  /** Opens the stored log; nothing moves before `raft.start()`. */
  static async open(options: MetadataOptions): Promise<MetadataPlane> {
    const { env, config, clusterId, onFatal } = options;
    const { store, restored } = await RaftStore.open(env, raftDirectory(config.logDir));
    const voters = new Map(config.voters.map(({ nodeId, address }) => [nodeId, address]));
    const electionTicks = Math.max(2, Math.round(config.electionTimeoutMs / TICK_MS));
    const build = (listener: RaftListener): RaftNode =>
      new RaftNode({
        nodeId: config.nodeId,
        clusterId,
        voters,
        env,
        store,
        restored,
        listener,
        onFatal,
        tuning: { electionTicks, ...options.tuning?.raft },
      });
    return new MetadataPlane(build, options);
  }

  get leadership(): Leadership {
    return this.#leadership;
  }

  /** Raft as the controller sees it. */
  quorum(): Quorum {
    const { raft } = this;
    return {
      propose: (payload) => raft.propose(payload),
      status: () => {
        const { leaderId, peers, ...rest } = raft.status();
        const described = peers.map(({ id, voter, matchIndex }) => ({
          nodeId: id,
          isVoter: voter,
          matchIndex,
        }));
        return { ...rest, leaderId: leaderId ?? NONE, peers: described };
      },
    };
  }
}
