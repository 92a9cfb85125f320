import { describeError, OttlaError } from '../base/errors.ts';
import type { OttlaClient } from '../client/client.ts';
import type { Acks } from '../client/producer/producer-options.ts';
import { randomId } from '../env/random.ts';
import { describeErrno, errnoOf } from '../platform/disk-error.ts';
import { readLines } from '../platform/line-reader.ts';
import { isTerminal, readInput, writeError } from '../platform/process.ts';
import { systemRandom } from '../platform/system-random.ts';
import type { CodecName } from '../record/codec.ts';
import type { ClusterVerb } from './client.ts';
import { withClient } from './client.ts';
import { printJson } from './output.ts';
import type { ProduceLinesOptions } from './produce-lines.ts';
import { LineProducer, pieceBytesOf } from './produce-lines.ts';
import { topicExists } from './topic-exists.ts';

export interface ProduceVerb extends ClusterVerb {
  readonly file?: string;
  readonly acks: '0' | '1' | 'all';
  readonly keySeparator?: string;
  readonly compression: CodecName;
  readonly timeoutMs: number;
  /** False with --no-create. */
  readonly create: boolean;
}

export const run = (topic: string, options: ProduceVerb): Promise<void> =>
  withClient(options, async (client) => {
    const lines = await linesOptions(client, topic, options);
    await using producer = client.producer<Uint8Array, Uint8Array>({
      acks: acksOf(options.acks),
      compression: options.compression,
      deliveryTimeoutMs: options.timeoutMs,
    });
    const pieces = readLines(openInput(options.file), pieceBytesOf(lines));
    const summary = await new LineProducer(producer, lines).run(pieces);
    if (options.json === true) return await printJson({ topic, ...summary });
    if (isTerminal('stderr')) writeError(`${summary.records} record(s) sent to ${topic}`);
  });

const acksOf = (text: ProduceVerb['acks']): Acks => (text === 'all' ? 'all' : text === '1' ? 1 : 0);

const linesOptions = async (
  client: OttlaClient,
  topic: string,
  { keySeparator, create }: ProduceVerb,
): Promise<ProduceLinesOptions> => {
  const isKnown = !create || (await topicExists(client, topic));
  const described = await client.admin().describeTopic(topic, { allowAutoCreate: create });
  const { partitions, maxMessageBytes } = described;
  // A misspelt name must not look as if all went well.
  if (!isKnown) {
    writeError(`topic ${topic} was not there: made with ${partitions.length} partition(s)`);
  }
  const newId = (): string => randomId(systemRandom);
  return { topic, partitionCount: partitions.length, maxMessageBytes, keySeparator, newId };
};

/** Errors of the file are the user's to mend: they name it. */
async function* openInput(file: string | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* readInput(file);
  } catch (error) {
    const errno = errnoOf(error);
    const reason = errno === undefined ? describeError(error) : describeErrno(errno);
    throw new OttlaError('CONFIG', `reading ${file ?? 'standard input'}: ${reason}`);
  }
}
