import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeIdentity, readIdentity } from '../../../src/app/directory.ts';
import { formatNode } from '../../../src/app/format-node.ts';
import { openDirectories } from '../../../src/app/node-directories.ts';
import type { OpenedLogs } from '../../../src/app/open-logs.ts';
import { openLogs } from '../../../src/app/open-logs.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { must } from '../../../src/base/assert.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import type { Disk, DiskFile, OpenOptions } from '../../../src/env/disk.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
import { brokenDisk } from '../../support/broken-disk.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { batchOf, TOPIC } from '../log/log-fixture.ts';

const makeTempDir = tempDirs();
const env = systemEnv({ logger: silentLogger, meter: silentMeter });

interface Place {
  readonly metadataDir: string;
  readonly logDirs: readonly string[];
}

const format = async (): Promise<Place> => {
  const root = makeTempDir();
  const metadataDir = join(root, 'a');
  const place = { metadataDir, logDirs: [metadataDir, join(root, 'b')] };
  const initialiseRaft = (): Promise<void> => Promise.resolve();
  await formatNode({ ...env, initialiseRaft }, { ...place, nodeId: 1 });
  return place;
};

const open = async (
  place: Place,
  disk: Disk = env.disk,
  onFound: () => void = () => undefined,
): Promise<OpenedLogs> => {
  const directories = await openDirectories(env.disk, { nodeId: 1, ...place });
  onFound();
  return openLogs({
    env: { ...env, disk },
    directories,
    metadataDir: place.metadataDir,
    configOf: () => DEFAULT_LOG_CONFIG,
    onFlushed: () => undefined,
    onFailure: () => undefined,
    journal: { isEnabled: false, totalBytes: 0, minLogs: 1 },
  });
};

it('refuses two copies of one replica, until the older one is out of the way as it says', async () => {
  const place = await format();
  const [first = '', second = ''] = place.logDirs;
  const { logs } = await open(place);
  for (const partition of [0, 1]) {
    const log = await logs.create({ topicId: TOPIC, topicName: 't', partition });
    log.appendAsLeader(batchOf(), 1);
  }
  const name = `${TOPIC}-1`;
  await logs.close();
  cpSync(join(second, name), join(first, name), { recursive: true });

  const refusal: Error = await open(place).then(
    () => new Error('opened'),
    (error: Error) => error,
  );
  const [aside] = must(/\S+\.stray-0/.exec(refusal.message), 'it says how');
  renameSync(join(second, name), join(second, aside));
  const again = await open(place);

  expect(again.logs.list().map((log) => log.logEndOffset)).toEqual([1, 1]);
  expect(again.partitions.map(({ outcome }) => outcome)).not.toContain('quarantined');
  await again.logs.close();
});

const empty = (path: string): void => {
  rmSync(path, { recursive: true });
  mkdirSync(path);
};

it.each([
  ['is gone', (path: string) => rmSync(path, { recursive: true })],
  ['is an empty mount point', empty],
])('goes on without a directory that %s since it was found', async (_, act) => {
  const place = await format();
  const [, second = ''] = place.logDirs;
  await (await open(place)).logs.close();

  const { logs } = await open(place, env.disk, () => act(second));

  expect(logs.offline).toMatchObject([{ path: second, reason: expect.stringMatching(/is gone/) }]);
  await logs.close();
});

it.each([
  ['EROFS', 'CONFIG', 'read-only'],
  ['ENOSPC', 'DISK_FULL', 'full'],
] as const)(
  'goes on without a directory that answers %s while it is opened',
  async (_, code, why) => {
    const place = await format();
    const [, second = ''] = place.logDirs;
    const { logs: before } = await open(place);
    for (const partition of [0, 1]) {
      const log = await before.create({ topicId: TOPIC, topicName: 't', partition });
      log.appendAsLeader(batchOf(), 1);
    }
    await before.close();
    // What is lost there is to be noted there.
    rmSync(join(second, `${TOPIC}-1`), { recursive: true });
    const refuse = (path: string): void => {
      const isOfSecond = path.startsWith(`${second}/`) && !path.endsWith('meta.json');
      if (isOfSecond) throw new OttlaError(code, why);
    };
    const disk: Disk = {
      ...brokenDisk(env.disk, () => false),
      open: (path, options) => {
        if (options?.create === true) refuse(path);
        return env.disk.open(path, options);
      },
      remove: (path) => {
        if (code === 'CONFIG') refuse(path);
        env.disk.remove(path);
      },
    };

    const { logs } = await open(place, disk);

    expect(logs.offline).toMatchObject([{ path: second, reason: expect.stringMatching(why) }]);
    await logs.close();
  },
);

