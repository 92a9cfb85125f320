import { describe, expect, it } from 'vitest';
import { encodeCheckedText } from '../../../../src/log/checked-text.ts';
import { decodeCheckpoint } from '../../../../src/log/checkpoint.ts';
import { BLOCK_BYTES } from '../../../../src/log/journal/frame.ts';
import { DIRECTORY, namesIn, TOPIC } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const started = async (): Promise<JournalFixture> => {
  const fixture = new JournalFixture();
  await fixture.startAll();
  return fixture;
};

const IDLE_MS = 50_000;
const CHECKPOINT = `${DIRECTORY}/checkpoint`;

/** Logs 3 and 4 are idle for so long that they are settled; the others are written to. */
const withIdle = async (): Promise<JournalFixture> => {
  const fixture = await started();
  await fixture.round('idle');
  for (let passedMs = 0; passedMs < IDLE_MS; passedMs += 5000) {
    await fixture.roundOf([0, 1, 2], 'x');
    await fixture.clock.settle(5000);
  }
  return fixture;
};

const texts = (fixture: JournalFixture, partition: number): string[] =>
  fixture.textsOf(partition).filter((text) => text !== 'x');

const RECOVERED = 'recovered';
const QUARANTINED = 'quarantined';
/** The logs that were written to lately, and those that were not. */
const OF_ACTIVE = [QUARANTINED, QUARANTINED, QUARANTINED, RECOVERED, RECOVERED];

/** Durably, below a process that is gone. */
const change = async (
  fixture: JournalFixture,
  act: (disk: JournalFixture['disk']) => void,
): Promise<void> => {
  fixture.disk.kill();
  act(fixture.disk);
  fixture.disk.settle();
};

describe('a torn frame', () => {
  it('is none: no log is set aside, and the journal is not either', async () => {
    const fixture = await started();
    await fixture.round('a');
    const path = `${DIRECTORY}/journal/0`;
    await change(fixture, (disk) => {
      const file = disk.open(path);
      const half = disk.peek(path).slice(BLOCK_BYTES, BLOCK_BYTES + 100);
      file.write([half], 2 * BLOCK_BYTES);
      file.close();
    });

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(RECOVERED));
    expect(namesIn(fixture)).not.toContain('journal.quarantined-0');
  });
});

describe('one damaged frame', () => {
  it('costs the logs that lack what it held, when later ones stand, and no others', async () => {
    const fixture = await started();
    await fixture.roundOf([0, 1], 'lost');
    await fixture.roundOf([2, 3], 'y');
    fixture.rot('lost');

    await fixture.crash();

    const others = [RECOVERED, RECOVERED, RECOVERED];
    expect(fixture.outcomesByPartition()).toEqual([QUARANTINED, QUARANTINED, ...others]);
    expect(fixture.textsOf(2)).toEqual(['first', 'y']);
  });

  it('is no loss where the segments have it', async () => {
    const fixture = await started();
    await fixture.round('lost');
    await fixture.round('later');
    fixture.rot('lost');

    await fixture.kill();

    expect(fixture.outcomes()).toEqual(Array(5).fill(RECOVERED));
    expect(fixture.textsOf(0)).toEqual(['first', 'lost', 'later']);
  });

  it('is found at the end of the journal too, once the checkpoint tells of it', async () => {
    const fixture = await started();
    await fixture.round('last');
    await fixture.checkpoint();
    fixture.rot('last');

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(QUARANTINED));
  });
});

