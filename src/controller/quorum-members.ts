import { OttlaError } from '../base/errors.ts';
import type { NodeId } from '../base/ids.ts';
import type { AlterQuorumRequest, AlterQuorumResponse, RaftVoter } from '../gen/ottla.ts';
import type { MetadataImage } from '../metadata/image.ts';
import { requireFeature } from '../metadata/versions.ts';

/** The voters, as raft has them and lets them be changed. */
export interface QuorumMembers {
  status(): {
    /** The set in force, committed or not. */
    readonly voters: readonly RaftVoter[];
  };
  /** See `RaftNode.changeVoters`. */
  changeVoters(change: { readonly kind: 'add' | 'remove'; readonly nodeId: NodeId }): Promise<void>;
}

/**
 * Makes a controller a voter, or takes one out; resolves once that is committed. It is no decision
 * on the image: who votes is raft's own matter, and stands in its log beside the records. What was
 * so before is answered as unchanged, for a request whose answer was lost is sent again. Errors:
 * UNSUPPORTED_VERSION where the cluster, as committed in `image`, is at an earlier
 * `metadata.version`; those of `RaftNode.changeVoters`.
 */
export const alterQuorum = async (
  raft: QuorumMembers,
  image: MetadataImage,
  { nodeId, remove }: AlterQuorumRequest,
): Promise<AlterQuorumResponse> => {
  // In the log before any set: a release that goes by its configuration ends there.
  requireFeature(image, 'voters');
  const kind = remove ? 'remove' : 'add';
  try {
    await raft.changeVoters({ kind, nodeId });
    return { changed: true, voters: [...raft.status().voters] };
  } catch (error) {
    if (!isSoAlready(error)) throw error;
    return { changed: false, voters: [...raft.status().voters] };
  }
};

const isSoAlready = (error: unknown): boolean =>
  error instanceof OttlaError &&
  (error.code === 'VOTER_NOT_FOUND' || error.code === 'DUPLICATE_VOTER');
