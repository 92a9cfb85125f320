import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openDirectories } from '../../../src/app/node-directories.ts';
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

  describe('of a node with several log directories', () => {
    const several = (): {
      words: Parameters<typeof runFormat>[0];
      paths: string[];
      text: () => string;
    } => {
      const { config, dataDir } = newNode();
      const paths = [dataDir, `${dataDir}-2`, `${dataDir}-3`];
      const said = vi.mocked(process.stdout.write).mock.calls;
      const X = [`log.dirs=${paths.join(',')}`];
      return {
        words: { config, X, clusterId: CLUSTER, ignoreFormatted: true },
        paths,
        text: () =>
          said
            .splice(0)
            .map(([text]) => text)
            .join(''),
      };
    };

    it('formats those that are not yet, and says so of each', async () => {
      const { words, paths, text } = several();
      const [first = '', second = '', third = ''] = paths;
      await runFormat({ ...words, X: [`log.dirs=${first},${second}`] });
      text();

      await runFormat(words);

      const owner = `for node 1 of cluster ${CLUSTER}`;
      expect(text()).toBe(
        `${first} was formatted already ${owner}\n` +
          `${second} was formatted already ${owner}\n${third} formatted ${owner}\n`,
      );
      expect(paths.map((path) => existsSync(join(path, 'raft')))).toEqual([true, false, false]);
    });

    it('leaves one alone that the node has used and that is not there, and says what to do', async () => {
      const { words, paths, text } = several();
      const [first = '', second = ''] = paths;
      await runFormat(words);
      const { logDirs, nodeId } = { logDirs: paths, nodeId: 1 };
      await openDirectories(new FileDisk(), { nodeId, metadataDir: first, logDirs });
      rmSync(second, { recursive: true });
      text();

      await runFormat(words);
      const told = text();
      await runFormat({ ...words, json: true });

      expect(told).toContain(
        `${second} is left alone: it held replicas and is not there; mount its disk, or give it up ` +
          'by starting once without it in log.dirs\n',
      );
      expect(existsSync(second)).toBe(false);
      expect(JSON.parse(text())).toMatchObject({ missing: [second] });
    });
  });

  it('wants to know the cluster of a node that comes back', async () => {
    const { config } = newNode();

    const formatted = runFormat({ config, X: [], rejoin: true });

    await expect(formatted).rejects.toMatchObject({ code: 'CONFIG' });
  });
});
