import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runFormat } from '../../../src/cli/format.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { VoteFile } from '../../../src/raft/vote-file.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const CLUSTER = 'VEwkuE2mIWMWDl8ZXGlr4g';
const tempDir = tempDirs();

afterEach(() => {
  vi.restoreAllMocks();
});

/** A combined node's configuration and its data directory, which is not there yet. */
const newNode = (): { config: string; dataDir: string } => {
  vi.spyOn(process.stdout, 'write').mockImplementation((_, done: unknown) => {
    if (typeof done === 'function') done();
    return true;
  });
  const directory = tempDir();
  const config = join(directory, 'server.properties');
  const dataDir = join(directory, 'data');
  const lines = [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.voters=1@localhost:7190',
    'listeners=CLIENT://localhost:7090,PEER://localhost:7190',
    `log.dirs=${dataDir}`,
  ];
  writeFileSync(config, lines.join('\n'));
  return { config, dataDir };
};

describe('ottla format', () => {
  it('gives the directory of a new controller a vote', async () => {
    const { config, dataDir } = newNode();

    await runFormat({ config, X: [], clusterId: CLUSTER });

    expect(existsSync(join(dataDir, 'raft', 'vote'))).toBe(true);
  });

  it('gives a controller that comes back with another directory one that nobody has named yet', async () => {
    const { config, dataDir } = newNode();

    await runFormat({ config, X: [], clusterId: CLUSTER, rejoin: true });

    expect(existsSync(join(dataDir, 'meta.json'))).toBe(true);
    const { file, isNewcomer } = VoteFile.open(new FileDisk(), join(dataDir, 'raft', 'vote'));
    file?.close();
    expect(isNewcomer).toBe(true);
  });

  it('wants to know the cluster of a node that comes back', async () => {
    const { config } = newNode();

    const formatted = runFormat({ config, X: [], rejoin: true });

    await expect(formatted).rejects.toMatchObject({ code: 'CONFIG' });
  });
});
