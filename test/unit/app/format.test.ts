import { describe, expect, it } from 'vitest';
import {
  checkDirectory,
  encodeIdentity,
  readIdentity,
  requireJournal,
} from '../../../src/app/directory.ts';
import type { FormatOptions, FormatResult } from '../../../src/app/format.ts';
import { formatDirectory } from '../../../src/app/format.ts';
import { crc32c } from '../../../src/base/bytes/crc32c.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import type { Disk } from '../../../src/env/disk.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const CLUSTER = 'AAAAAAAAAAAAAAAAAAAAAA';
const OTHER_CLUSTER = 'BBBBBBBBBBBBBBBBBBBBBB';

const format = (disk: Disk, options: Partial<FormatOptions> = {}): Promise<FormatResult> =>
  formatDirectory(
    {
      disk,
      random: new SeededRandom(1),
      initialiseRaft: async (directory) => {
        disk.mkdir(directory);
        await replaceFile(disk, `${directory}/vote`, Buffer.from('0'));
      },
    },
    { logDir: '/data', nodeId: 1, clusterId: CLUSTER, ...options },
  );

const configError = (pattern: RegExp) =>
  expect.objectContaining({
    constructor: OttlaError,
    code: 'CONFIG',
    message: expect.stringMatching(pattern),
  });

describe('formatDirectory', () => {
  it('gives a new directory an identity that the next start accepts', async () => {
    const disk = new MemoryDisk();

    const { identity, isNew } = await format(disk);

    expect(isNew).toBe(true);
    expect(checkDirectory(disk, '/data', { nodeId: 1, clusterId: CLUSTER })).toEqual(identity);
  });

  it('is durable when it returns', async () => {
    const disk = new MemoryDisk();
    const { identity } = await format(disk);

    disk.crash();

    expect(readIdentity(disk, '/data')).toEqual(identity);
    expect(disk.exists('/data/raft/vote')).toBe(true);
  });

  it('draws a cluster id when none is given', async () => {
    const disk = new MemoryDisk();

    const { identity } = await formatDirectory(
      { disk, random: new SeededRandom(7), initialiseRaft: async () => {} },
      { logDir: '/data', nodeId: 1 },
    );

    expect(identity.clusterId).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect(identity.clusterId).not.toBe(identity.directoryId);
  });

  it('refuses a directory that is formatted', async () => {
    const disk = new MemoryDisk();
    await format(disk);

    await expect(format(disk)).rejects.toEqual(configError(/already formatted for node 1/));
  });

  it('leaves a formatted directory as it is when told that this is fine', async () => {
    const disk = new MemoryDisk();
    const first = await format(disk);

    const second = await format(disk, { ignoreFormatted: true });

    expect(second).toEqual({ identity: first.identity, isNew: false });
  });

  it.each([
    ['node', { nodeId: 2 }],
    ['cluster', { clusterId: OTHER_CLUSTER }],
  ])('refuses the directory of another %s even then', async (_, change) => {
    const disk = new MemoryDisk();
    await format(disk);

    const again = format(disk, { ...change, ignoreFormatted: true });

    await expect(again).rejects.toEqual(configError(/is formatted for node 1 of cluster AAA/));
  });

  it('refuses a directory that holds other files', async () => {
    const disk = new MemoryDisk();
    disk.mkdir('/data/photos');

    await expect(format(disk)).rejects.toEqual(configError(/other files, such as 'photos'/));
  });

  it('refuses a cluster id of another shape', async () => {
    const again = format(new MemoryDisk(), { clusterId: 'mine' });

    await expect(again).rejects.toEqual(configError(/cluster id 'mine'/));
  });

  it('can be run again after a power cut inside of it', async () => {
    const disk = new MemoryDisk();
    const cut = formatDirectory(
      {
        disk,
        random: new SeededRandom(1),
        initialiseRaft: async (directory) => {
          disk.mkdir(directory);
          await disk.syncDir('/data');
          throw new Error('power cut');
        },
      },
      { logDir: '/data', nodeId: 1 },
    );
    await expect(cut).rejects.toThrow('power cut');
    disk.crash();
    expect(() => checkDirectory(disk, '/data', { nodeId: 1 })).toThrow(/not formatted to the end/);

    const { isNew } = await format(disk);

    expect(isNew).toBe(true);
    expect(checkDirectory(disk, '/data', { nodeId: 1 }).clusterId).toBe(CLUSTER);
  });
});

describe('a power cut at each step of formatDirectory', () => {
  it('leaves a directory that is whole or can be formatted again', async () => {
    const rehearsal = new MemoryDisk();
    await format(rehearsal, { logDir: '/var/lib/data' });
    const steps = rehearsal.changeCount;
    expect(steps).toBeGreaterThan(10);

    for (let step = 0; step < steps; step += 1) {
      const disk = new MemoryDisk();
      disk.cutPowerAt(step, new SeededRandom(step));
      await format(disk, { logDir: '/var/lib/data' }).catch(() => {});
      disk.powerOn();

      await format(disk, { logDir: '/var/lib/data', ignoreFormatted: true });

      const identity = checkDirectory(disk, '/var/lib/data', { nodeId: 1, clusterId: CLUSTER });
      expect(identity.nodeId, `step ${step}`).toBe(1);
      expect(disk.exists('/var/lib/data/raft/vote'), `step ${step}`).toBe(true);
    }
  });
});

