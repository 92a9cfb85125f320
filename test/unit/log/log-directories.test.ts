import { beforeEach, describe, expect, it } from 'vitest';
import { LogDirectories } from '../../../src/log/log-directories.ts';
import { LogManager } from '../../../src/log/log-manager.ts';
import { LogFixture, namesIn, TOPIC } from './log-fixture.ts';

const PATHS = ['/a', '/b'] as const;

let fixture: LogFixture;
let logs: LogDirectories;

const open = (directory: string): Promise<LogManager> =>
  fixture.run(LogManager.open(fixture.optionsOf(directory))).then(({ manager }) => manager);

/** Where it was made, or the code of the error. */
const make = (partition: number): Promise<string | undefined> =>
  fixture.run(
    logs.create({ topicId: TOPIC, topicName: 'orders', partition }).then(
      (log) => logs.directoryOf(log),
      (error) => error.code,
    ),
  );

const remove = (partition: number): Promise<void> => fixture.run(logs.delete(TOPIC, partition));

beforeEach(async () => {
  fixture = new LogFixture();
  for (const path of PATHS) fixture.disk.mkdir(path);
  logs = new LogDirectories({ managers: [await open('/a'), await open('/b')], vital: '/a' });
});

describe('a log that a full disk has no room for', () => {
  it('is made where it was begun, however the directories stand by then', async () => {
    await make(0);
    fixture.disk.failNext({ op: 'open', pathIncludes: `/b/${TOPIC}-1/0`, code: 'ENOSPC' });
    const first = await make(1);
    await remove(0);

    const second = await make(1);

    expect([first, second]).toEqual(['DISK_FULL', '/b']);
    expect(namesIn(fixture, '/a')).not.toContain(`${TOPIC}-1`);
  });

  it('counts where it was begun', async () => {
    await make(0);
    fixture.disk.failNext({ op: 'open', pathIncludes: `/b/${TOPIC}-1/0`, code: 'ENOSPC' });
    await make(1);

    expect([await make(2), await make(3)]).toEqual(['/a', '/b']);
  });
});
