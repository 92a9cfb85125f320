import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatNode } from '../../../src/app/format-node.ts';
import { openDirectories } from '../../../src/app/node-directories.ts';
import type { OpenedLogs } from '../../../src/app/open-logs.ts';
import { openLogs } from '../../../src/app/open-logs.ts';
import { systemEnv } from '../../../src/app/system-env.ts';
import { must } from '../../../src/base/assert.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { silentMeter } from '../../../src/env/meter.ts';
import { DEFAULT_LOG_CONFIG } from '../../../src/log/log-config.ts';
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

const open = async (place: Place): Promise<OpenedLogs> =>
  openLogs({
    env,
    directories: await openDirectories(env.disk, { nodeId: 1, ...place }),
    metadataDir: place.metadataDir,
    configOf: () => DEFAULT_LOG_CONFIG,
    onFlushed: () => undefined,
    onFailure: () => undefined,
    journal: { isEnabled: false, totalBytes: 0, minLogs: 1 },
  });

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
