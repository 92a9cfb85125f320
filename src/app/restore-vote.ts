import { OttlaError } from '../base/errors.ts';
import type { LogIndex, NodeId } from '../base/ids.ts';
import type { Voter } from '../raft/core/voters.ts';
import type { RaftStoreSeams } from '../raft/raft-store.ts';
import { findLostVote, giveVoteBack } from '../raft/restore-vote.ts';
import type { NodeConfig } from './config.ts';
import { checkDirectory, hasHadVoters, raftDirectory } from './directory.ts';

type VoterConfig = Pick<NodeConfig, 'nodeId' | 'voters' | 'metadataDir'>;

type Stored = readonly Voter[] | undefined;

const idsOf = ({ voters }: VoterConfig, stored: Stored): NodeId[] =>
  stored?.map(({ id }) => id) ?? voters.map(({ nodeId }) => nodeId);

/** `stored`: the newest set of voters in the node's log, which goes before the configuration's. */
export const isVoter = (config: VoterConfig, stored: Stored): boolean =>
  idsOf(config, stored).includes(config.nodeId);

export const isSoleVoter = (config: VoterConfig, stored: Stored): boolean =>
  isVoter(config, stored) && idsOf(config, stored).length === 1;

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
  const { nodeId, metadataDir } = config;
  const identity = checkDirectory(seams.disk, metadataDir, { nodeId });
  const lock = seams.disk.lock(metadataDir);
  try {
    const directory = raftDirectory(metadataDir);
    const place = { directory, directoryId: identity.directoryId };
    const lost = await findLostVote(seams, place);
    if (!isSoleVoter(config, lost?.voters)) refuse(notAlone(config, lost?.voters));
    if (lost === undefined) return { isNew: false };
    const { reason, lastIndex, voters } = lost;
    if (voters === undefined && (lost.hadVoters || hasHadVoters(identity))) {
      refuse(
        `${directory}: ${reason}, and the voters that were added or removed are not in what is ` +
          'left: others may hold more, so replace this one: see docs/recovery.md',
      );
    }
    if (lastIndex === 0) {
      refuse(
        `${directory}: ${reason}, and no entry of the metadata log is left: restore it ` +
          'from a backup, or format new ones for a new cluster',
      );
    }
    if (voters === undefined && lost.isNewcomer) {
      refuse(
        `${directory}: ${reason}, and has the metadata log from other voters, which may hold ` +
          'more: name those that are there in controller.quorum.voters',
      );
    }
    if (!acceptsLoss) {
      refuse(
        `${directory}: ${reason}; the metadata log is whole up to entry ${lastIndex}, and what ` +
          'changed behind it (topics, settings, leaders) would be lost for good: --accept-loss ' +
          `gives node ${nodeId} its vote back on that footing` +
          `${voters === undefined ? '' : ', and must not where voters were added behind it'}`,
      );
    }
    await giveVoteBack(seams, { ...place, lost });
    return { isNew: true, lastIndex };
  } finally {
    lock.release();
  }
};

const notAlone = (config: VoterConfig, stored: Stored): string =>
  isVoter(config, stored)
    ? `node ${config.nodeId} is one of ${idsOf(config, stored).length} voters: they go on ` +
      'without its vote while a majority of all runs, and with a vote that it forgot they could ' +
      "lose what they committed; replace it: 'ottla cluster remove-controller', then a new directory"
    : `node ${config.nodeId} is no voter of controller.quorum.voters: it needs no vote`;

const refuse = (message: string): never => {
  throw new OttlaError('CONFIG', message);
};
