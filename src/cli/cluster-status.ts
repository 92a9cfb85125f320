import type { ClusterDescription, QuorumDescription } from '../client/admin/admin-types.ts';
import { printOffline } from './broker-list.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson, printLine, printTable } from './output.ts';

export const run = (options: ClusterVerb): Promise<void> =>
  withClient(options, async (client) => {
    const cluster = await client.admin().describeCluster();
    if (options.json === true) return await printJson(jsonOf(cluster));
    await printLine(
      `cluster ${cluster.clusterId}: ${cluster.partitionCount} partition(s), ` +
        `${cluster.underReplicatedCount} under-replicated, ` +
        `${cluster.underMinIsrCount} under min.insync.replicas, ${cluster.offlineCount} offline`,
    );
    await printLine(describeVersion(cluster));
    await printTable({
      headings: ['BROKER', 'STATE', 'CLIENT', 'RACK'],
      rows: cluster.brokers.map(({ brokerId, isFenced, address, rack }) => [
        brokerId,
        isFenced ? 'fenced' : 'active',
        address,
        rack === '' ? '-' : rack,
      ]),
    });
    await printOffline(cluster.brokers);
    await printQuorum(cluster);
  });

const describeVersion = ({
  metadataVersion: version,
  knownMetadataVersion: known,
}: ClusterDescription): string =>
  known > version
    ? `metadata.version ${version}, of ${known}: see 'ottla cluster upgrade --status'`
    : `metadata.version ${version}`;

const printQuorum = async ({ quorum }: ClusterDescription): Promise<void> => {
  if (quorum === undefined) {
    return await printLine('the controllers have no leader: a majority of them must be up');
  }
  await printLine('');
  await printTable({
    headings: ['QUORUM', 'ROLE', 'INDEX', 'LAG', 'DIRECTORY'],
    rows: [
      [quorum.leaderId, 'leader', quorum.lastIndex, 0, directoryOf(quorum, quorum.leaderId)],
      ...votersFirst(quorum.peers).map((peer) => [
        peer.nodeId,
        roleOf(peer),
        peer.matchIndex,
        quorum.lastIndex - peer.matchIndex,
        directoryOf(quorum, peer.nodeId),
      ]),
    ],
  });
};

/** Of a voter the one that the set names, though another one may answer. */
export const directoryOf = (
  { voters, peers }: Pick<QuorumDescription, 'voters' | 'peers'>,
  nodeId: number,
): string => {
  const isIt = (each: { readonly nodeId: number }): boolean => each.nodeId === nodeId;
  const found = voters.find(isIt)?.directoryId || peers.find(isIt)?.directoryId;
  return found || '-';
};

type Peer = Pick<
  QuorumDescription['peers'][number],
  'isVoter' | 'counts' | 'canVote' | 'directoryId' | 'needsUpdate'
>;

/** A controller that only observes could be made a voter; a broker could not. */
export const roleOf = ({ isVoter, counts, canVote, directoryId, needsUpdate }: Peer): string => {
  if (needsUpdate) return 'waits: its release could not keep the metadata; update it';
  if (!isVoter) return canVote ? 'controller, no voter' : 'observer';
  if (!counts && directoryId === '') return 'voter lost: it runs an earlier release';
  if (!counts && canVote) return 'voter lost: it is back with another directory';
  if (!counts) return 'voter lost: it is back without its vote';
  return 'voter';
};

const votersFirst = <T extends { readonly nodeId: number; readonly isVoter: boolean }>(
  peers: readonly T[],
): T[] => peers.toSorted((a, b) => Number(b.isVoter) - Number(a.isVoter) || a.nodeId - b.nodeId);

const jsonOf = (cluster: ClusterDescription): object => ({
  clusterId: cluster.clusterId,
  controllerId: cluster.controllerId,
  metadataVersion: cluster.metadataVersion,
  brokers: cluster.brokers,
  quorum: cluster.quorum ?? null,
  partitions: cluster.partitionCount,
  underReplicated: cluster.underReplicatedCount,
  underMinIsr: cluster.underMinIsrCount,
  offline: cluster.offlineCount,
});
