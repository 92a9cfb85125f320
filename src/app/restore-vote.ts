import { OttlaError } from '../base/errors.ts';
import type { LogIndex } from '../base/ids.ts';
import type { RaftStoreSeams } from '../raft/raft-store.ts';
import { findLostVote, giveVoteBack } from '../raft/restore-vote.ts';
import type { NodeConfig } from './config.ts';
import { checkDirectory, raftDirectory } from './directory.ts';

type VoterConfig = Pick<NodeConfig, 'nodeId' | 'voters' | 'logDir'>;

export const isVoter = ({ nodeId, voters }: VoterConfig): boolean =>
  voters.some((voter) => voter.nodeId === nodeId);

export const isSoleVoter = (config: VoterConfig): boolean =>
  isVoter(config) && config.voters.length === 1;

export interface VoteGiven {
  /** False: the node had its vote, and nothing was changed. */
  readonly isNew: boolean;
  /** Last entry of the metadata log that is left (inclusive); undefined where nothing changed. */
  readonly lastIndex?: LogIndex;
}

/**
 * Gives the only voter of a cluster its vote back after its vote or its log was found damaged. The
 * node must not run. Durable on return. Errors: CONFIG where the directory is not this node's, is
 * in use, is one of several voters', has nothing left, or the loss is not accepted; CORRUPT_STORE
 * where the log cannot be opened at all.
 */
export const restoreVote = async (
  seams: RaftStoreSeams,
  config: VoterConfig,
  { acceptsLoss }: { readonly acceptsLoss: boolean },
): Promise<VoteGiven> => {
  const { nodeId, logDir } = config;
  checkDirectory(seams.disk, logDir, { nodeId });
  if (!isSoleVoter(config)) refuse(notAlone(config));
  const lock = seams.disk.lock(logDir);
  try {
    const directory = raftDirectory(logDir);
    const lost = await findLostVote(seams, directory);
    if (lost === undefined) return { isNew: false };
    const { reason, lastIndex } = lost;
    if (lastIndex === 0) {
      refuse(
        `${directory}: ${reason}, and no entry of the metadata log is left: restore it ` +
          'from a backup, or format new ones for a new cluster',
      );
    }
    if (!acceptsLoss) {
      refuse(
        `${directory}: ${reason}; the metadata log is whole up to entry ${lastIndex}, and what ` +
          'changed behind it (topics, settings, leaders) would be lost for good: --accept-loss ' +
          `gives node ${nodeId} its vote back on that footing`,
      );
    }
    await giveVoteBack(seams, { directory, lost });
    return { isNew: true, lastIndex };
  } finally {
    lock.release();
  }
};

const notAlone = ({ nodeId, voters }: VoterConfig): string =>
  isVoter({ nodeId, voters, logDir: '' })
    ? `node ${nodeId} is one of ${voters.length} voters: they go on without its vote while a ` +
      'majority of all runs, and with a vote that it forgot they could lose what they committed'
    : `node ${nodeId} is no voter of controller.quorum.voters: it needs no vote`;

const refuse = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};
