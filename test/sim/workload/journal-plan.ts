import type { SeededRandom } from '../../support/seeded-random.ts';

/** Journals are drawn where they are asked for: nothing else that a seed decides moves by them. */
export const HAS_JOURNAL = process.env['SIM_JOURNAL'] === '1';

const TOTAL_BYTES = [131_072, 196_608, 1_048_576] as const;

/** Its size is not for disks that are memory. */
export const NO_JOURNAL = ['log.journal.enable=false'];

/** Lines of every node's configuration: a third of the seeds has a journal, mostly a small one. */
export const drawJournal = (random: SeededRandom): string[] => {
  if (!random.chance(1, 3)) return NO_JOURNAL;
  return [
    'log.journal.enable=true',
    `log.journal.bytes=${TOTAL_BYTES[random.below(TOTAL_BYTES.length)]}`,
    `log.journal.min.partitions=${1 + random.below(2)}`,
  ];
};
