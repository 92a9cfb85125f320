import { describe, expect, it } from 'vitest';
import { settledTo } from '../../../src/log/flushed-offset.ts';
import type { RecoveryHints } from '../../../src/log/recovery.ts';
import { recoverLog } from '../../../src/log/recovery.ts';
import { bodyOf, LogFixture, PARTITION_DIRECTORY, stampedBatch } from './log-fixture.ts';

/** Two records on the disk, three more that only the page cache has, and no process. */
const killed = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  await fixture.start();
  fixture.append(2);
  await fixture.flush();
  fixture.append(3);
  fixture.disk.kill();
  return fixture;
};

const recover = ({ disk, clock }: LogFixture, hints: Partial<RecoveryHints>) => {
  const target = { disk, clock, directory: PARTITION_DIRECTORY, indexIntervalBytes: () => 200 };
  return recoverLog(target, {
    isClean: false,
    settledOffset: settledTo(2),
    flushedOffset: undefined,
    logStartOffset: 0,
    ...hints,
  });
};

const recovered = (fixture: LogFixture, hints: Partial<RecoveryHints>) => {
  const recovery = recover(fixture, hints);
  if (recovery.kind === 'rot') throw new Error(recovery.detail);
  return recovery.state;
};

describe('recovery', () => {
  it('calls durable what was so before, and nothing that only the page cache shows (KAFKA-10101)', async () => {
    const state = recovered(await killed(), {});

    expect(state.segments.active.nextOffset).toBe(5);
    expect(state.settledOffset).toBe(2);
    expect(state.segments.active.isDirty).toBe(true);
  });

  it('takes back from the journal what an equal or newer leader wrote, and nothing of an older one', async () => {
    const recoverWith = async (leaderEpochs: readonly number[]) => {
      const batches = leaderEpochs.map((epoch, index) => stampedBatch(5 + index, epoch));
      const endOffset = 5 + leaderEpochs.length;
      const entry = { firstOffset: 5, endOffset, bytes: bodyOf(...batches) };
      const journal = { entries: [entry], requiredOffset: endOffset, isUnknown: false };
      const recovery = recover(await killed(), { journal });
      if (recovery.kind === 'rot') return recovery.kind;
      return recovery.state.segments.active.nextOffset;
    };

    // The log ends with epoch 1.
    expect(await recoverWith([1, 2])).toBe(7);
    expect(await recoverWith([0])).toBe('rot');
    expect(await recoverWith([3, 2])).toBe('rot');
  });

  it('calls everything durable after a clean stop', async () => {
    const state = recovered(await killed(), { isClean: true, settledOffset: settledTo(5) });

    expect(state.settledOffset).toBe(5);
    expect(state.segments.active.isDirty).toBe(false);
  });
});

/** Three segments, stopped in order. */
const stopped = async (): Promise<LogFixture> => {
  const fixture = new LogFixture();
  await fixture.start();
  fixture.append(30);
  await fixture.stop();
  fixture.disk.kill();
  return fixture;
};

const segmentsOf = ({ disk }: LogFixture): string[] =>
  disk
    .list(PARTITION_DIRECTORY)
    .filter(({ name }) => name.endsWith('.log'))
    .map(({ name }) => `${PARTITION_DIRECTORY}/${name}`);

/** Paths of the files that are open from now on. */
const watchOpen = ({ disk }: LogFixture): string[] => {
  const paths: string[] = [];
  const open = disk.open.bind(disk);
  disk.open = (path, options) => {
    const file = open(path, options);
    const close = file.close.bind(file);
    paths.push(path);
    file.close = () => {
      close();
      paths.splice(paths.indexOf(path), 1);
    };
    return file;
  };
  return paths;
};

describe('recovery leaves no file open', () => {
  it('when something else stands in the place of a later segment', async () => {
    const fixture = await stopped();
    const last = segmentsOf(fixture).at(-1) ?? '';
    fixture.disk.remove(last);
    fixture.disk.mkdir(last);
    const open = watchOpen(fixture);

    const { kind } = recover(fixture, { settledOffset: settledTo(5) });

    expect(kind).toBe('rot');
    expect(open).toEqual([]);
  });

  it('when the device fails under the scan of a later segment', async () => {
    const fixture = await stopped();
    const last = segmentsOf(fixture).at(-1) ?? '';
    fixture.disk.failNext({
      op: 'read',
      pathIncludes: last,
      code: 'EIO',
      after: 1,
      times: Infinity,
    });
    const open = watchOpen(fixture);

    expect(() => recover(fixture, { settledOffset: settledTo(5) })).toThrow(/EIO/);
    expect(open).toEqual([]);
  });

  it('when the tail turns out rotten after a stop in order', async () => {
    const fixture = await stopped();
    const file = fixture.disk.open(segmentsOf(fixture).at(-1) ?? '');
    file.write([Buffer.from('rot')], file.sizeBytes() - 3);
    file.close();
    const open = watchOpen(fixture);

    const { kind } = recover(fixture, { isClean: true, settledOffset: settledTo(30) });

    expect(kind).toBe('rot');
    expect(open).toEqual([]);
  });
});
