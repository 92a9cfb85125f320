import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../test/compat/support/run.ts';
import { undoneAtEnd } from './leavings.ts';
import type { KafkaJars } from './peers/kafka/install.ts';

const FLAGS = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
const TOOLS = 'org.apache.kafka.tools';

/** A program on Kafka's class path, one of its own or one of ours; the end of it is awaited. */
export interface JavaLoad {
  readonly ended: Promise<string>;
  /** Resolves once it has printed this line; rejects when it ends before. */
  said(line: string): Promise<void>;
}

export const startJava = ({ classPath }: KafkaJars, words: readonly string[]): JavaLoad => {
  const running = start(['java', ...FLAGS, '-cp', classPath, ...words]);
  running.end();
  const ended = running.ended.then(({ status, stdout, stderr }) => {
    if (status === 0) return stdout;
    throw new Error(`${words[0]} ended with ${status}: ${`${stderr}\n${stdout}`.slice(-2000)}`);
  });
  // Whoever waits for it is told; it may be later.
  ended.catch(() => {});
  let output = '';
  running.onOutput((part) => {
    output += part;
  });
  const said = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.split('\n').slice(0, -1).includes(line)) resolve();
      };
      look();
      running.onOutput(look);
      ended.then(() => reject(new Error(`${words[0]} ended and never said: ${line}`)), reject);
    });
  return { ended, said };
};

/** One of Kafka's own tools. */
export const startTool = (jars: KafkaJars, words: readonly string[]): JavaLoad =>
  startJava(jars, [`${TOOLS}.${words[0]}`, ...words.slice(1)]);

/** Lines of such a file. */
export const PAYLOADS = 500;
const [FIRST_PRINTABLE, PRINTABLE_COUNT] = [33, 94];

/** A file of records for the producers' tool, a line each: half of each is random. */
export const payloadFile = (recordBytes: number): string => {
  const path = join(tmpdir(), `ottla-bench-payload-${process.pid}-${recordBytes}`);
  undoneAtEnd(() => rmSync(path, { force: true }));
  const random = (): string =>
    String.fromCharCode(FIRST_PRINTABLE + Math.floor(Math.random() * PRINTABLE_COUNT));
  const line = (): string =>
    Array.from({ length: recordBytes >> 1 }, random)
      .join('')
      .padEnd(recordBytes, 'a');
  writeFileSync(path, Array.from({ length: PAYLOADS }, line).join('\n'));
  return path;
};