describe('checkDirectory', () => {
  it.each([
    ['another node', { nodeId: 2 }, /belongs to node 1, not to node 2/],
    ['another cluster', { nodeId: 1, clusterId: OTHER_CLUSTER }, /belongs to cluster AAA/],
  ])('refuses the directory of %s', async (_, expected, pattern) => {
    const disk = new MemoryDisk();
    await format(disk);

    expect(() => checkDirectory(disk, '/data', expected)).toThrow(pattern);
  });

  it('refuses a directory that does not exist, with the remedy', () => {
    const check = (): unknown => checkDirectory(new MemoryDisk(), '/data', { nodeId: 1 });

    expect(check).toThrow(/\/data does not exist: run 'ottla format'/);
  });

  it.each(['', '{', '[]', '{"version":1}', '{"version":2,"clusterId":"x"}', 'null'])(
    'refuses a damaged identity: %s',
    async (text) => {
      const disk = new MemoryDisk();
      disk.mkdir('/data');
      await replaceFile(disk, '/data/meta.json', Buffer.from(text));

      expect(() => checkDirectory(disk, '/data', { nodeId: 1 })).toThrow(/meta.json is damaged/);
    },
  );

  it('never takes a turned bit for another identity', async () => {
    const disk = new MemoryDisk();
    await format(disk);
    const whole = checkDirectory(disk, '/data', { nodeId: 1 });
    const { length } = disk.peek('/data/meta.json');

    const taken = Array.from({ length }, (_, position) => {
      const lift = disk.corrupt('/data/meta.json', position, 0x10);
      try {
        return checkDirectory(disk, '/data', { nodeId: 1 });
      } catch {
        return undefined;
      } finally {
        lift();
      }
    });

    const others = taken.filter((identity) => identity?.directoryId !== whole.directoryId);
    expect(others).toEqual(others.map(() => undefined));
    expect(others.length).toBeGreaterThan(length / 2);
  });

  it('refuses a directory that needs what this version does not know, with the remedy', async () => {
    const disk = new MemoryDisk();
    const { identity } = await format(disk);
    const newer = encodeIdentity({ ...identity, requires: ['log.journal', 'log.tiers'] });
    await replaceFile(disk, '/data/meta.json', newer);

    expect(() => checkDirectory(disk, '/data', { nodeId: 1 })).toThrow(
      "/data needs 'log.tiers', which this version of ottla does not know: " +
        'start the version that wrote it and stop it in order, then start this one',
    );
  });

  it('refuses the identity that a later version wrote, with the remedy, and leaves it', async () => {
    const disk = new MemoryDisk();
    const { identity } = await format(disk);
    const text = JSON.stringify({ version: 3, ...identity, since: 'then' });
    const sum = crc32c(Buffer.from(text));
    await replaceFile(
      disk,
      '/data/meta.json',
      Buffer.from(`${text.slice(0, -1)},"crc32c":${sum}}`),
    );
    const before = Buffer.from(disk.peek('/data/meta.json'));

    const check = () => checkDirectory(disk, '/data', { nodeId: 1 });

    expect(check).toThrow(
      '/data/meta.json is of format 3, this release knows 2: start the release that wrote it, ' +
        'or a later one; the file was left as it is',
    );
    expect(Buffer.from(disk.peek('/data/meta.json'))).toEqual(before);
  });

  it('is of another version while the journal is required, and as it was afterwards', async () => {
    const disk = new MemoryDisk();
    await format(disk);
    const formatted = Buffer.from(disk.peek('/data/meta.json')).toString();

    await requireJournal(disk, '/data', true);
    const required = Buffer.from(disk.peek('/data/meta.json')).toString();
    const { requires } = checkDirectory(disk, '/data', { nodeId: 1 });
    await requireJournal(disk, '/data', false);

    expect([JSON.parse(formatted).version, JSON.parse(required).version]).toEqual([1, 2]);
    expect(requires).toEqual(['log.journal.listed']);
    expect(Buffer.from(disk.peek('/data/meta.json')).toString()).toBe(formatted);
  });

  it('no longer says what an earlier release said of its journal, once one is used or gone', async () => {
    const disk = new MemoryDisk();
    const { identity } = await format(disk);
    const requires: unknown[] = [];
    for (const isRequired of [true, false]) {
      const earlier = encodeIdentity({ ...identity, requires: ['log.journal', 'raft.voters'] });
      await replaceFile(disk, '/data/meta.json', earlier);
      await requireJournal(disk, '/data', isRequired);
      requires.push(checkDirectory(disk, '/data', { nodeId: 1 }).requires);
    }

    expect(requires).toEqual([['raft.voters', 'log.journal.listed'], ['raft.voters']]);
  });

  it('says at once when the directory cannot be written', async () => {
    const disk = new MemoryDisk();
    await format(disk);
    disk.failNext({ op: 'open', pathIncludes: 'write-check', code: 'CONFIG' });

    expect(() => checkDirectory(disk, '/data', { nodeId: 1 })).toThrow(OttlaError);
  });
});
