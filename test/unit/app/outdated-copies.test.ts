import { describe, expect, it } from 'vitest';
import { formatNode } from '../../../src/app/format-node.ts';
import { readNote } from '../../../src/app/known-directories.ts';
import type { NodeDirectories } from '../../../src/app/node-directories.ts';
import { openDirectories } from '../../../src/app/node-directories.ts';
import type { OpenedLogs } from '../../../src/app/open-logs.ts';
import { openLogs } from '../../../src/app/open-logs.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { encodeCheckedText } from '../../../src/log/checked-text.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import type { LogDirectories } from '../../../src/log/log-directories.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { batchOf, TOPIC } from '../log/log-fixture.ts';

const OTHER_TOPIC = 'otherAAAAAAAAAAAAAAAAA';
const PARTITION = 0;
const REPLICA = `${TOPIC}-${PARTITION}`;
const OLD_COUNT = 1;
const NEW_COUNT = 2;

/** Made, durable; end with the directory of the older copy alone, and with both. */
const SOUND = [
  // Nothing was made, or nothing that anyone was told of.
  'false,false,1,1',
  'false,false,,',
  'true,false,,0',
  'true,false,,1',
  'true,false,,2',
  'true,true,,2',
];

/** The logs of a node with its metadata in `/m`, and replicas in `/a` and `/b`, on one disk. */
class LogsOnDisk {
  readonly disk = new MemoryDisk();
  logDirs: readonly string[] = ['/a', '/b'];
  /** The records of the newer copy are durable. */
  isNewDurable = false;

  /** Formatted, with a replica in `/b`, which was pulled out then. */
  static async withoutB(): Promise<LogsOnDisk> {
    const node = new LogsOnDisk();
    const initialiseRaft = async (path: string): Promise<void> => node.disk.mkdir(path);
    await formatNode(
      { disk: node.disk, random: new SeededRandom(1), initialiseRaft },
      { metadataDir: '/m', logDirs: node.logDirs, nodeId: 1, ignoreFormatted: true },
    );
    const { logs } = await node.open();
    await logs.create({ topicId: OTHER_TOPIC, topicName: 'other', partition: 0 });
    await node.write(logs, OLD_COUNT);
    await logs.close();
    // As a broker does that finds nothing missed in `/m`, where a node of one directory had it.
    await (await node.directories()).forgetGivenUp();
    node.pull('/b');
    return node;
  }

  directories(): Promise<NodeDirectories> {
    return openDirectories(this.disk, { nodeId: 1, metadataDir: '/m', logDirs: this.logDirs });
  }

  async open(): Promise<OpenedLogs> {
    const env = systemEnv({ logger: silentLogger, meter: silentMeter });
    return openLogs({
      env: { ...env, disk: this.disk },
      directories: await this.directories(),
      metadataDir: '/m',
      configOf: () => DEFAULT_LOG_CONFIG,
      onFlushed: () => undefined,
      onFailure: () => undefined,
      journal: { isEnabled: false, totalBytes: 0, minLogs: 1 },
    });
  }

  /** Its end as the node finds it at a start; undefined where it finds none. */
  async endFound(): Promise<number | undefined> {
    const { logs, partitions } = await this.open();
    const end = logs.get(TOPIC, PARTITION)?.logEndOffset;
    expect(partitions.some(({ log }) => log.topicId === TOPIC)).toBe(end !== undefined);
    await logs.close();
    return end;
  }

  /** A start without what is pulled out, in which the replica is assigned anew and is written to. */
  async makeAnew(): Promise<void> {
    const { logs } = await this.open();
    await this.write(logs, NEW_COUNT);
    this.isNewDurable = true;
    await logs.close();
  }

  async write(logs: LogDirectories, count: number): Promise<void> {
    const log = await logs.create({ topicId: TOPIC, topicName: 't', partition: PARTITION });
    for (let written = 0; written < count; written += 1) log.appendAsLeader(batchOf(), 1);
    await logs.flushNow();
  }

  pull(path: string): void {
    this.disk.rename(path, `${path}-away`);
    this.disk.settle();
  }

  putIn(path: string): void {
    this.disk.rename(`${path}-away`, path);
    this.disk.settle();
  }

  namesIn(path: string): string[] {
    return this.disk.list(path).map(({ name }) => name);
  }
}

const outdatedOf = ({ disk }: LogsOnDisk): string[] =>
  (readNote(disk, '/m')?.outdated ?? []).map(({ replica }) => replica);

