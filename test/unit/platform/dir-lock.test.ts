import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockDirectory } from '../../../src/platform/dir-lock.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const makeTempDir = tempDirs();
const held = expect.objectContaining({ code: 'CONFIG' });

/** What this process writes into a lock file. */
const ownContent = (): string => {
  const directory = makeTempDir();
  const lock = lockDirectory(directory);
  const content = readFileSync(`${directory}/.lock`, 'utf8');
  lock.release();
  return content;
};

describe('the lock of a directory', () => {
  it('leaves no file behind once it is released', () => {
    const directory = makeTempDir();

    lockDirectory(directory).release();

    expect(existsSync(`${directory}/.lock`)).toBe(false);
  });

  it('names the process that holds it', () => {
    const directory = makeTempDir();
    const lock = lockDirectory(directory);

    expect(() => lockDirectory(directory)).toThrow(`process ${process.pid} uses this directory`);
    lock.release();
  });

  it('is held against others by a live process', async () => {
    const directory = makeTempDir();
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    const [, , bootId] = ownContent().split(' ');
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1] ?? '';
    writeFileSync(`${directory}/.lock`, `${child.pid} ${stat.split(' ')[19]} ${bootId}`);

    expect(() => lockDirectory(directory)).toThrow(held);

    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(() => lockDirectory(directory).release()).not.toThrow();
  });

  it.each([
    ['whose process has gone', () => '4194304 1 boot'],
    ['whose number another process has now', () => ownContent().replace(/ \d+ /, ' 1 ')],
    ['of an earlier boot', () => ownContent().replace(/[^ ]+$/, 'other-boot')],
    ['that a power cut left empty', () => ''],
    ['that holds something else', () => 'not a lock'],
  ])('is taken from a holder %s', (_case, content) => {
    const directory = makeTempDir();
    writeFileSync(`${directory}/.lock`, content());

    const lock = lockDirectory(directory);

    expect(() => lockDirectory(directory)).toThrow(held);
    lock.release();
  });
});
