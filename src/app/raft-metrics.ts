import { NONE } from '../base/ids.ts';
import type { Meter } from '../env/meter.ts';
import type { RaftNode } from '../raft/raft-node.ts';

/** The quorum's state by the names that Kafka's JMX exporter gives it. */
export const registerRaftMetrics = (meter: Meter, raft: RaftNode): void => {
  const prefix = 'kafka_server_raftmetrics';
  const gauge = (name: string, help: string, read: () => number): void =>
    meter.gauge({ name: `${prefix}_${name}`, help }, () => [{ value: read() }]);
  gauge('current_leader', 'Id of the leader of the quorum; -1: not known.', () => {
    return raft.status().leaderId ?? NONE;
  });
  gauge('current_epoch', 'The current term.', () => raft.status().term);
  gauge('high_watermark', 'End of the committed metadata log, exclusive.', () => {
    return raft.status().commitIndex + 1;
  });
  gauge('log_end_offset', 'End of the metadata log of this node, exclusive.', () => {
    return raft.status().lastIndex + 1;
  });
  const options = { name: `${prefix}_current_state`, help: 'Role of this node.' };
  meter.gauge({ ...options, labelNames: ['state'] }, () => [
    { value: 1, labels: { state: raft.status().role } },
  ]);
};
