import type { AuditResult } from './audit.ts';

/** Everything the demo found out. */
export interface DemoOutcome {
  readonly input: string;
  readonly inputBytes: number;
  readonly killedNodeId: number;
  readonly ledPartitions: readonly number[];
  /** Share of the file that was not handed to the producer at the kill, 0 to 1. */
  readonly unsentShare: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly longestGapMs: number;
  /** When it began, after the first record was sent. */
  readonly longestGapAfterMs: number;
  /** When the kill was, after the first record was sent. */
  readonly killAfterMs: number;
  /**
   * From the kill until each of its partitions acknowledged a record sent after it, the slowest; see
   * `Acknowledgements.failoverMs`.
   */
  readonly failoverMs: number | undefined;
  readonly sendMs: number;
  /** True when sending was slowed down so that the kill falls into it. */
  readonly isPaced: boolean;
  readonly audit: AuditResult;
  readonly readMs: number;
  readonly sentSha256: string;
  readonly readSha256: string;
}

const UNSENT_SHARE_MIN = 0.25;
const MS_PER_SECOND = 1000;
const BYTES_PER_MB = 1_000_000;
const LABEL_WIDTH = 46;

/** What does not hold, in words; nothing when all is well. */
export const shortcomings = (outcome: DemoOutcome): string[] => {
  const { audit } = outcome;
  const claims: readonly (readonly [boolean, string])[] = [
    [outcome.acknowledged === outcome.sent, 'not every record sent was acknowledged'],
    [audit.read === outcome.sent, 'the number of records read is not the number sent'],
    [audit.missing === 0, 'records are missing'],
    [audit.duplicated === 0, 'records came twice'],
    [audit.outOfOrder === 0, 'records of a partition changed their order'],
    [outcome.sentSha256 === outcome.readSha256, 'what came back is not the file'],
    [
      outcome.unsentShare >= UNSENT_SHARE_MIN || outcome.inputBytes === 0,
      'the kill came too late: less than a quarter of the file was unsent',
    ],
  ];
  return claims.filter(([holds]) => !holds).map(([, words]) => words);
};

const rate = (bytes: number, ms: number): string =>
  `${(bytes / BYTES_PER_MB / Math.max(ms / MS_PER_SECOND, 0.001)).toFixed(1)} MB/s`;

const seconds = (ms: number): string => `${(ms / MS_PER_SECOND).toFixed(2)} s`;

const number = (value: number): string => value.toLocaleString('en-US');

const describeFailover = ({ failoverMs }: DemoOutcome): string =>
  failoverMs === undefined
    ? 'not measured: no record was sent to its partitions after the kill'
    : `${Math.round(failoverMs)} ms, on the slowest of its partitions, of records sent after the kill`;

/** The report, for people. */
export const renderReport = (outcome: DemoOutcome): string[] => {
  const { audit, inputBytes } = outcome;
  const led = outcome.ledPartitions.join(', ');
  const pace = outcome.isPaced ? ' (paced, so that the kill falls into it)' : '';
  const unsent = `${Math.floor(outcome.unsentShare * 100)} % of the file unsent`;
  const killed = seconds(outcome.killAfterMs);
  const rows: readonly (readonly [string, string])[] = [
    ['file', `${outcome.input}, ${number(inputBytes)} bytes`],
    [
      'killed with kill -9',
      `node ${outcome.killedNodeId}, leader of partitions ${led}; ${unsent}, at ${killed}`,
    ],
    ['records sent', number(outcome.sent)],
    ['records acknowledged', number(outcome.acknowledged)],
    ['records read', number(audit.read)],
    ['missing', number(audit.missing)],
    ['duplicated', number(audit.duplicated)],
    ['out of order within a partition', number(audit.outOfOrder)],
    [
      'longest gap without an acknowledgement',
      `${Math.round(outcome.longestGapMs)} ms, from ${seconds(outcome.longestGapAfterMs)} on`,
    ],
    ['kill to next acknowledgement', describeFailover(outcome)],
    ['sent', `${rate(inputBytes, outcome.sendMs)} over ${seconds(outcome.sendMs)}${pace}`],
    ['read', `${rate(inputBytes, outcome.readMs)} over ${seconds(outcome.readMs)}`],
    ['SHA-256 of the file', outcome.sentSha256],
    ['SHA-256 of what came back', outcome.readSha256],
  ];
  const wrong = shortcomings(outcome);
  return [
    '',
    ...rows.map(([label, value]) => `  ${label.padEnd(LABEL_WIDTH)}${value}`),
    '',
    wrong.length === 0 ? 'Every record came back, once, in order.' : `FAILED: ${wrong.join('; ')}.`,
  ];
};
