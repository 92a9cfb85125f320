import { describe, expect, it } from 'vitest';
import type { Disk } from '../../../src/env/disk.ts';
import { readWholeFile, replaceFile } from '../../../src/env/disk.ts';
import { tempDirs } from '../../support/temp-dir.ts';
import { logStores } from './log-store.ts';
import { PowerDisk } from './power-disk.ts';

const makeTempDir = tempDirs();

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const textOf = (disk: Disk, path: string): string | undefined => {
  const content = readWholeFile(disk, path);
  return content === undefined ? undefined : new TextDecoder().decode(content);
};

/** A device, and what a process finds on it that begins after a cut of the power. */
const machine = (): (() => PowerDisk) => {
  const device = makeTempDir();
  return () => new PowerDisk({ device, directories: ['/d'], syncMs: 0 });
};

describe('a cut of the power', () => {
  it('takes every byte that was written after the last sync', async () => {
    const boot = machine();
    const disk = boot();
    const file = disk.open('/d/f', { create: true });
    file.write([bytes('synced')], 0);
    await file.sync();
    await disk.syncDir('/d');
    file.write([bytes('SYN, and more')], 0);

    const after = boot();

    expect(textOf(after, '/d/f')).toBe('synced');
  });

  it('takes what was written while a sync was under way', async () => {
    const boot = machine();
    const disk = boot();
    const file = disk.open('/d/f', { create: true });
    await disk.syncDir('/d');
    file.write([bytes('early')], 0);
    const syncing = file.sync();
    file.write([bytes(' late')], 5);
    await syncing;

    const after = boot();

    expect(textOf(after, '/d/f')).toBe('early');
  });

  it('takes a cut of a file that no sync covered', async () => {
    const boot = machine();
    const disk = boot();
    await replaceFile(disk, '/d/f', bytes('whole'));
    disk.open('/d/f').truncate(1);

    const after = boot();

    expect(textOf(after, '/d/f')).toBe('whole');
  });

  it('takes the name of a synced file whose directory was not synced', async () => {
    const boot = machine();
    const disk = boot();
    const file = disk.open('/d/f', { create: true });
    file.write([bytes('x')], 0);
    await file.sync();

    const after = boot();

    expect(after.list('/d')).toEqual([]);
  });

  it('brings back what was removed or renamed without a sync of the directory', async () => {
    const boot = machine();
    const disk = boot();
    await replaceFile(disk, '/d/a', bytes('a'));
    await replaceFile(disk, '/d/b', bytes('b'));
    disk.remove('/d/a');
    disk.rename('/d/b', '/d/c');

    const after = boot();

    expect(after.list('/d').map(({ name }) => name)).toEqual(['a', 'b']);
    expect(textOf(after, '/d/b')).toBe('b');
  });

  it('takes a batch of a store that was not synced, and no batch before it', async () => {
    const boot = machine();
    const before = boot();
    const store = await logStores(before).open('/d/store');
    await before.syncDir('/d');
    const put = (key: string, sync: boolean): Promise<void> =>
      store.batch([{ type: 'put', key: bytes(key), value: bytes(key) }], { sync });
    await put('a', true);
    await put('b', false);

    const after = await logStores(boot()).open('/d/store');

    expect(await after.entries({})).toEqual([[bytes('a'), bytes('a')]]);
  });
});
