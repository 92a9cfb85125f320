import { describe, expect, it } from 'vitest';
import { batchOf, DIRECTORY, namesIn, TOPIC } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const started = async (logCount?: number): Promise<JournalFixture> => {
  const fixture = new JournalFixture(logCount);
  await fixture.startAll();
  return fixture;
};

describe('a round of many small appends', () => {
  it('is one sync, of the journal', async () => {
    const fixture = await started();

    const synced = await fixture.round('a');

    expect(synced).toEqual([`${DIRECTORY}/journal/0`]);
    expect(fixture.logOf(0).flushedOffset).toBe(2);
    expect(fixture.logOf(0).settledOffset).toBe(1);
  });

  it('syncs the segments where records are large', async () => {
    const fixture = await started();

    const synced = await fixture.round('a', 20_000);

    expect(synced.every((path) => path.endsWith('.log'))).toBe(true);
    expect(fixture.logOf(0).settledOffset).toBe(2);
  });

  it('is in the logs after a power cut that leaves nothing unsynced', async () => {
    const fixture = await started();
    await fixture.round('a');
    await fixture.round('b');

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(3)).toEqual(['first', 'a', 'b']);
    expect(fixture.logOf(3).settledOffset).toBe(3);
  });

  it('stays in the logs when power goes again right after the start', async () => {
    const fixture = await started();
    await fixture.round('a');
    await fixture.crash();

    await fixture.crash();

    expect(fixture.textsOf(3)).toEqual(['first', 'a']);
  });

  it('is put back where the start is cut short, at every change', async () => {
    for (let at = 0; ; at += 1) {
      const fixture = await started(3);
      await fixture.round('a');
      fixture.disk.crash();
      fixture.disk.cutPowerAt(at);
      const isWhole = await fixture.open().then(
        () => fixture.disk.isPowered,
        () => false,
      );
      if (isWhole) break;
      fixture.disk.powerOn();

      await fixture.open();

      expect(fixture.outcomes(), `at change ${at}`).toEqual(Array(3).fill('recovered'));
      expect(fixture.textsOf(2), `at change ${at}`).toEqual(['first', 'a']);
    }
  });

  it('ends the directory when its sync fails', async () => {
    const fixture = await started();
    fixture.disk.failNext({ op: 'sync', pathIncludes: 'journal', code: 'EIO' });
    fixture.appendToAll('a');

    await expect(fixture.flush()).rejects.toMatchObject({ code: 'STORAGE_ERROR' });

    expect(fixture.failures).toHaveLength(1);
    expect(fixture.logOf(0).flushedOffset).toBe(1);
  });
});

describe('a journal that is full', () => {
  it('goes on in its other file once the logs behind it are settled', async () => {
    const fixture = await started();
    let directCount = 0;
    for (let index = 0; index < 100; index += 1) {
      const synced = await fixture.round(`r${index}`, 300);
      if (!synced.some((path) => path.includes('journal'))) directCount += 1;
    }

    await fixture.crash();

    expect(directCount).toBeLessThan(10);
    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(4)).toHaveLength(101);
  });

  it('settles the logs behind it after its own sync, by which their newest records go', async () => {
    const fixture = await started();
    const settling: string[][] = [];
    for (let index = 0; index < 100; index += 1) {
      const synced = await fixture.round(`r${index}`, 300);
      await fixture.clock.settle(1);
      if (synced.length > 1 && synced.some((path) => path.includes('journal'))) {
        settling.push(synced);
      }
    }

    const first = settling.map(([path]) => path?.startsWith(`${DIRECTORY}/journal/`));
    expect(first.length).toBeGreaterThan(1);
    expect(first).toEqual(first.map(() => true));
  });

  it('says by the checkpoint what is settled, not what the journal alone has', async () => {
    const fixture = await started();
    await fixture.round('a');
    await fixture.clock.settle(1100);

    const checkpoint = Buffer.from(fixture.disk.peek(`${DIRECTORY}/checkpoint`)).toString();

    expect(checkpoint).toContain(`${TOPIC}-0 1 0 0 2 1\n`);
  });
});

describe('what was cut', () => {
  it('does not come back from the journal', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.round('older');
    await fixture.run(fixture.logOf(0).truncateTo(1));
    fixture.logOf(0).appendAsLeader(batchOf({ text: 'new' }), 2);
    await fixture.flush();

    await fixture.crash();

    expect(fixture.textsOf(0)).toEqual(['first', 'new']);
    expect(fixture.textsOf(1)).toEqual(['first', 'old', 'older']);
  });

  it('does not come back where the last frame, of the cut, is damaged on top', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.run(fixture.logOf(0).truncateTo(1));
    // Header, the round, the cut, and the frame that tells of it: a block each.
    fixture.disk.corrupt(`${DIRECTORY}/journal/0`, 2 * 4096 + 40);

    await fixture.crash();

    expect(fixture.textsOf(0)).toEqual(['first']);
  });

  it('is not given to a partition of the same name that is made anew', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.run(fixture.manager.delete(TOPIC, 0));
    await fixture.make(0);
    fixture.logOf(0).appendAsLeader(batchOf({ text: 'new' }), 2);
    await fixture.flush();

    await fixture.crash();

    expect(fixture.textsOf(0)).toEqual(['new']);
  });

  it('does not come back into a log that was reset', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.run(fixture.logOf(0).resetTo(1));

    await fixture.crash();

    expect([fixture.logOf(0).logStartOffset, fixture.logOf(0).logEndOffset]).toEqual([1, 1]);
  });
});

