import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resolveConfig } from '../../../src/app/config.ts';
import { startNode } from '../../../src/app/node.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { readConfigFile } from '../../../src/cli/config-file.ts';
import { runFormat } from '../../../src/cli/format.ts';
import { runRestoreVote } from '../../../src/cli/restore-vote.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { FileDisk } from '../../../src/platform/file-disk.ts';
import { freePorts } from '../../../src/platform/free-ports.ts';
import { tempDirs } from '../../support/temp-dir.ts';

const tempDir = tempDirs();

afterEach(() => {
  vi.restoreAllMocks();
});

interface NodeFiles {
  readonly config: string;
  readonly vote: string;
  readonly printed: () => string;
}

/** The configuration of a combined node, formatted. */
const formatted = async (otherVoters = '', rejoin = false): Promise<NodeFiles> => {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text, done: unknown) => {
    printed += String(text);
    if (typeof done === 'function') done();
    return true;
  });
  const directory = tempDir();
  const config = join(directory, 'server.properties');
  const [client, peer] = await freePorts(2);
  const lines = [
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${peer}${otherVoters}`,
    `listeners=CLIENT://127.0.0.1:${client},PEER://127.0.0.1:${peer}`,
    `log.dirs=${join(directory, 'data')}`,
  ];
  writeFileSync(config, lines.join('\n'));
  await runFormat({ config, X: [], clusterId: 'VEwkuE2mIWMWDl8ZXGlr4g', rejoin });
  printed = '';
  return { config, vote: join(directory, 'data', 'raft', 'vote'), printed: () => printed };
};

/** Runs the node until it is ready, then stops it. */
const runOnce = async ({ config }: NodeFiles): Promise<void> => {
  const env = systemEnv({ logger: silentLogger, meter: silentMeter });
  const file = readConfigFile(new FileDisk(), config);
  const resolved = resolveConfig({ file, environment: {}, overrides: [] });
  try {
    const node = await startNode(env, resolved);
    await node.ready;
    await node.stop();
  } finally {
    await env.transport.close();
  }
};

const spoil = (path: string): void => writeFileSync(path, readFileSync(path).fill(0x55));

describe('a sole voter whose vote file is damaged', () => {
  it('does not start, and names the directory and the remedy', async () => {
    const node = await formatted();
    await runOnce(node);
    spoil(node.vote);

    await expect(runOnce(node)).rejects.toMatchObject({
      code: 'CORRUPT_STORE',
      message: expect.stringMatching(/data\/raft: the vote file is damaged; .*ottla restore-vote/),
    });
  });

  it('is told what may be lost, and nothing is changed', async () => {
    const node = await formatted();
    await runOnce(node);
    spoil(node.vote);

    await expect(runRestoreVote({ config: node.config, X: [] })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(
        /whole up to entry \d+, and what changed behind it .*--accept-loss/,
      ),
    });
    await expect(runOnce(node)).rejects.toMatchObject({ code: 'CORRUPT_STORE' });
  });

  it('runs again once its vote was given back, and is not given it twice', async () => {
    const node = await formatted();
    await runOnce(node);
    spoil(node.vote);

    await runRestoreVote({ config: node.config, X: [], acceptLoss: true });
    await runOnce(node);
    await runRestoreVote({ config: node.config, X: [], acceptLoss: true });

    expect(node.printed()).toMatch(
      /^node 1 has its vote back, .* up to entry \d+\nnode 1 has its vote: nothing to do\n$/,
    );
  });
});

describe('ottla restore-vote', () => {
  it('refuses one of several voters, whatever is accepted', async () => {
    const node = await formatted(',2@127.0.0.1:1,3@127.0.0.1:2', true);

    const given = runRestoreVote({ config: node.config, X: [], acceptLoss: true });

    await expect(given).rejects.toThrow(/node 1 is one of 3 voters/);
  });

  it('refuses a directory without a metadata log: nothing of the cluster is left', async () => {
    const node = await formatted('', true);

    const given = runRestoreVote({ config: node.config, X: [], acceptLoss: true });

    await expect(given).rejects.toThrow(/no entry of the metadata log is left/);
  });
});
