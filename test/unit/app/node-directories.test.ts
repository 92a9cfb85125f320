import { describe, expect, it } from 'vitest';
import { checkDirectory, encodeIdentity, readIdentity } from '../../../src/app/directory.ts';
import { formatNode } from '../../../src/app/format-node.ts';
import { KNOWN_FILE, readNote } from '../../../src/app/known-directories.ts';
import { openDirectories } from '../../../src/app/node-directories.ts';
import { must } from '../../../src/base/assert.ts';
import { replaceFile } from '../../../src/env/disk.ts';
import { encodeCheckpoint } from '../../../src/log/checkpoint.ts';
import { flushedTo, settledTo } from '../../../src/log/flushed-offset.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const REPLICA = 'topicAAAAAAAAAAAAAAAAA-0';
const MARK = {
  topicId: 'topicAAAAAAAAAAAAAAAAA',
  partition: 0,
  settledOffset: settledTo(5),
  flushedOffset: flushedTo(5),
  isListed: false,
  logStartOffset: 0,
  highWatermark: 5,
};

/** One node and its disk; directories are formatted as by `ottla format`. */
class NodeOnDisk {
  readonly disk = new MemoryDisk();
  readonly #random = new SeededRandom(1);

  format(logDirs: readonly string[], options: { metadataDir?: string; nodeId?: number } = {}) {
    const { metadataDir = must(logDirs[0], 'one is named'), nodeId = 1 } = options;
    const initialiseRaft = async (path: string): Promise<void> => this.disk.mkdir(path);
    return formatNode(
      { disk: this.disk, random: this.#random, initialiseRaft },
      { metadataDir, logDirs, nodeId, ignoreFormatted: true },
    );
  }

  open(logDirs: readonly string[], metadataDir = must(logDirs[0], 'one is named')) {
    return openDirectories(this.disk, { nodeId: 1, metadataDir, logDirs });
  }

  async errorOf(logDirs: readonly string[], metadataDir?: string): Promise<string> {
    return this.open(logDirs, metadataDir).then(
      () => 'none',
      (error: Error) => error.message,
    );
  }

  idOf(path: string): string | undefined {
    return readIdentity(this.disk, path)?.directoryId;
  }

  /** Formatted, and started once. */
  static async used(logDirs: readonly string[]): Promise<NodeOnDisk> {
    const node = new NodeOnDisk();
    await node.format(logDirs);
    await node.open(logDirs);
    return node;
  }
}

describe('a node with one directory', () => {
  it('starts as ever, with no file and no field that it had not before', async () => {
    const node = new NodeOnDisk();
    await node.format(['/a']);
    const before = node.disk.peek('/a/meta.json');

    const { found, missing, hasGivenUp } = await node.open(['/a']);

    expect({ found: found.map(({ path }) => path), missing, hasGivenUp }).toEqual({
      found: ['/a'],
      missing: [],
      hasGivenUp: false,
    });
    expect(node.disk.exists(`/a/${KNOWN_FILE}`)).toBe(false);
    expect(node.disk.peek('/a/meta.json')).toEqual(before);
  });
});

describe('a node with several directories', () => {
  it('has an id for each, of one cluster', async () => {
    const node = new NodeOnDisk();

    const { directories } = await node.format(['/a', '/b', '/c']);

    const ids = new Set(directories.map(({ identity }) => identity.directoryId));
    const clusters = new Set(directories.map(({ identity }) => identity.clusterId));
    expect([ids.size, clusters.size]).toEqual([3, 1]);
  });

  it('has noted all of them durably before anything is made there', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);

    node.disk.crash();

    const known = readNote(node.disk, '/a')?.known.map(({ path }) => path);
    expect(known).toEqual(['/a', '/b']);
  });

  it('is formatted and started to the end wherever the power was cut', async () => {
    const live = async (node: NodeOnDisk): Promise<void> => {
      await node.format(['/a', '/b']);
      await node.open(['/a', '/b']);
      await (await node.open(['/a'])).forgetGivenUp();
      await node.open(['/a']);
    };
    const whole = new NodeOnDisk();
    await live(whole);
    const counts = new Set<number>();

    for (let at = 0; at < whole.disk.changeCount; at += 1) {
      const node = new NodeOnDisk();
      node.disk.cutPowerAt(at);
      await live(node).catch(() => undefined);
      node.disk.powerOn();
      await node.format(['/a', '/b']);
      counts.add((await node.open(['/a', '/b'])).found.length);
    }

    expect(whole.disk.changeCount).toBeGreaterThan(50);
    expect([...counts]).toEqual([2]);
  });

