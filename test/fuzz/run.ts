import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judge } from './claims.ts';
import { FuzzRun } from './fuzz-run.ts';

/** Attacks Kafka's door of a node under load with what a seed gives, and judges what came of it. */

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Fewer pairs of windows leave it open whether others are slowed down. */
const SECONDS_MIN = 35;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    // A fault in the node, to see that it is found; see planted-hold.mjs.
    'planted-hold-ms': { type: 'string' },
  },
});
const seed = values.seed ?? String(Math.floor(Math.random() * 1e9));
const seconds = Number(values.seconds);
if (!/^\d{1,5}$/.test(values.seconds) || seconds < SECONDS_MIN) {
  process.stderr.write(
    `--seconds: '${values.seconds}' is not a whole number of ${SECONDS_MIN} or more\n`,
  );
  process.exit(1);
}

const root = mkdtempSync(join(tmpdir(), 'ottla-fuzz-'));
const run = new FuzzRun({ seed, seconds, root, plantedHoldMs: values['planted-hold-ms'] });
const onInterrupt = (): void => {
  run.abandon(false);
  process.exit(130);
};
process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);

say(`fuzz: seed ${seed}, ${seconds} s; the same again: make fuzz SECONDS=${seconds} SEED=${seed}`);
let passedCount = 0;
let failedCount = 1;
try {
  const evidence = await run.run();
  const { attacks, connectionCount, refusedCount, answeredBytes, workedMs, attackedMs } =
    evidence.tally;
  say(
    Object.entries(attacks)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
  );
  say(
    `${connectionCount} connections, ${refusedCount} ended by the node, ${answeredBytes} bytes answered`,
  );
  say(`the attacker took ${((workedMs / attackedMs) * 100).toFixed(0)} % of a processor`);
  const claims = judge(evidence);
  for (const { text, holds, seen } of claims) say(`${holds ? 'holds' : 'FAILS'}: ${text}: ${seen}`);
  failedCount = claims.filter(({ holds }) => !holds).length;
  passedCount = claims.length - failedCount;
} catch (error) {
  say(`fuzz seed ${seed}: ${error instanceof Error ? error.stack : error}`);
} finally {
  run.abandon(failedCount > 0);
  if (failedCount > 0) say(`the node's data and log are kept in ${root}`);
}
// The last line, for whoever counts what was run.
say(`${passedCount} passed, ${failedCount} failed`);
process.exitCode = failedCount > 0 ? 1 : 0;
