import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { levelStores } from '../../../src/platform/level-store.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const makeTempDir = tempDirs();

describe('a store that cannot be opened', () => {
  it.each([
    ['ends in the middle', 'MANIF'],
    ['names a file that is not there', 'MANIFEST-000099\n'],
  ])('is CORRUPT_STORE with a remedy where its CURRENT %s', async (_case, current) => {
    const path = `${makeTempDir()}/store`;
    const store = await levelStores.open(path);
    await store.close();
    writeFileSync(`${path}/CURRENT`, current);

    await expect(levelStores.open(path)).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      message: expect.stringContaining('move the directory away'),
    });
  });

  it('is a one-line error with the path when a file stands in its place', async () => {
    const path = `${makeTempDir()}/store`;
    writeFileSync(path, '');

    await expect(levelStores.open(path)).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
      message: expect.stringMatching(/^open .+store: .+$/),
    });
  });
});
