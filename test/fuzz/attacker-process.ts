import { Attacker } from './attacker.ts';

/** The attacker as a process: its work must not delay the clocks of those who are measured. */

export interface AttackOrder {
  readonly durationMs: number;
}

const [port = '', seed = '', laneCount = '', pauseMs = '', share = ''] = process.argv.slice(2);
const attacker = new Attacker({
  port: Number(port),
  seed,
  laneCount: Number(laneCount),
  pauseMs: Number(pauseMs),
  share: Number(share),
});

process.on('message', async ({ durationMs }: AttackOrder) => {
  await attacker.attackFor(durationMs);
  process.send?.(attacker.tally);
});
process.on('disconnect', () => process.exit(0));
