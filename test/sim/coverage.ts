import { HAS_GROUPS } from './workload/group-plan.ts';
import { HAS_JOURNAL } from './workload/journal-plan.ts';

const IN_GROUPS: ReadonlyArray<readonly [string, string]> = [
  ['group.assigned', 'members of a group were given partitions'],
  ['group.revoked', 'a member gave partitions up for another'],
  ['group.lost', 'a member was told that its partitions are gone'],
  ['group.loaded', 'a coordinator read the log of groups'],
  ['commit.ok', 'a member committed by itself'],
];

const IN_JOURNAL: ReadonlyArray<readonly [string, string]> = [
  ['log: journal is read', 'a start put back what only the journal held'],
];

/**
 * What a run that begins with the fixed seeds must have met: a green run that never came there
 * proves little. When it was put here, several of them met each; a change of the program moves what
 * a seed meets, and then those behind them count as well.
 */
export const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['leader.changed', 'a partition got another leader'],
  ['leader.from-shrunk-isr', 'a leader was elected while replicas were out of sync'],
  ['partition.offline', 'no replica in sync was left'],
  ['isr.shrunk', 'a replica fell out of sync'],
  ['isr.grown', 'a replica came back in sync'],
  ['log.cut', 'a follower cut what its leader does not have, by leader epoch'],
  ['log: a torn tail was cut', 'a power cut tore the end of a log'],
  ['log: partition is quarantined: its durable data is damaged', 'rot was found and set aside'],
  ['lane.catchup', 'a follower far behind was on a stream of its own'],
  ['produce.duplicate', 'a batch came again, and was appended once'],
  ['memory.acknowledged', 'a topic was told of records that no disk had to have'],
  ['message.repeated', 'a message came twice'],
  ['raft.elected', 'the quorum elected a leader'],
  ['raft.snapshot-installed', 'a node took a snapshot in place of entries'],
  ['broker.fenced', 'a broker was taken for dead'],
  ['broker.registered-again', 'a broker came back'],
  ['broker.shutdown', 'a broker moved its leaders away before it stopped'],
  ['topic.deleted', 'a topic went under its clients'],
  ['wiped', 'a disk was replaced'],
  ['reassignment.done', 'a partition has moved to other brokers'],
  ...(HAS_GROUPS ? IN_GROUPS : []),
  ['delayed.delivered', 'a record that waited was delivered'],
  ['delayed.by-a-later-leader', 'one was delivered in another leader epoch than it was held in'],
  ['delayed.cancel-made', 'a record that waited was cancelled'],
  ['delayed.cancel-refused', 'one was not, for it was delivered'],
  ['delayed.reschedule-made', 'a record that waited was given another time'],
  ['repeat.answered', 'a record that came again was answered with the first'],
  ['repeat.by-a-later-leader', 'one was answered in another leader epoch than it was appended in'],
  ['delayed.tick', 'a record that repeats was delivered, and waits for its next tick'],
  ['delayed.tick-by-a-later-leader', 'one was, in another leader epoch than it was held in'],
  ['delayed.schedule-cancelled', 'a record that repeats was cancelled'],
  ...(HAS_JOURNAL ? IN_JOURNAL : []),
  ['log: a log directory failed: its replicas are offline', 'a broker went on without one'],
  [
    'log: a log directory is missing: its replicas are offline until it is back',
    'a broker began without one of its log directories',
  ],
  ['log: replicas are not here: their directory was given up', 'a log directory was given up'],
  ['directory.tended', 'a log directory was there again'],
  ['process.exit', 'a process gave up by itself, and was started again'],
]);

/** What was not met, a line each. */
export const missingMarks = (marks: ReadonlyMap<string, number>): string[] =>
  [...EXPECTED].filter(([name]) => !marks.has(name)).map(([name, what]) => `${name}: ${what}`);