describe('a replica that was made anew while a directory with an older copy was missing', () => {
  it('is away where its own directory is missing when the other is back', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    node.putIn('/b');
    node.pull('/a');

    const { logs } = await node.open();

    expect(logs.get(TOPIC, PARTITION)).toBeUndefined();
    expect(logs.isIncomplete).toBe(true);
    expect(node.namesIn('/b')).toContain(`${REPLICA}.stray-0`);
    await logs.close();
  });

  it('is there as it was once its own directory is back', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    node.putIn('/b');
    node.pull('/a');
    await node.endFound();

    node.putIn('/a');

    expect(await node.endFound()).toBe(NEW_COUNT);
  });

  it('is the one in use where both are there, and the older one is set aside', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    node.putIn('/b');

    expect(await node.endFound()).toBe(NEW_COUNT);
    expect(node.namesIn('/b')).toContain(`${REPLICA}.stray-0`);
    expect(node.namesIn('/b')).not.toContain(REPLICA);
  });

  it('is lost with its directory, and the older one does not stand in for it', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    node.putIn('/b');
    node.logDirs = ['/b'];

    expect(await node.endFound()).toBeUndefined();
    expect((await node.directories()).hasGivenUp).toBe(true);
  });

  it('may be made where the older copy was, as soon as that is set aside', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    node.putIn('/b');
    node.pull('/a');

    await node.makeAnew();
    const inB = await node.endFound();
    node.putIn('/a');

    expect(inB).toBe(NEW_COUNT);
    expect(await node.endFound()).toBe(NEW_COUNT);
    expect(node.namesIn('/a')).toContain(`${REPLICA}.stray-0`);
  });

  it('never has the older one pass for it, wherever power was cut', async () => {
    const live = async (node: LogsOnDisk): Promise<void> => {
      await node.makeAnew();
      node.putIn('/b');
      await node.endFound();
    };
    const whole = await LogsOnDisk.withoutB();
    const before = whole.disk.changeCount;
    await live(whole);
    const changeCount = whole.disk.changeCount - before;
    const ends = new Set<string>();

    for (let at = 0; at < changeCount; at += 1) {
      const node = await LogsOnDisk.withoutB();
      node.disk.cutPowerAt(at);
      await live(node).catch(() => undefined);
      node.disk.powerOn();
      if (node.disk.exists('/b-away')) node.putIn('/b');
      const isMade = node.disk.exists(`/a/${REPLICA}/partition.json`);
      node.pull('/a');
      const alone = await node.endFound();
      node.putIn('/a');
      const both = await node.endFound();
      ends.add([isMade, node.isNewDurable, alone, both].join());
    }

    expect(changeCount).toBeGreaterThan(50);
    for (const end of ends) expect(SOUND).toContain(end);
    expect(ends.size).toBeGreaterThan(2);
  }, 60_000);
});

describe('a directory that fails while the node runs', () => {
  it('may have an older copy of what is made from then on', async () => {
    const node = await LogsOnDisk.withoutB();
    node.putIn('/b');
    const { logs } = await node.open();
    await logs.delete(TOPIC, PARTITION);
    node.disk.failDevice('/b');
    await logs
      .create({ topicId: OTHER_TOPIC, topicName: 'other', partition: 1 })
      .catch(() => undefined);
    expect(logs.offline.map(({ path }) => path)).toEqual(['/b']);

    await logs.create({ topicId: TOPIC, topicName: 't', partition: PARTITION });

    expect(outdatedOf(node)).toContain(REPLICA);
    await logs.close();
  });
});

describe('the note of outdated copies', () => {
  it('says nothing while all directories are in use', async () => {
    const node = await LogsOnDisk.withoutB();
    node.putIn('/b');

    await node.makeAnew();

    expect(outdatedOf(node)).toEqual([]);
  });

  it('takes back what it said of a directory that is forgotten', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    const before = outdatedOf(node);
    node.logDirs = ['/a'];

    await (await node.directories()).forgetGivenUp();

    expect([before, outdatedOf(node)]).toEqual([[REPLICA], []]);
  });

  it('has nothing made as long as it cannot be written', async () => {
    const node = await LogsOnDisk.withoutB();
    const { logs } = await node.open();
    node.disk.failNext({ op: 'open', pathIncludes: '/m/log-directories', code: 'ENOSPC' });

    await expect(node.write(logs, NEW_COUNT)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(node.namesIn('/a')).not.toContain(REPLICA);
    await node.write(logs, NEW_COUNT);
    expect(outdatedOf(node)).toEqual([REPLICA]);
    await logs.close();
  });

  it('is written once for many that are made at the same time', async () => {
    const node = await LogsOnDisk.withoutB();
    const { logs } = await node.open();
    let writes = 0;
    node.disk.onOperation = (op, path) => {
      if (op === 'rename' && path.includes('log-directories')) writes += 1;
    };

    const partitions = Array.from({ length: 20 }, (_, partition) => partition);
    await Promise.all(
      partitions.map((partition) => logs.create({ topicId: TOPIC, topicName: 't', partition })),
    );

    expect(outdatedOf(node)).toHaveLength(20);
    expect(writes).toBeLessThan(4);
    await logs.close();
  });

  it('is refused where it is damaged', async () => {
    const node = await LogsOnDisk.withoutB();
    await node.makeAnew();
    const lines = [`outdated ${'A'.repeat(22)} ..`];
    await replaceFile(node.disk, '/m/log-directories', encodeCheckedText('log-directories', lines));

    await expect(node.directories()).rejects.toThrow(/log-directories is damaged/);
  });
});
