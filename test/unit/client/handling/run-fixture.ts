import type { HandlerContext, RunOptions } from '../../../../src/client/handling/run-options.ts';
import type { ReaderRecord } from '../../../../src/client/reader/decode-records.ts';
import { BatchBuilder } from '../../../../src/record/batch-builder.ts';
import type { World } from '../fixture.ts';
import { startWorld } from '../fixture.ts';
import type { TextConsumer } from '../group/consumer-fixture.ts';

export type TextRun = RunOptions<string, string>;

/** What was handled, as `key:n@partition`. */
export interface Handled {
  readonly begun: string[];
  readonly finished: string[];
  readonly contexts: Map<string, HandlerContext>;
  error: unknown;
  isDone: boolean;
}

const nameOf = ({ value, partition }: ReaderRecord<string, string>): string =>
  `${value}@${partition}`;

/** A batch of records `key:n`; of an empty key, without one. */
export const put = (world: World, keys: readonly string[], partition = 0): void => {
  const at = world.cluster.partition('t', partition);
  const builder = new BatchBuilder({ maxBytes: 1_000_000 });
  for (const [index, key] of keys.entries()) {
    const value = Buffer.from(`${key}:${at.records.length + index}`);
    builder.append({ key: key === '' ? null : Buffer.from(key), value, timestampMs: 0 });
  }
  at.append(builder.build());
};

export const startKeyed = async (
  partitions: number,
  ...batches: ReadonlyArray<readonly string[]>
): Promise<World> => {
  const world = await startWorld();
  world.cluster.createTopic('t', { partitions });
  for (const keys of batches) for (let at = 0; at < partitions; at += 1) put(world, keys, at);
  return world;
};

/** Runs in the background; `work` is the handler. */
export const begin = (
  consumer: TextConsumer,
  work: (name: string, context: HandlerContext) => Promise<void> | void,
  options: Partial<TextRun> = {},
): Handled => {
  const handled: Handled = {
    begun: [],
    finished: [],
    contexts: new Map(),
    error: undefined,
    isDone: false,
  };
  const handler: TextRun['handler'] = async (record, context) => {
    const name = nameOf(record);
    handled.begun.push(name);
    handled.contexts.set(name, context);
    await work(name, context);
    handled.finished.push(name);
  };
  consumer
    .run({ handler, ...options })
    .catch((error: unknown) => {
      handled.error = error;
    })
    .finally(() => {
      handled.isDone = true;
    });
  return handled;
};

export const never = (): Promise<void> => new Promise(() => {});

/** Resolves one by one, in whatever order, by name. */
export class Gates {
  readonly #waiting = new Map<string, () => void>();

  readonly pass = (name: string): Promise<void> =>
    new Promise((resolve) => this.#waiting.set(name, resolve));

  open(...names: readonly string[]): void {
    for (const name of names) this.#waiting.get(name)?.();
  }
}

export const metadataOf = (world: World, partition = 0): string | undefined =>
  world.cluster.groups.group('g').committed({ topic: 't', partition })?.metadata;

export const KEYS = ['a', 'b', 'a', 'b', 'c'];
