import { describeError, OttlaError } from '../base/errors.ts';
import type { DirectoryId, NodeId } from '../base/ids.ts';
import type { Transport } from '../env/transport.ts';
import type { AlterQuorumRequest, AlterQuorumResponse, RaftVoter } from '../gen/ottla.ts';
import { ControllerService } from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { requireFeature } from '../metadata/versions.ts';

/** The voters, as raft has them and lets them be changed. */
export interface QuorumMembers {
  status(): {
    /** The set in force, committed or not. */
    readonly voters: readonly RaftVoter[];
  };
  /** Where a node that is, or could become, a voter says that it is; known to the leader only. */
  announcedAddress(nodeId: NodeId): string | undefined;
  /** See `RaftNode.changeVoters`. */
  changeVoters(change: {
    readonly kind: 'add' | 'remove';
    readonly nodeId: NodeId;
    readonly directoryId?: DirectoryId | undefined;
  }): Promise<void>;
}

export interface QuorumContext {
  readonly raft: QuorumMembers;
  /** As committed. */
  readonly image: MetadataImage;
  readonly transport: Transport;
}

const ANSWER_MS = 1000;

/**
 * Makes a controller a voter, or takes one out; resolves once that is committed. It is no decision
 * on the image: who votes is raft's own matter, and stands in its log beside the records. What was
 * so before is answered as unchanged, for a request whose answer was lost is sent again. Errors:
 * UNSUPPORTED_VERSION where the cluster is at an earlier `metadata.version`; INELIGIBLE_REPLICA
 * where nobody, or another node, answers at the address that the new voter gives, and
 * REPLICA_NOT_AVAILABLE (retriable) where none does in time, or it moves meanwhile;
 * INVALID_REQUEST where one is added by its directory; VOTER_NOT_FOUND where one is removed by
 * another than its own; those of `RaftNode.changeVoters`.
 */
export const alterQuorum = async (
  { raft, image, transport }: QuorumContext,
  request: AlterQuorumRequest,
): Promise<AlterQuorumResponse> => {
  // In the log before any set: a release that goes by its configuration ends there.
  requireFeature(image, 'voters');
  const { nodeId, remove } = request;
  const directoryId = directoryOf(request);
  const kind = remove ? 'remove' : 'add';
  if (kind === 'add') await checkReached(raft, transport, nodeId);
  try {
    await raft.changeVoters({ kind, nodeId, directoryId });
    return { changed: true, voters: [...raft.status().voters] };
  } catch (error) {
    const { voters } = raft.status();
    const isVoter = voters.some((voter) => voter.nodeId === nodeId);
    if (!isSoAlready(error, isVoter)) throw error;
    return { changed: false, voters: [...voters] };
  }
};

const directoryOf = ({
  nodeId,
  remove,
  directoryId,
}: AlterQuorumRequest): DirectoryId | undefined => {
  if (directoryId === '') return undefined;
  if (remove) return directoryId;
  throw new OttlaError(
    'INVALID_REQUEST',
    `a controller is added with the directory that it runs on: name node ${nodeId} alone`,
  );
};

/** Who removes a voter by its directory, and meets another one, has not got what was asked for. */
const isSoAlready = (error: unknown, isVoter: boolean): boolean => {
  if (!(error instanceof OttlaError)) return false;
  return error.code === 'DUPLICATE_VOTER' || (error.code === 'VOTER_NOT_FOUND' && !isVoter);
};

/**
 * What a node follows the log by is a connection of its own. As a voter it is sought at its
 * address, and once it leads by every broker: one that is wrong would be found out only then.
 */
const checkReached = async (
  raft: QuorumMembers,
  transport: Transport,
  nodeId: NodeId,
): Promise<void> => {
  const address = raft.announcedAddress(nodeId);
  const known = raft.status().voters.find((voter) => voter.nodeId === nodeId);
  if (address === undefined || address === known?.address) return;
  const remedy = `set advertised.listeners of node ${nodeId} to a PEER address that the others reach`;
  const found = await whoIsAt(address, transport).catch((error: unknown) => {
    // A connection that is refused is told at once; one that is slow may come on the next attempt.
    const isSlow = error instanceof OttlaError && error.code === 'REQUEST_TIMED_OUT';
    throw new OttlaError(
      isSlow ? 'REPLICA_NOT_AVAILABLE' : 'INELIGIBLE_REPLICA',
      `controller ${nodeId} says that it is at ${address}, and does not answer there ` +
        `(${describeError(error)}): start it, or ${remedy}`,
    );
  });
  if (found !== nodeId) {
    throw new OttlaError(
      'INELIGIBLE_REPLICA',
      `controller ${nodeId} says that it is at ${address}, where node ${found} is: ${remedy}`,
    );
  }
  requireUnmoved(nodeId, address, raft.announcedAddress(nodeId));
};

/** What raft writes down is where it says that it is by then; undefined: this one leads no more. */
const requireUnmoved = (nodeId: NodeId, asked: string, address = asked): void => {
  if (address === asked) return;
  throw new OttlaError(
    'REPLICA_NOT_AVAILABLE',
    `controller ${nodeId} has moved from ${asked} to ${address} meanwhile: try again`,
  );
};

const whoIsAt = async (address: string, transport: Transport): Promise<NodeId> => {
  const options = { deadlineMs: ANSWER_MS, lane: 'control', isConnectionNew: true } as const;
  const asked = { request: {}, ...options };
  return (await transport.call(address, ControllerService.describeQuorum, asked)).nodeId;
};
