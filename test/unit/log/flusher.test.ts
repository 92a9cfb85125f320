import { assert, describe, expect, it } from 'vitest';
import { must } from '../../../src/base/assert.ts';
import { OttlaError } from '../../../src/base/errors.ts';
import type { SettledOffset } from '../../../src/base/ids.ts';
import type { Disk, DiskFile } from '../../../src/env/disk.ts';
import { silentLogger } from '../../../src/env/logger.ts';
import { DirectoryHealth } from '../../../src/log/directory-health.ts';
import type { FlushableLog, Flushing, FlushWork } from '../../../src/log/flushable-log.ts';
import { NOTHING_SETTLED, settledTo } from '../../../src/log/flushed-offset.ts';
import type { FlushRound } from '../../../src/log/flusher.ts';
import { Flusher, LAZY_FLUSH_BYTES } from '../../../src/log/flusher.ts';
import type { FlushMode } from '../../../src/log/log-config.ts';
import { drainPromises, ManualClock } from '../../support/manual-clock.ts';
import { MemoryDisk } from '../../support/memory-disk.ts';

/** A log that only counts bytes, in a real file. */
class CountingLog implements FlushableLog {
  readonly topicId = 'counting';
  readonly partition = 0;
  flushMode: FlushMode = 'eager';
  isDue = false;
  unflushedBytes = 0;
  flushedOffset = NOTHING_SETTLED;
  endOffset = 0;
  prepareError: Error | undefined;
  readonly #file: DiskFile;

  constructor(disk: Disk, path: string) {
    this.#file = disk.open(path, { create: true });
  }

  append(bytes: number): void {
    this.#file.write([new Uint8Array(bytes)], this.endOffset);
    this.endOffset += bytes;
    this.unflushedBytes += bytes;
  }

  get settledOffset(): SettledOffset {
    return this.flushedOffset;
  }

  get flushing(): Flushing {
    const { unflushedBytes, isDue } = this;
    const beginEntry = (): never => assert.fail('there is no journal');
    const begin = (): FlushWork => this.#begin();
    return { unflushedBytes, isDue, entryBytes: undefined, begin, beginEntry };
  }

  latestEpoch(): number {
    return 0;
  }

  #begin(): FlushWork {
    const { endOffset } = this;
    this.unflushedBytes = 0;
    return {
      prepare: async () => {
        const error = this.prepareError;
        this.prepareError = undefined;
        if (error !== undefined) throw error;
      },
      files: [this.#file],
      directory: undefined,
      release: () => undefined,
      complete: () => {
        this.flushedOffset = settledTo(endOffset);
        return true;
      },
      finish: async () => undefined,
    };
  }
}

interface Bench {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly flusher: Flusher<CountingLog>;
  readonly logs: readonly CountingLog[];
  readonly rounds: FlushRound[];
  readonly flushed: number[];
  readonly failures: OttlaError[];
  readonly append: (index: number, bytes?: number) => void;
}

const benchOf = (logCount: number): Bench => {
  const clock = new ManualClock();
  const disk = new MemoryDisk({ clock });
  const failures: OttlaError[] = [];
  const rounds: FlushRound[] = [];
  const flushed: number[] = [];
  const flusher = new Flusher<CountingLog>({
    disk,
    clock,
    logger: silentLogger,
    health: new DirectoryHealth(
      '/',
      (error) => failures.push(error),
      () => {},
    ),
    onFlushed: (_, flushedOffset) => flushed.push(flushedOffset),
    onRound: (round) => rounds.push(round),
  });
  const logs = Array.from({ length: logCount }, (_, index) => new CountingLog(disk, `/${index}`));
  const append = (index: number, bytes = 10): void => {
    const log = must(logs[index], 'the log exists');
    log.append(bytes);
    flusher.markDirty(log);
  };
  return { clock, disk, flusher, logs, rounds, flushed, failures, append };
};

const first = (bench: Bench): CountingLog => must(bench.logs[0], 'there is a log');