  it('lets no earlier release start in any of them', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);

    const requires = ['/a', '/b'].map((path) => readIdentity(node.disk, path)?.requires);

    expect(requires).toEqual([['log.dirs'], ['log.dirs.further']]);
  });

  it('takes a new one once it is formatted', async () => {
    const node = await NodeOnDisk.used(['/a']);

    expect(await node.errorOf(['/a', '/b'])).toMatch(/\/b does not exist: run 'ottla format'/);
    await node.format(['/a', '/b']);

    expect((await node.open(['/a', '/b'])).found).toHaveLength(2);
  });

  it('takes an empty one of another identity for a missing one, until that is given up', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    const identity = must(readIdentity(node.disk, '/b'), 'it is formatted');
    const other = { ...identity, directoryId: 'CCCCCCCCCCCCCCCCCCCCCC' };
    await replaceFile(node.disk, '/b/meta.json', encodeIdentity(other));

    const hidden = await node.open(['/a', '/b']);
    await (await node.open(['/a'])).forgetGivenUp();
    const anew = await node.open(['/a', '/b']);

    const reason = expect.stringMatching(
      /^it is another directory than the one that held replicas/,
    );
    expect(hidden.missing).toEqual([{ path: '/b', reason }]);
    expect(hidden.hasGivenUp).toBe(false);
    expect(anew.found.map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  it('may have its metadata in one of its own', async () => {
    const node = new NodeOnDisk();
    await node.format(['/a', '/b'], { metadataDir: '/m' });

    const { found, identity } = await node.open(['/a', '/b'], '/m');

    expect(found.map(({ path }) => path)).toEqual(['/a', '/b']);
    expect(identity.directoryId).toBe(node.idOf('/m'));
    expect(readNote(node.disk, '/m')).toBeDefined();
  });

  it('refuses the directory of another node, and of another cluster', async () => {
    const node = await NodeOnDisk.used(['/a']);
    await node.format(['/x', '/b'], { nodeId: 2 });
    const other = new NodeOnDisk();
    await other.format(['/y', '/c']);
    node.disk.mkdir('/c');
    const identity = must(readIdentity(other.disk, '/c'), 'it is formatted');
    const file = node.disk.open('/c/meta.json', { create: true });
    file.write([encodeIdentity({ ...identity, clusterId: 'BBBBBBBBBBBBBBBBBBBBBB' })], 0);

    expect(await node.errorOf(['/a', '/b'])).toMatch(/\/b belongs to node 2, not to node 1/);
    expect(await node.errorOf(['/a', '/c'])).toMatch(/\/c belongs to cluster B+, not to/);
  });

  it('refuses another order, where the metadata would not be found', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);

    expect(await node.errorOf(['/b', '/a'])).toMatch(/\/b has no metadata.*name that one first/);
  });

  it('refuses one with metadata of its own', async () => {
    const node = await NodeOnDisk.used(['/a']);
    await node.format(['/b']);
    const identity = must(readIdentity(node.disk, '/b'), 'it is formatted');
    const { clusterId } = must(readIdentity(node.disk, '/a'), 'it is formatted');
    const file = node.disk.open('/b/meta.json');
    file.write([encodeIdentity({ ...identity, clusterId })], 0);

    expect(await node.errorOf(['/a', '/b'])).toMatch(/\/b has metadata of its own/);
  });

  it('will not go without its note', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.remove(`/a/${KNOWN_FILE}`);

    expect(await node.errorOf(['/a'])).toMatch(/has lost its note/);
  });
});