describe('two damaged frames in a row', () => {
  const damaged = async (): Promise<JournalFixture> => {
    const fixture = await withIdle();
    await fixture.roundOf([0, 1, 2], 'lost');
    await fixture.roundOf([0, 1], 'gone');
    await fixture.roundOf([0, 1], 'later');
    for (const text of ['lost', 'gone']) fixture.rot(text);
    return fixture;
  };

  it('cost the logs that they may have been about, where power went, and none that was idle', async () => {
    const fixture = await damaged();

    await fixture.crash();

    expect(fixture.outcomesByPartition()).toEqual(OF_ACTIVE);
    expect(texts(fixture, 3)).toEqual(['first', 'idle']);
  });

  it('cost none that has what a later frame asks of it', async () => {
    const fixture = await damaged();

    await fixture.kill();

    const others = [QUARANTINED, RECOVERED, RECOVERED];
    expect(fixture.outcomesByPartition()).toEqual([RECOVERED, RECOVERED, ...others]);
    expect(texts(fixture, 0)).toEqual(['first', 'idle', 'lost', 'gone', 'later']);
  });

  it('cost no log that was idle since, whatever they were about', async () => {
    const fixture = await started();
    await fixture.round('lost');
    await fixture.round('gone');
    await fixture.roundOf([0, 1], 'later');
    for (const text of ['lost', 'gone']) fixture.rot(text);
    await fixture.clock.settle(IDLE_MS);

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(RECOVERED));
    expect(fixture.textsOf(0)).toEqual(['first', 'lost', 'gone', 'later']);
  });

  it('give nothing back that was cut in them, under what came in its place', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.run(fixture.logOf(0).truncateTo(1));
    for (const text of ['new', 'last']) await fixture.roundOf([0, 1], text, 2);
    // Behind the header and the round: the cut, what tells of it, and what took the place.
    for (const block of [2, 3, 4]) {
      fixture.disk.corrupt(`${DIRECTORY}/journal/0`, block * BLOCK_BYTES + 40);
    }

    await fixture.crash();

    expect(fixture.outcomesByPartition()[0]).toBe(QUARANTINED);
    expect(fixture.textsOf(0)).toEqual([]);
  });

  it('ask nothing of a log that was deleted, or made anew in them', async () => {
    const fixture = await started();
    await fixture.round('lost');
    await fixture.run(fixture.manager.delete(TOPIC, 0));
    await fixture.run(fixture.manager.delete(TOPIC, 1));
    await fixture.make(0);
    await fixture.roundOf([2, 3, 4], 'later');
    for (const block of [1, 2, 3]) {
      fixture.disk.corrupt(`${DIRECTORY}/journal/0`, block * BLOCK_BYTES + 40);
    }

    await fixture.kill();

    expect(fixture.outcomesByPartition()).toEqual(Array(4).fill(RECOVERED));
    expect(fixture.textsOf(0)).toEqual([]);
    expect(fixture.manager.get(TOPIC, 1)).toBeUndefined();
  });
});

describe('a journal that cannot be read', () => {
  const JOURNAL = `${DIRECTORY}/journal`;
  const cases: ReadonlyArray<readonly [string, (disk: JournalFixture['disk']) => void]> = [
    ['a file is missing', (disk) => disk.remove(`${JOURNAL}/0`)],
    ['all of it is missing', (disk) => disk.remove(JOURNAL)],
    [
      'a file is cut short',
      (disk) => {
        const file = disk.open(`${JOURNAL}/0`);
        file.truncate(2 * BLOCK_BYTES);
        file.close();
      },
    ],
    [
      'no header is sound',
      (disk) => {
        for (const number of [0, 1]) disk.corrupt(`${JOURNAL}/${number}`, 8);
      },
    ],
  ];

  it.each(cases)('costs the logs in use and none that was idle, where %s', async (_, act) => {
    const fixture = await withIdle();
    await fixture.roundOf([0, 1], 'y');
    await change(fixture, act);

    await fixture.crash();

    expect(fixture.outcomesByPartition()).toEqual(OF_ACTIVE);
    expect(texts(fixture, 4)).toEqual(['first', 'idle']);
  });

  it.each(cases)('costs nothing where all logs are idle and %s', async (_, act) => {
    const fixture = await started();
    await fixture.round('a');
    await fixture.clock.settle(IDLE_MS);
    await change(fixture, act);

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(RECOVERED));
    expect(fixture.textsOf(3)).toEqual(['first', 'a']);
  });

  it('costs every log where the checkpoint is lost as well', async () => {
    const fixture = await withIdle();
    fixture.rotHeaders();
    fixture.disk.corrupt(CHECKPOINT, 30);

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(QUARANTINED));
  });

  it('costs every log where an earlier release wrote it, whose checkpoint lists none', async () => {
    const fixture = await started();
    const lines = Buffer.from(fixture.disk.peek(CHECKPOINT)).toString().split('\n').slice(1, -2);
    const unlisted = lines.map((line) => line.replace(/ \d+ 1$/, ''));
    await fixture.round('a');
    fixture.rotHeaders();
    await change(fixture, (disk) => {
      const file = disk.open(CHECKPOINT);
      file.truncate(0);
      file.write([encodeCheckedText('checkpoint', unlisted)], 0);
      file.close();
    });
    fixture.journal.isOfAnyLog = true;

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(QUARANTINED));
  });

  it('is kept aside, for what no log could be given', async () => {
    const fixture = await started();
    await fixture.round('a');
    fixture.rotHeaders();

    await fixture.crash();

    expect(namesIn(fixture)).toEqual(expect.arrayContaining(['journal', 'journal.quarantined-0']));
  });
});

