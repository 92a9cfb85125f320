import { beforeAll, describe, expect, it } from 'vitest';
import { OttlaError } from '../../../../src/base/errors.ts';
import type { Codec } from '../../../../src/record/codec.ts';
import { loadCodec } from '../../../../src/record/compression.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { CompactedFixture, linesOf } from './compaction-fixture.ts';
import { CompactionModel } from './compaction-model.ts';

const SEEDS = 60;
const STEPS = 40;
const RETENTION_MS = 1000;

let gzip: Codec;

beforeAll(async () => {
  gzip = await loadCodec('gzip');
});

/** One random life of a compacted log with power cuts, beside a model of all it was given. */
class RandomLife {
  readonly fixture = new CompactedFixture();
  readonly trace: string[] = [];
  crashCount = 0;
  passCount = 0;
  readonly #random: SeededRandom;
  readonly #model = new CompactionModel();
  #nowMs = 1_000_000;
  #sequence = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.fixture.config = {
      ...this.fixture.config,
      segmentBytes: 300 + this.#random.below(900),
      indexIntervalBytes: this.#random.below(300),
      deleteRetentionMs: RETENTION_MS,
    };
    this.fixture.disk.syncDelayMs = this.#random.below(3) * 2;
    this.fixture.cacheBytes = this.#random.chance(1, 2) ? 600 : 0;
    this.fixture.dedupeBufferBytes = this.#random.chance(1, 2) ? 4096 : 64 * 1024;
  }

  async run(): Promise<void> {
    await this.fixture.start();
    for (let step = 0; step < STEPS; step += 1) await this.#step();
    await this.#crash();
  }

  async #step(): Promise<void> {
    const { disk, failures, log } = this.fixture;
    if (this.#random.chance(1, 5)) {
      disk.cutPowerAt(this.#random.below(25), this.#random.fork(`${this.#model.endOffset}`));
    }
    try {
      await this.#act();
      this.#model.verify(log, this.#nowMs);
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.trace.push(`  ${error.message}`);
    }
    if (!disk.isPowered || failures.length > 0) await this.#crash();
    this.#nowMs += this.#random.below(400);
  }

  async #act(): Promise<void> {
    const { fixture } = this;
    const roll = this.#random.below(100);
    if (roll < 50) this.#append();
    else if (roll < 60) await fixture.flush();
    else if (roll < 85) await this.#compact();
    else if (roll < 90) await this.#restart();
    else if (roll < 94) await this.#crash();
    else if (roll < 96) await this.#truncate();
    else fixture.log.raiseLogStart(this.#random.below(fixture.log.flushedOffset + 1));
  }

  #append(): void {
    const { log } = this.fixture;
    const records = Array.from({ length: 1 + this.#random.below(4) }, () => ({
      key: `k${this.#random.below(6)}`,
      value: this.#random.chance(1, 4) ? null : `${this.#random.u32()}`,
      timestampMs: this.#nowMs + this.#random.below(50),
    }));
    const codec = this.#random.chance(1, 3) ? { codec: gzip } : {};
    const producer = { producerId: 5, producerEpoch: 0, baseSequence: this.#sequence };
    this.fixture.putBatch({ records, ...codec, ...producer });
    this.#sequence += records.length;
    for (const record of records) this.#model.append(record, this.#nowMs + RETENTION_MS);
    this.trace.push(`append up to ${log.logEndOffset}`);
  }

  async #compact(): Promise<void> {
    const { log } = this.fixture;
    const { cleanEndOffset } = log.compaction;
    const result = await this.fixture.compact(this.#nowMs);
    this.trace.push(`compact from ${cleanEndOffset} to ${result?.cleanEndOffset}`);
    if (result === undefined) return;
    this.passCount += 1;
    this.#model.verifyCompacted(log, result.cleanEndOffset);
  }

  /** Nothing that is committed is ever cut: all of a pass lies below what may be. */
  async #truncate(): Promise<void> {
    const { log } = this.fixture;
    const { flushedOffset, logEndOffset } = log;
    const endOffset = flushedOffset + this.#random.below(logEndOffset - flushedOffset + 1);
    this.trace.push(`truncate to ${endOffset} of ${logEndOffset}`);
    await this.fixture.run(log.truncateTo(endOffset));
    this.#adopt();
  }

  async #restart(): Promise<void> {
    this.trace.push('restart');
    if (!(await this.fixture.stop())) throw new OttlaError('STORAGE_ERROR', 'not a clean stop');
    await this.fixture.open();
    this.#adopt();
  }

  async #crash(): Promise<void> {
    const { disk, log } = this.fixture;
    const { flushedOffset } = log;
    if (disk.isPowered && this.#random.chance(1, 2)) disk.kill();
    else if (disk.isPowered) disk.crash(this.#random.fork('crash'));
    disk.powerOn();
    this.crashCount += 1;
    const { partitions } = await this.fixture.open();
    this.trace.push(`crash, flushed ${flushedOffset}: ${this.fixture.log.describe()}`);
    expect(partitions.map(({ outcome, detail }) => `${outcome} ${detail ?? ''}`)).toEqual([
      expect.not.stringContaining('quarantined'),
    ]);
    expect(this.fixture.log.logEndOffset).toBeGreaterThanOrEqual(flushedOffset);
    expect([...this.fixture.files('.cleaned'), ...this.fixture.files('.swap')]).toEqual([]);
    this.#adopt();
  }

  /** Goes on with what the log has; its producer, too, as the log remembers it. */
  #adopt(): void {
    const { log } = this.fixture;
    this.#model.cut(log.logEndOffset);
    this.#model.verify(log, this.#nowMs);
    // Every record is of the one producer.
    this.#sequence = log.logEndOffset;
    const last = [...log.producers.all()][0]?.[1].batches.at(-1);
    if (log.logEndOffset > 0) expect(last?.lastSequence).toBe(this.#sequence - 1);
  }
}

