import { describe, expect, it } from 'vitest';
import { DIRECTORY } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const started = async (directoryId: string, text: string): Promise<JournalFixture> => {
  const fixture = new JournalFixture(3);
  fixture.directoryId = directoryId;
  await fixture.startAll();
  await fixture.round(text);
  return fixture;
};

/** Puts files of one directory's journal in the place of another's. */
const copyFiles = async (
  from: JournalFixture,
  to: JournalFixture,
  fileNumbers: readonly number[],
): Promise<void> => {
  to.disk.kill();
  for (const number of fileNumbers) {
    const path = `${DIRECTORY}/journal/${number}`;
    const file = to.disk.open(path);
    file.write([from.disk.peek(path)], 0);
    await to.run(file.sync());
    file.close();
  }
};

describe('a journal file that was copied from another directory', () => {
  it('is not put back: the logs are set aside, as where a file is gone', async () => {
    const other = await started('directoryBBBBBBBBBBBBB', 'foreign');
    const fixture = await started('directoryAAAAAAAAAAAAA', 'own');
    await copyFiles(other, fixture, [0, 1]);

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(3).fill('quarantined'));
    expect(fixture.textsOf(0)).toEqual([]);
  });

  it('does not pass for one whose newest frames were torn, beside one of the directory', async () => {
    const other = await started('directoryBBBBBBBBBBBBB', 'foreign');
    const fixture = await started('directoryAAAAAAAAAAAAA', 'own');
    await copyFiles(other, fixture, [0]);

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(3).fill('quarantined'));
  });

  it('is written over by the next life after an orderly stop', async () => {
    const other = await started('directoryBBBBBBBBBBBBB', 'foreign');
    const fixture = await started('directoryAAAAAAAAAAAAA', 'own');
    await fixture.stop();
    await copyFiles(other, fixture, [0]);
    await fixture.open();
    await fixture.round('later');

    await fixture.crash();

    expect(fixture.outcomes()).toEqual(Array(3).fill('recovered'));
    expect(fixture.textsOf(0)).toEqual(['first', 'own', 'later']);
  });
});
