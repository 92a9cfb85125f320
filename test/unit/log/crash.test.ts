import { describe, expect, it } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import type { StoredBatch } from './log-fixture.ts';
import { batchOf, bodyOf, contentOf, LogFixture, stampedBatch, TOPIC } from './log-fixture.ts';

const SEEDS = 200;
const STEPS = 40;

/** One random life of a log with power cuts, beside a model of what it holds. */
class RandomLife {
  readonly #fixture = new LogFixture();
  readonly #random: SeededRandom;
  /** What the log holds as far as its users were told. */
  #content: StoredBatch[] = [];
  /** What it held before a truncation that is still under way. */
  #before: StoredBatch[] = [];
  #flushedBefore = 0;
  #epoch = 1;
  #nextText = 0;
  #sequence = 0;
  /** By the text of a batch: the sequence that follows it. */
  readonly #sequenceAfter = new Map<string, number>();
  #crashCount = 0;
  readonly #trace: string[] = [];

  constructor(seed: number, isJournalled: boolean) {
    this.#random = new SeededRandom(seed);
    this.#fixture.config = {
      ...this.#fixture.config,
      segmentBytes: 300 + this.#random.below(900),
      indexIntervalBytes: this.#random.below(300),
    };
    this.#fixture.journal.isEnabled = isJournalled;
    this.#fixture.disk.syncDelayMs = this.#random.below(3) * 2;
    this.#fixture.cacheBytes = this.#random.chance(1, 2) ? 600 : 100_000;
  }

  get crashCount(): number {
    return this.#crashCount;
  }

  describe(): string {
    return this.#trace.join('\n');
  }

  async run(): Promise<void> {
    await this.#fixture.start();
    if (this.#random.chance(1, 4)) this.#fixture.log.flushMode = 'lazy';
    for (let step = 0; step < STEPS; step += 1) await this.#step(step);
    await this.#crash();
  }

  async #step(step: number): Promise<void> {
    if (this.#random.chance(1, 6)) {
      this.#fixture.disk.cutPowerAt(this.#random.below(25), this.#random.fork(`${this.#nextText}`));
    }
    try {
      await this.#act();
      this.#before = [];
    } catch (error) {
      if (!(error instanceof OttlaError)) throw error;
      this.#trace.push(`  ${error.message}`);
    }
    if (!this.#fixture.disk.isPowered || this.#fixture.failures.length > 0) await this.#crash();
    else if (step % 4 === 0) this.#verify(this.#content);
  }

  async #act(): Promise<void> {
    const { clock, log } = this.#fixture;
    const roll = this.#random.below(100);
    if (roll < 40) this.#appendAsLeader();
    else if (roll < 55) this.#appendAsFollower();
    else if (roll < 65) await this.#fixture.flush();
    else if (roll < 70) await clock.settle(this.#random.below(8));
    else if (roll < 75) await clock.settle(this.#random.below(1500));
    else if (roll < 82) await this.#truncate();
    else if (roll < 84) await this.#reset();
    else if (roll < 88) this.#retain();
    else if (roll < 90) await this.#crash();
    else if (roll < 92) await this.#assignEpoch();
    else if (roll < 96) await this.#restart();
    else log.raiseLogStart(this.#someOffset(log.flushedOffset));
  }

  #someOffset(highest: number): number {
    const { logStartOffset } = this.#fixture.log;
    return logStartOffset + this.#random.below(Math.max(1, highest - logStartOffset + 1));
  }

  #spec(): {
    text: string;
    count: number;
    producerId: number;
    producerEpoch: number;
    baseSequence: number;
  } {
    const count = 1 + this.#random.below(3);
    const text = `t${this.#nextText}`.padEnd(1 + this.#random.below(200), '.');
    this.#nextText += 1;
    return { text, count, producerId: 5, producerEpoch: 0, baseSequence: this.#sequence };
  }

  #appendAsLeader(): void {
    const { log } = this.#fixture;
    const spec = this.#spec();
    const { baseOffset, endOffset } = log.appendAsLeader(batchOf(spec), this.#epoch);
    this.#sequence += spec.count;
    this.#sequenceAfter.set(spec.text, this.#sequence);
    this.#content.push({ baseOffset, endOffset, leaderEpoch: this.#epoch, text: spec.text });
    this.#trace.push(`leader ${baseOffset}..${endOffset}`);
  }

  #appendAsFollower(): void {
    const { log } = this.#fixture;
    const batches: Uint8Array[] = [];
    const stored: StoredBatch[] = [];
    let baseOffset = log.logEndOffset;
    let sequence = this.#sequence;
    for (let index = this.#random.below(5); index >= 0; index -= 1) {
      const spec = { ...this.#spec(), baseSequence: sequence };
      sequence += spec.count;
      this.#sequenceAfter.set(spec.text, sequence);
      batches.push(stampedBatch(baseOffset, this.#epoch, spec));
      const endOffset = baseOffset + spec.count;
      stored.push({ baseOffset, endOffset, leaderEpoch: this.#epoch, text: spec.text });
      baseOffset = endOffset;
    }
    this.#trace.push(`follower ${stored[0]?.baseOffset}..${baseOffset}`);
    try {
      log.appendAsFollower(bodyOf(...batches), this.#epoch);
    } finally {
      this.#content.push(...stored.filter((batch) => batch.endOffset <= log.logEndOffset));
      const last = this.#content.at(-1);
      if (last !== undefined) this.#sequence = this.#sequenceAfter.get(last.text) ?? sequence;
    }
  }

  async #truncate(): Promise<void> {
    const { log } = this.#fixture;
    const endOffset = this.#someOffset(log.logEndOffset);
    this.#trace.push(`truncate to ${endOffset} of ${log.logEndOffset}`);
    this.#before = [...this.#content];
    const done = log.truncateTo(endOffset);
    this.#content = this.#content.filter((batch) => batch.endOffset <= endOffset);
    if (log.logStartOffset >= log.logEndOffset) this.#content = [];
    await this.#fixture.run(done);
    this.#epoch += 1;
    this.#checkProducer();
  }

  /** The producer goes on behind the last batch that is left, as the log must remember it. */
  #checkProducer(): void {
    const last = this.#content.at(-1);
    const expected = this.#expectedSequence();
    if (last !== undefined) expect(expected).toBe(this.#sequenceAfter.get(last.text));
    this.#sequence = expected;
  }

  /** The sequence the log itself expects next, told by its refusal of a wild one. */
  #expectedSequence(): number {
    const probe = batchOf({ producerId: 5, producerEpoch: 0, baseSequence: 2 ** 30 });
    try {
      this.#fixture.log.appendAsLeader(probe, this.#epoch - 10_000);
    } catch (error) {
      const expected = /, (\d+) was expected/.exec(String(error))?.[1];
      if (expected !== undefined) return Number(expected);
      if (error instanceof OttlaError && error.code === 'STORAGE_ERROR') throw error;
    }
    return 0;
  }

  async #reset(): Promise<void> {
    const { log } = this.#fixture;
    const startOffset = log.logEndOffset + this.#random.below(20);
    this.#trace.push(`reset to ${startOffset}`);
    this.#before = [...this.#content];
    const done = log.resetTo(startOffset);
    this.#content = [];
    this.#sequence = 0;
    await this.#fixture.run(done);
  }

  #retain(): void {
    const { clock, log } = this.#fixture;
    this.#trace.push(`retention below ${log.flushedOffset}`);
    log.config = { ...log.config, retentionMs: -1, retentionBytes: 500 };
    log.applyRetention(clock.wallMs(), log.flushedOffset);
  }

  async #assignEpoch(): Promise<void> {
    const { log } = this.#fixture;
    this.#epoch += 1;
    this.#trace.push(`epoch ${this.#epoch} at ${log.logEndOffset}`);
    await this.#fixture.run(log.assignEpoch(this.#epoch, log.logEndOffset));
  }

  async #restart(): Promise<void> {
    this.#trace.push('restart');
    const isClean = await this.#fixture.stop();
    if (!isClean) throw new OttlaError('STORAGE_ERROR', 'the stop was not clean');
    const { partitions } = await this.#fixture.open();
    expect(partitions.map(({ outcome }) => outcome)).toEqual(['clean']);
  }

  async #crash(): Promise<void> {
    const { disk } = this.#fixture;
    const { flushedOffset } = this.#fixture.log;
    this.#flushedBefore = flushedOffset;
    if (disk.isPowered && this.#random.chance(1, 2)) disk.kill();
    else if (disk.isPowered) disk.crash(this.#random.fork('crash'));
    disk.powerOn();
    this.#crashCount += 1;
    const { partitions } = await this.#fixture.open();
    expect(partitions.map(({ outcome, detail }) => `${outcome} ${detail ?? ''}`)).toEqual([
      expect.not.stringContaining('quarantined'),
    ]);
    this.#trace.push(`crash, flushed ${flushedOffset}: ${this.#fixture.log.describe()}`);
    this.#adopt();
  }

  /** The recovered log is a prefix of what was there that holds all that was flushed. */
  #adopt(): void {
    const { log } = this.#fixture;
    const recovered = contentOf(log);
    expect(log.logEndOffset).toBeGreaterThanOrEqual(this.#flushedBefore);
    const isPrefixOf = (content: readonly StoredBatch[]): boolean => {
      const range = content.filter(
        (batch) => batch.endOffset > log.logStartOffset && batch.endOffset <= log.logEndOffset,
      );
      return JSON.stringify(range) === JSON.stringify(recovered);
    };
    expect(isPrefixOf(this.#content) || isPrefixOf(this.#before)).toBe(true);
    this.#content = recovered;
    this.#before = [];
    this.#checkProducer();
    this.#verify(recovered);
  }

  #verify(content: readonly StoredBatch[]): void {
    const { log } = this.#fixture;
    expect(log.topicId).toBe(TOPIC);
    const readable = content.filter((batch) => batch.endOffset > log.logStartOffset);
    const epochs = readable.map(({ baseOffset }) =>
      log.epochAt(Math.max(baseOffset, log.logStartOffset)),
    );
    expect(JSON.stringify(contentOf(log))).toBe(JSON.stringify(readable));
    expect(epochs).toEqual(readable.map(({ leaderEpoch }) => leaderEpoch));
  }
}

describe('a partition log under power cuts', () => {
  it.each([
    ['without a journal', false],
    ['with a journal', true],
  ])(
    'comes back as a prefix of itself that holds everything flushed, %s',
    async (_, isOn) => {
      let crashCount = 0;

      for (let seed = 0; seed < SEEDS; seed += 1) {
        const life = new RandomLife(seed, isOn);
        try {
          await life.run();
        } catch (cause) {
          throw new Error(`seed ${seed}\n${life.describe()}\n${String(cause)}`, { cause });
        }
        crashCount += life.crashCount;
      }

      expect(crashCount).toBeGreaterThan(SEEDS);
    },
    // It waits for nothing but its turn, which is long on a machine that does much else.
    120_000,
  );
});