describe('a compacted log under power cuts', () => {
  it('holds the newest record of every key and nothing that was not written, whatever the seed', async () => {
    let crashCount = 0;
    let passCount = 0;

    for (let seed = 0; seed < SEEDS; seed += 1) {
      const life = new RandomLife(seed);
      try {
        await life.run();
      } catch (cause) {
        throw new Error(`seed ${seed}\n${life.trace.join('\n')}\n${String(cause)}`, { cause });
      }
      crashCount += life.crashCount;
      passCount += life.passCount;
    }

    expect(crashCount).toBeGreaterThan(SEEDS);
    expect(passCount).toBeGreaterThan(SEEDS);
    // It waits for nothing but its turn, which is long on a machine that does much else.
  }, 120_000);
});

describe('a power cut in a pass', () => {
  const fill = async (fixture: CompactedFixture, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      fixture.put({ key: `k${round % 4}`, value: `${round}` });
      if (round % 10 === 9) fixture.put({ key: `t${round}`, value: null });
    }
    await fixture.roll();
  };

  /** Segments that a pass made small, which the next one joins, and others that it shrinks. */
  const prepare = async (): Promise<CompactedFixture> => {
    const fixture = new CompactedFixture();
    await fixture.start();
    await fill(fixture, 30);
    await fixture.compacted(5000);
    await fill(fixture, 12);
    await fixture.flush();
    return fixture;
  };

  const changesOfPass = async (): Promise<{ changes: number; lines: readonly string[] }> => {
    const fixture = await prepare();
    const before = fixture.disk.changeCount;
    await fixture.compacted(5000);
    return { changes: fixture.disk.changeCount - before, lines: linesOf(fixture.log) };
  };

  it.each(['nothing unsynced', 'some of it'])(
    'at any change, of which %s survives, leaves a log that is compacted to the same end',
    async (survivor) => {
      const { changes, lines } = await changesOfPass();
      expect(changes).toBeGreaterThan(20);

      for (let change = 0; change < changes; change += 1) {
        const fixture = await prepare();
        const random = new SeededRandom(change);
        fixture.disk.cutPowerAt(change, survivor === 'some of it' ? random : undefined);
        await expect(fixture.compact(5000)).rejects.toThrow();
        fixture.disk.powerOn();
        const { partitions } = await fixture.open();

        await fixture.compact(5000);

        expect(partitions).toMatchObject([{ outcome: 'recovered', detail: undefined }]);
        expect(linesOf(fixture.log)).toEqual(lines);
      }
    },
  );
});