describe('a log of a directory with a journal', () => {
  it('goes by the journal only once the checkpoint lists it', async () => {
    const fixture = new JournalFixture();
    await fixture.open();
    for (let partition = 0; partition < 5; partition += 1) await fixture.make(partition);
    await fixture.round('settles the names');

    const before = await fixture.round('a');
    await fixture.checkpoint();
    const after = await fixture.round('b');

    expect(before.every((path) => path.endsWith('.log'))).toBe(true);
    expect(after).toEqual([`${DIRECTORY}/journal/0`]);
  });

  it('stays listed until it is settled, however slow the disk is', async () => {
    const fixture = await started();
    await fixture.round('a');
    fixture.disk.syncDelayMs = 3000;
    const counts: number[] = [];
    for (let passedMs = 0; passedMs < 2 * IDLE_MS; passedMs += 1000) {
      await fixture.clock.settle(1000);
      const marks = decodeCheckpoint(fixture.disk.peek(CHECKPOINT), CHECKPOINT) ?? [];
      const behind = marks.filter((it) => it.flushedOffset > it.settledOffset);
      counts.push(behind.filter(({ isListed }) => !isListed).length);
    }

    expect(fixture.logOf(4).settledOffset).toBe(2);
    expect(counts).toEqual(Array(counts.length).fill(0));
  });

  it('is settled when it is idle, and then the disk rests', async () => {
    const fixture = await started();
    await fixture.round('a');

    await fixture.clock.settle(IDLE_MS);
    const settledOffset = fixture.logOf(0).settledOffset;
    const checkpoint = Buffer.from(fixture.disk.peek(CHECKPOINT)).toString();
    const operations: string[] = [];
    fixture.disk.onOperation = (op, path) => operations.push(`${op} ${path}`);
    await fixture.clock.settle(10 * IDLE_MS);

    expect(settledOffset).toBe(2);
    expect(checkpoint).toContain(`${TOPIC}-0 2 0 0\n`);
    expect(operations).toEqual([]);
  });
});

describe('a start on a full disk', () => {
  it('keeps the journal, emptied, as long as the checkpoint asks for one', async () => {
    const fixture = await started();
    await fixture.round('a');
    fixture.journal.isEnabled = false;
    fixture.disk.failNext({ op: 'write', pathIncludes: 'checkpoint', code: 'ENOSPC', times: 1 });
    await fixture.crash();
    await fixture.roundOf([0, 1], 'b');

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill(RECOVERED));
    expect(fixture.textsOf(0)).toEqual(['first', 'a', 'b']);
    expect(namesIn(fixture)).not.toContain('journal');
  });
});
