import { connect } from '../../src/index.ts';
import { readBack } from './read-back.ts';

/** The demo's second process: reads the topic back and prints what it found as JSON. */
const main = async (): Promise<void> => {
  const [bootstrap = '', topic = '', expected = '0'] = process.argv.slice(2);
  await using client = connect({ bootstrap });
  const result = await readBack({ client, topic, expected: Number(expected) });
  process.stdout.write(JSON.stringify(result));
};

// Who waits for the answer has gone.
process.stdin.once('end', () => process.exit(1)).resume();

main()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  })
  .finally(() => process.stdin.destroy());