describe('a directory that is not there', () => {
  it('is left out, and told of, where the node has used it', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.remove('/b');

    const { found, missing, hasGivenUp } = await node.open(['/a', '/b']);

    expect(found.map(({ path }) => path)).toEqual(['/a']);
    expect(missing).toMatchObject([{ path: '/b', reason: expect.stringMatching(/not exist/) }]);
    expect(hasGivenUp).toBe(false);
  });

  it('is left out as an empty mount point, and with a damaged meta.json', async () => {
    const node = await NodeOnDisk.used(['/a', '/b', '/c']);
    node.disk.remove('/b');
    node.disk.mkdir('/b');
    node.disk.open('/c/meta.json').truncate(10);

    const { missing } = await node.open(['/a', '/b', '/c']);

    expect(missing.map(({ path }) => path)).toEqual(['/b', '/c']);
  });

  it('is left out where a device that failed has left it read-only', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.failNext({ op: 'open', pathIncludes: '/b/write-check', code: 'EROFS' });

    const { missing, hasGivenUp } = await node.open(['/a', '/b']);

    expect(missing).toMatchObject([{ path: '/b', reason: expect.stringMatching(/read-only/) }]);
    expect(hasGivenUp).toBe(false);
  });

  it('is not one that is full', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.failNext({ op: 'open', pathIncludes: '/b/write-check', code: 'ENOSPC' });

    expect((await node.open(['/a', '/b'])).found).toHaveLength(2);
  });

  it('is known again, however often the node starts, where the others changed places', async () => {
    const node = await NodeOnDisk.used(['/a', '/b', '/c']);
    const lost = node.idOf('/b');
    node.disk.rename('/b', '/elsewhere');
    node.disk.rename('/c', '/b');

    const starts = [await node.open(['/a', '/b', '/c']), await node.open(['/a', '/b', '/c'])];
    const formatted = await node.format(['/a', '/b', '/c']);
    node.disk.rename('/elsewhere', '/c');
    const { found } = await node.open(['/a', '/b', '/c']);

    expect(starts.map(({ missing }) => missing.map(({ path }) => path))).toEqual([['/c'], ['/c']]);
    expect(starts.map(({ hasGivenUp }) => hasGivenUp)).toEqual([false, false]);
    expect(formatted.missing).toEqual(['/c']);
    expect(found.at(-1)).toEqual({ directoryId: lost, path: '/c' });
  });

  it('is not formatted anew by a format that accepts what is formatted', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.remove('/b');

    const { missing } = await node.format(['/a', '/b']);

    expect(missing).toEqual(['/b']);
    expect(node.disk.exists('/b')).toBe(false);
  });

  it('keeps the node from starting where it is the one with the metadata, or the last', async () => {
    const node = new NodeOnDisk();
    await node.format(['/a'], { metadataDir: '/m' });
    await node.open(['/a'], '/m');
    node.disk.remove('/a');

    expect(await node.errorOf(['/a'], '/m')).toMatch(/no log directory can be used: \/a/);
    node.disk.remove('/m');
    expect(await node.errorOf(['/a'], '/m')).toMatch(/\/m does not exist/);
  });
});

describe('a directory that is given up', () => {
  it('is told of at every start, until the cluster counts on none of its replicas', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);

    const starts = [await node.open(['/a']), await node.open(['/a'])];
    await must(starts[1], 'it started twice').forgetGivenUp();

    expect(starts.map(({ hasGivenUp }) => hasGivenUp)).toEqual([true, true]);
    expect((await node.open(['/a'])).hasGivenUp).toBe(false);
  });

  it('is one in whose place an empty one was formatted', async () => {
    const node = await NodeOnDisk.used(['/a', '/b', '/c']);
    const before = node.idOf('/b');
    node.disk.remove('/b');
    await node.format(['/a', '/c']);
    const { forgetGivenUp } = await node.open(['/a', '/c']);
    await forgetGivenUp();
    await node.format(['/a', '/b', '/c']);

    const { found, hasGivenUp } = await node.open(['/a', '/b', '/c']);

    expect([found.length, hasGivenUp]).toEqual([3, false]);
    expect(node.idOf('/b')).not.toBe(before);
  });

  it('lets earlier releases start again once it is the last of the others', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    await (await node.open(['/a'])).forgetGivenUp();

    await node.open(['/a']);

    expect(checkDirectory(node.disk, '/a', { nodeId: 1 }).requires).toEqual([]);
  });

  it('is refused with the replicas that it still has when it comes back', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    node.disk.mkdir(`/b/${REPLICA}`);
    await (await node.open(['/a'])).forgetGivenUp();

    expect(await node.errorOf(['/a', '/b'])).toMatch(/\/b holds replicas.*given up/);
  });

  it('is refused with a checkpoint of replicas that were taken out of it', async () => {
    const node = await NodeOnDisk.used(['/a', '/b']);
    await replaceFile(node.disk, '/b/checkpoint', encodeCheckpoint([MARK]));
    await (await node.open(['/a'])).forgetGivenUp();

    expect(await node.errorOf(['/a', '/b'])).toMatch(/\/b holds replicas, such as topicA+-0/);
  });
});
