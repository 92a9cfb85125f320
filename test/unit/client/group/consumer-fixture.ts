import type { OttlaError } from '../../../../src/base/errors.ts';
import type { Consumer } from '../../../../src/client/group/consumer.ts';
import type { ConsumerOptions } from '../../../../src/client/group/consumer-options.ts';
import { string } from '../../../../src/client/serde/serde.ts';
import type { World } from '../fixture.ts';
import { startWorld } from '../fixture.ts';
import { fill, range } from '../reader/fixture.ts';

export const SESSION_MS = 9000;

export type TextConsumer = Consumer<string, string>;
export type TextOptions = ConsumerOptions<string, string>;

export const consumerOf = (world: World, options: Partial<TextOptions> = {}): TextConsumer =>
  world.client.consumer<string, string>({
    ...(options.pattern === undefined ? { topics: ['t'] } : {}),
    groupId: 'g',
    offsetReset: 'earliest',
    sessionTimeoutMs: SESSION_MS,
    heartbeatIntervalMs: 1000,
    deserializers: { key: string, value: string },
    ...options,
  });

/** A consumer whose records are taken in one after the other, in the background. */
export interface Running {
  readonly consumer: TextConsumer;
  /** Values, in the order in which they were handled. */
  readonly values: string[];
  /** What ended the iteration. */
  error: OttlaError | undefined;
  isDone: boolean;
}

export const runConsumer = (
  consumer: TextConsumer,
  handle: (value: string) => Promise<void> | void = () => {},
): Running => {
  const running: Running = { consumer, values: [], error: undefined, isDone: false };
  const work = async (): Promise<void> => {
    for await (const { value } of consumer) {
      await handle(value ?? '');
      running.values.push(value ?? '');
    }
  };
  work()
    .catch((error: OttlaError) => {
      running.error = error;
    })
    .finally(() => {
      running.isDone = true;
    });
  return running;
};

/** A topic `t` of six partitions, with `count` records `p-n` in each. */
export const startTopic = async (partitions = 6, count = 3): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions });
  fillAll(world, partitions, count);
  return world;
};

export const fillAll = (world: World, partitions: number, count: number, first = 0): void => {
  for (let partition = 0; partition < partitions; partition += 1) {
    const values = range(count, first).map((value) => `${partition}-${value}`);
    fill(world, values, { partition });
  }
};

/** Partition numbers, in text. */
export const sharesOf = (...running: readonly Running[]): string[] =>
  running.map(({ consumer }) =>
    consumer.partitions
      .map(({ partition }) => partition)
      .sort()
      .join(' '),
  );

export const committedOf = (world: World, partition: number, groupId = 'g'): number | undefined =>
  world.cluster.groups.group(groupId).committed({ topic: 't', partition })?.offset;