it('takes a damaged journal of an earlier release to be of any log, listed or not', async () => {
  const place = await format();
  const { logs } = await open(place);
  const log = await logs.create({ topicId: TOPIC, topicName: 't', partition: 0 });
  log.appendAsLeader(batchOf(), 1);
  await logs.close();
  const identity = must(readIdentity(env.disk, place.metadataDir), 'it is formatted');
  const requires = [...identity.requires, 'log.journal'];
  const written = encodeIdentity({ ...identity, requires });
  writeFileSync(join(place.metadataDir, 'meta.json'), written);
  rmSync(join(place.metadataDir, 'clean-shutdown'));
  mkdirSync(join(place.metadataDir, 'journal'));

  const again = await open(place);

  expect(again.partitions.map(({ outcome }) => outcome)).toEqual(['quarantined']);
  expect(readIdentity(env.disk, place.metadataDir)).toEqual(identity);
  await again.logs.close();
});

/** A device that takes its time; `onBusy` hears how many logs it syncs at once. */
const slowDisk = (onBusy: (count: number) => void): Disk => {
  let count = 0;
  const sync = async (file: DiskFile): Promise<void> => {
    count += 1;
    if (file.path.endsWith('.log')) onBusy(count);
    await new Promise((resolve) => setTimeout(resolve, 20));
    count -= 1;
    await file.sync();
  };
  const whole = brokenDisk(env.disk, () => false);
  const open = (path: string, options?: OpenOptions): DiskFile => {
    const file = whole.open(path, options);
    return path.endsWith('.log') ? { ...file, sync: () => sync(file) } : file;
  };
  return { ...whole, open };
};

it('syncs no more logs at once in several directories than in one', async () => {
  let most = 0;
  const disk = slowDisk((count) => {
    most = Math.max(most, count);
  });
  const { logs } = await open(await format(), disk);
  for (let partition = 0; partition < 40; partition += 1) {
    await logs.create({ topicId: TOPIC, topicName: 't', partition });
  }

  for (const log of logs.list()) log.appendAsLeader(batchOf(), 1);
  await logs.flushNow();

  expect(most).toBe(12);
  await logs.close();
});

const without = async (act: (logs: OpenedLogs['logs']) => Promise<unknown>) => {
  const place = await format();
  const [, second = ''] = place.logDirs;
  const { logs } = await open(place);
  for (const partition of [0, 1]) {
    const log = await logs.create({ topicId: TOPIC, topicName: 't', partition });
    log.appendAsLeader(batchOf(), 1);
  }
  await logs.flushNow();
  const moved = `${second}.elsewhere`;
  // As after a lazy unmount: open files go on, and the path leads to the mount point.
  renameSync(second, moved);
  mkdirSync(second);

  const outcome = await act(logs).then(
    () => undefined,
    (error: Error) => error,
  );

  const left = { inPlace: readdirSync(second), moved: readdirSync(moved) };
  const { offline } = logs;
  await logs.close();
  return { outcome, offline, ...left };
};

it('makes no replica below a mount point whose disk went while it was in use', async () => {
  const { outcome, offline, inPlace } = await without(async (logs) => {
    for (const partition of [2, 3])
      await logs.create({ topicId: TOPIC, topicName: 't', partition });
  });

  expect(outcome).toMatchObject({ code: 'STORAGE_ERROR' });
  expect(offline).toMatchObject([{ reason: expect.stringMatching(/its mount is gone/) }]);
  expect(inPlace).toEqual([]);
});

it('does not take a replica for deleted that went with its disk', async () => {
  const { outcome, offline, moved } = await without((logs) => logs.delete(TOPIC, 1));

  expect(outcome).toMatchObject({ code: 'STORAGE_ERROR' });
  expect(offline).toHaveLength(1);
  expect(moved).toContain(`${TOPIC}-1`);
});