describe('a cut that finds the journal full', () => {
  it('is made room for, by settling what keeps its other file', async () => {
    const fixture = await started();
    // Fifteen frames fill a file: the second one is about to be full, and the first is not free.
    for (let index = 0; index < 27; index += 1) await fixture.round(`r${index}`);
    for (let partition = 0; partition < 5; partition += 1) {
      await fixture.run(fixture.logOf(partition).truncateTo(3));
      await fixture.round(`after${partition}`);
    }

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
    expect(fixture.textsOf(4)).toEqual(['first', 'r0', 'r1', 'after4']);
    expect(fixture.textsOf(0)).toHaveLength(3 + 5);
  });
});

describe('a torn segment', () => {
  it('is filled again behind what was settled', async () => {
    const fixture = await started();
    await fixture.round('a');
    const [segment = ''] = namesIn(fixture, `${DIRECTORY}/${TOPIC}-0`).filter((it) =>
      it.endsWith('.log'),
    );
    const path = `${DIRECTORY}/${TOPIC}-0/${segment}`;
    fixture.disk.kill();
    fixture.disk.corrupt(path, fixture.disk.peek(path).length - 1);

    await fixture.open();

    expect(fixture.outcomes()[0]).toBe('recovered');
    expect(fixture.textsOf(0)).toEqual(['first', 'a']);
  });

  it('is rot below what was settled, whatever the journal has', async () => {
    const fixture = await started();
    await fixture.round('a');
    await fixture.clock.settle(1100);
    const [segment = ''] = namesIn(fixture, `${DIRECTORY}/${TOPIC}-0`).filter((it) =>
      it.endsWith('.log'),
    );
    fixture.disk.kill();
    fixture.disk.corrupt(`${DIRECTORY}/${TOPIC}-0/${segment}`, 70);

    await fixture.open();

    expect(fixture.outcomes()[0]).toBe('quarantined');
  });
});

describe('a journal that is turned off', () => {
  it('is put back once more and removed', async () => {
    const fixture = await started();
    await fixture.round('a');
    fixture.journal.isEnabled = false;

    await fixture.crash();

    expect(fixture.textsOf(2)).toEqual(['first', 'a']);
    expect(namesIn(fixture)).not.toContain('journal');
  });

  it('and on again at restarts of any kind, has all that was written and nothing that was cut', async () => {
    const fixture = await started();
    const expected = ['first'];
    for (let life = 0; life < 18; life += 1) {
      await fixture.round(`a${life}`);
      await fixture.checkpoint();
      await fixture.round(`b${life}`);
      const endOffset = fixture.logOf(0).logEndOffset;
      await fixture.run(fixture.logOf(0).truncateTo(endOffset - 1));
      expected.push(`a${life}`);
      fixture.journal.isEnabled = life % 3 !== 0;

      if (life % 2 === 0) await fixture.crash();
      else if (life % 4 === 1) await fixture.kill();
      else {
        await fixture.stop();
        await fixture.open();
      }

      expect(fixture.outcomes(), `life ${life}`).not.toContain('quarantined');
      expect(fixture.textsOf(0), `life ${life}`).toEqual(expected);
      expect(fixture.textsOf(1), `life ${life}`).toHaveLength(1 + 2 * (life + 1));
    }
  });

  it('brings nothing back that was cut while the disk had no room for its next life', async () => {
    const fixture = await started();
    await fixture.round('old');
    await fixture.round('older');
    fixture.disk.failNext({ op: 'write', pathIncludes: 'journal/', code: 'ENOSPC' });
    await fixture.crash();
    await fixture.run(fixture.logOf(0).truncateTo(1));
    fixture.logOf(0).appendAsLeader(batchOf({ text: 'new' }), 2);
    await fixture.flush();

    await fixture.crash();

    expect(fixture.textsOf(0)).toEqual(['first', 'new']);
  });

  it('is left out where the disk has no room for it', async () => {
    const fixture = new JournalFixture();
    fixture.disk.capacityBytes = 100_000;
    await fixture.startAll();

    const synced = await fixture.round('a');

    expect(synced.every((path) => path.endsWith('.log'))).toBe(true);
    expect(namesIn(fixture)).not.toContain('journal');
  });
});

it('an orderly stop settles everything and leaves nothing to put back', async () => {
  const fixture = await started();
  await fixture.round('a');
  const isClean = await fixture.stop();
  fixture.disk.crash();
  // As if the mark of the orderly stop were lost.
  fixture.disk.remove(`${DIRECTORY}/clean-shutdown`);

  await fixture.open();

  expect(isClean).toBe(true);
  expect(fixture.outcomes()).toEqual(Array(5).fill('recovered'));
  expect(fixture.textsOf(0)).toEqual(['first', 'a']);
});