describe('Flusher', () => {
  it('takes everything appended in one event into one round', async () => {
    const bench = benchOf(3);

    for (const index of [0, 1, 2, 0, 1]) bench.append(index);
    await bench.clock.settle();

    expect(bench.rounds).toMatchObject([{ logCount: 3, syncCount: 3 }]);
    expect(bench.flushed).toEqual([20, 20, 10]);
  });

  it('has one round under way and takes what comes meanwhile into the next', async () => {
    const bench = benchOf(1);
    bench.disk.holdSyncs();
    bench.append(0);
    await bench.clock.settle();
    for (let count = 0; count < 2; count += 1) {
      bench.append(0);
      await bench.clock.settle();
    }
    expect(bench.flushed).toEqual([]);

    bench.disk.releaseSyncs();
    await bench.clock.settle();

    expect(bench.flushed).toEqual([10, 30]);
    expect(bench.rounds).toHaveLength(2);
  });

  it('resolves a flush only when what was appended before it is durable', async () => {
    const bench = benchOf(1);
    bench.disk.holdSyncs();
    bench.append(0);
    await bench.clock.settle();
    bench.append(0);
    let flushedAt = -1;
    const flushing = bench.flusher.flush(first(bench)).then(() => {
      flushedAt = first(bench).flushedOffset;
    });

    bench.disk.releaseSyncs();
    await bench.clock.settle();
    await flushing;

    expect(flushedAt).toBe(20);
  });

  it('leaves a lazy log alone until 64 MiB have come together', async () => {
    const bench = benchOf(1);
    first(bench).flushMode = 'lazy';
    bench.append(0);
    await bench.clock.settle(60_000);
    expect(bench.flushed).toEqual([]);

    bench.append(0, LAZY_FLUSH_BYTES);
    await bench.clock.settle();

    expect(bench.flushed).toEqual([LAZY_FLUSH_BYTES + 10]);
  });

  it('flushes a lazy log that has rolled', async () => {
    const bench = benchOf(1);
    Object.assign(first(bench), { flushMode: 'lazy', isDue: true });

    bench.append(0);
    await bench.clock.settle();

    expect(bench.flushed).toEqual([10]);
  });

  it('flushes lazy logs too when told to flush now', async () => {
    const bench = benchOf(1);
    first(bench).flushMode = 'lazy';
    bench.append(0);

    const flushing = bench.flusher.flushNow();
    await bench.clock.settle();
    await flushing;

    expect(bench.flushed).toEqual([10]);
  });

  it('never tries a failed sync again and reports it once', async () => {
    const bench = benchOf(2);
    let syncCount = 0;
    bench.disk.onOperation = (op) => {
      if (op === 'sync') syncCount += 1;
    };
    bench.disk.failNext({ op: 'sync', pathIncludes: '/0', code: 'EIO' });
    bench.append(0);
    await bench.clock.settle();

    bench.append(0);
    await bench.clock.settle(10_000);

    expect(bench.failures.map(({ code }) => code)).toEqual(['STORAGE_ERROR']);
    expect(syncCount).toBe(1);
    await expect(bench.flusher.flush(first(bench))).rejects.toMatchObject({
      code: 'STORAGE_ERROR',
    });
  });

  it('rejects everyone who waits when a sync fails', async () => {
    const bench = benchOf(2);
    bench.disk.failNext({ op: 'sync', code: 'EIO', times: Number.POSITIVE_INFINITY });

    const outcomes = Promise.allSettled(bench.logs.map((log) => bench.flusher.flush(log)));
    await bench.clock.settle();

    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('counts nothing as flushed that was synced while another log failed', async () => {
    const bench = benchOf(2);
    bench.disk.failNext({ op: 'sync', pathIncludes: '/0', code: 'EIO' });

    bench.append(0);
    bench.append(1);
    await bench.clock.settle();

    expect(bench.flushed).toEqual([]);
  });

  it('waits out a full disk and flushes then', async () => {
    const bench = benchOf(1);
    first(bench).prepareError = new OttlaError('DISK_FULL', 'full');
    bench.append(0);
    await bench.clock.settle();
    expect(bench.flushed).toEqual([]);

    await bench.clock.settle(1000);

    expect(bench.flushed).toEqual([10]);
    expect(bench.failures).toEqual([]);
  });

  it('tries nothing again, once there is room, of a log that is gone meanwhile', async () => {
    const bench = benchOf(1);
    first(bench).prepareError = new OttlaError('DISK_FULL', 'full');
    bench.append(0);
    await bench.clock.settle();

    bench.flusher.forget(first(bench));
    await bench.clock.settle(1000);

    expect(bench.flushed).toEqual([]);
  });

  it('is idle only between two rounds', async () => {
    const bench = benchOf(1);
    bench.disk.holdSyncs();
    bench.append(0);
    await bench.clock.settle();
    let isIdle = false;
    const idle = bench.flusher.whenIdle().then(() => {
      isIdle = true;
    });
    await drainPromises();
    expect(isIdle).toBe(false);

    bench.disk.releaseSyncs();
    await idle;

    expect(bench.flushed).toEqual([10]);
  });
});
