import { isDeepStrictEqual } from 'node:util';
import type { Bystander } from './bystander.ts';
import type { Evidence } from './fuzz-run.ts';
import { FLOOR_MS, judgeSlowdown, judgeWork, SLOWDOWN_MAX, WORK_MAX_MS } from './slowdown.ts';

/** Something that must hold after a run, and what was seen of it. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
  readonly seen: string;
}

const MIB = 1024 * 1024;
/** What attacks may cost above the memory of the same node under the same load without them. */
export const MEMORY_GROWTH_MAX_BYTES = 256 * MIB;
const LINES_SHOWN = 3;

export const judge = (evidence: Evidence): Claim[] => [
  {
    text: 'the node lives, is ready, and never ended',
    holds: evidence.isAlive,
    seen: evidence.isAlive ? 'it does' : 'it does not',
  },
  {
    text: 'its log has no error: a bad client is no fault of the node',
    holds: evidence.errors.length === 0,
    seen: evidence.errors.slice(0, LINES_SHOWN).join('\n') || 'none',
  },
  memoryClaim(evidence),
  {
    text: 'every connection of an attack is gone',
    holds: evidence.connectionsAfter < evidence.connectionsBefore,
    seen: `${evidence.connectionsBefore} before with the bystander's, ${evidence.connectionsAfter} after`,
  },
  ...evidence.bystanders.map(latencyClaim),
  ...evidence.bystanders.map(workClaim),
  ...evidence.bystanders.map((bystander) => writtenClaim(bystander, evidence)),
  ...evidence.kept.map(({ topic, sent, found }) => ({
    text: `what was in ${topic} before is there byte for byte, headers included`,
    holds: isDeepStrictEqual(found, sent),
    seen: `${found.length} of ${sent.length} records compared`,
  })),
  ...evidence.kept.map(({ topic, forgedCount }) => ({
    text: `nothing is in ${topic} of batches that were marked as only brokers may`,
    holds: forgedCount === 0,
    seen: `${forgedCount} records`,
  })),
];

const memoryClaim = ({ restMemoryBytes, peakMemoryBytes }: Evidence): Claim => {
  const grownBytes = peakMemoryBytes - restMemoryBytes;
  const inMib = (bytes: number) => `${Math.round(bytes / MIB)} MiB`;
  return {
    text: `its memory grows by at most ${inMib(MEMORY_GROWTH_MAX_BYTES)}`,
    holds: restMemoryBytes > 0 && grownBytes <= MEMORY_GROWTH_MAX_BYTES,
    seen: `${inMib(restMemoryBytes)} under load alone, ${inMib(peakMemoryBytes)} at most`,
  };
};

const latencyClaim = ({ name, windows }: Bystander): Claim => ({
  text:
    `the 99th percentile of ${name} is at most ${SLOWDOWN_MAX} times what it is without attacks, ` +
    `or at most ${FLOOR_MS} ms`,
  ...judgeSlowdown(windows),
});

const workClaim = ({ name, windows }: Bystander): Claim => ({
  text: `requests of ${name} wait for at most ${WORK_MAX_MS} ms of the node's work, but for two`,
  ...judgeWork(windows),
});

const writtenClaim = ({ name, acknowledged }: Bystander, { written }: Evidence): Claim => ({
  text: `every record that ${name} was told of is there once and in order`,
  holds: acknowledged.length > 0 && isDeepStrictEqual(written.get(name), acknowledged),
  seen: `${written.get(name)?.length ?? 0} of ${acknowledged.length} records`,
});
