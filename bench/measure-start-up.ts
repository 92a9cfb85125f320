import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { undoneAtEnd } from './leavings.ts';
import type { ReadRun } from './measure-consume.ts';
import { producerProperties } from './measure-produce.ts';
import type { KafkaJars } from './peers/kafka/install.ts';
import type { Figures } from './result.ts';

const FLAGS = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=off'];

/** From the exec of a broker on existing data to the first record it acknowledges. */
export const measureStartUp = async (
  { classPath }: KafkaJars,
  { system, topic, row }: ReadRun,
): Promise<Figures> => {
  const words = [...FLAGS, '-cp', classPath, 'FirstAck', system.bootstrap, topic];
  const client = spawn('java', [...words, ...producerProperties(row)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const end = undoneAtEnd(() => client.kill('SIGKILL'));
  try {
    const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => {
      const { value, done } = await lines.next();
      if (done) throw new Error('the client has ended');
      return value;
    };
    await next();
    await system.stop(1);
    const begunMs = Date.now();
    system.launch(1);
    client.stdin.write('\n');
    const firstAckMs = Number(await next()) - begunMs;
    await once(client, 'close');
    return { firstAckMs };
  } finally {
    end();
  }
};
