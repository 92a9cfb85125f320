import { describe, expect, it } from 'vitest';
import { MAX_REPLACED_AT_ONCE, readWholeFile, replaceFile } from '../../../src/env/disk.ts';
import { drainPromises, ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

const COUNT = 5 * MAX_REPLACED_AT_ONCE;
const paths = Array.from({ length: COUNT }, (_, index) => `/d/${index}`);
const bytesOf = (path: string): Uint8Array => new Uint8Array(Buffer.from(path));

const diskWith = (): { readonly clock: ManualClock; readonly disk: MemoryDisk } => {
  const clock = new ManualClock();
  return { clock, disk: new MemoryDisk({ clock, directories: ['/d'] }) };
};

const temporaryCount = (disk: MemoryDisk): number =>
  disk.list('/d').filter(({ name }) => name.endsWith('.tmp')).length;

describe('replacing many small files at once', () => {
  it('has a bounded number of them open, and replaces them all', async () => {
    const { clock, disk } = diskWith();
    disk.syncDelayMs = 5;
    let most = 0;
    disk.onOperation = () => {
      most = Math.max(most, temporaryCount(disk));
    };

    const replaced = Promise.all(paths.map((path) => replaceFile(disk, path, bytesOf(path))));
    await clock.settle(1000);
    await replaced;

    expect(most).toBe(MAX_REPLACED_AT_ONCE);
    expect(paths.map((path) => Buffer.from(readWholeFile(disk, path) ?? '').toString())).toEqual(
      paths,
    );
  });

  it('goes on behind those that fail', async () => {
    const { clock, disk } = diskWith();
    disk.syncDelayMs = 5;
    disk.failNext({ op: 'sync', code: 'EIO', times: MAX_REPLACED_AT_ONCE });

    const replaced = Promise.allSettled(
      paths.map((path) => replaceFile(disk, path, bytesOf(path))),
    );
    await clock.settle(1000);
    const failed = (await replaced).filter(({ status }) => status === 'rejected');

    expect(failed).toHaveLength(MAX_REPLACED_AT_ONCE);
  });

  it('on one disk does not wait for another one', async () => {
    const stuck = diskWith().disk;
    stuck.holdSyncs();
    const waiting = Promise.all(paths.map((path) => replaceFile(stuck, path, bytesOf(path))));
    const { disk } = diskWith();

    await replaceFile(disk, '/d/own', bytesOf('own'));

    expect(readWholeFile(disk, '/d/own')).toEqual(bytesOf('own'));
    for (let turns = 0; turns < 100; turns += 1) {
      stuck.releaseSyncs();
      await drainPromises();
    }
    await waiting;
  });
});
