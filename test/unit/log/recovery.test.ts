import { describe, expect, it } from 'vitest';
import type { RecoveryHints } from '../../../src/log/recovery.ts';
import { recoverLog } from '../../../src/log/recovery.ts';
import { LogFixture, PARTITION_DIRECTORY } from './log-fixture.ts';

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

const recovered = (fixture: LogFixture, hints: Partial<RecoveryHints>) => {
  const { disk, clock } = fixture;
  const target = { disk, clock, directory: PARTITION_DIRECTORY, indexIntervalBytes: () => 200 };
  const recovery = recoverLog(target, {
    isClean: false,
    flushedOffset: 2,
    logStartOffset: 0,
    ...hints,
  });
  if (recovery.kind === 'rot') throw new Error(recovery.detail);
  return recovery.state;
};

describe('recovery', () => {
  it('calls durable what was so before, and nothing that only the page cache shows (KAFKA-10101)', async () => {
    const state = recovered(await killed(), {});

    expect(state.segments.active.nextOffset).toBe(5);
    expect(state.flushedOffset).toBe(2);
    expect(state.segments.active.isDirty).toBe(true);
  });

  it('calls everything durable after a clean stop', async () => {
    const state = recovered(await killed(), { isClean: true, flushedOffset: 5 });

    expect(state.flushedOffset).toBe(5);
    expect(state.segments.active.isDirty).toBe(false);
  });
});
