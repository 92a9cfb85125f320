/**
 * What a run of many seeds must have met at least once: a green run that never came there proves
 * little. Each was met by at least one seed in twelve when it was put here, so that a hundred seeds
 * without it mean that something has changed.
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
  ['process.exit', 'a process gave up by itself, and was started again'],
]);

/** Fewer seeds may miss what they would meet. */
const ENOUGH_SEEDS = 100;

/** What was not met, a line each; nothing is missing as long as too few seeds have run. */
export const missingMarks = (marks: ReadonlyMap<string, number>, seedCount: number): string[] => {
  if (seedCount < ENOUGH_SEEDS) return [];
  return [...EXPECTED]
    .filter(([name]) => !marks.has(name))
    .map(([name, what]) => `${name}: ${what}`);
};
