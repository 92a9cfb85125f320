import { describe, expect, it } from 'vitest';
import { must } from '../../../../src/base/assert.ts';
import { framesIn, readHeader } from '../../../../src/log/journal/files.ts';
import type { Frame } from '../../../../src/log/journal/frame.ts';
import { batchOf, DIRECTORY } from '../log-fixture.ts';
import { JournalFixture } from './journal-fixture.ts';

const STALE_COUNT = 40;

/** All frames of this life that stand on the disk, needed or not. */
const standing = (fixture: JournalFixture): Frame[] => {
  const { nonce } = must(readHeader(fixture.journalDirectory), 'there is a header');
  return [0, 1].flatMap((fileNumber) =>
    framesIn(fixture.disk.peek(`${DIRECTORY}/journal/${fileNumber}`), { fileNumber, nonce }),
  );
};

const hasAppend = (frames: readonly Frame[], count: number): boolean =>
  frames.some(({ records }) =>
    records.some((it) => it.kind === 'append' && it.endOffset - it.firstOffset === count),
  );

const hasCut = (frames: readonly Frame[]): boolean =>
  frames.some(({ records }) => records.some(({ kind }) => kind === 'cut'));

/**
 * A journal of two files of fifteen blocks. The last frame of the first file has records that are
 * cut then; both files fill again, and that frame alone is not written over.
 */
const turnedOver = async (): Promise<JournalFixture> => {
  const fixture = new JournalFixture(2);
  fixture.journal.minLogs = 1;
  await fixture.startAll();
  for (let block = 1; block < 13; block += 1) await fixture.round(`r${block}`);
  for (let index = 0; index < STALE_COUNT; index += 1) {
    fixture.logOf(0).appendAsLeader(batchOf({ text: `stale${index}` }), 1);
  }
  await fixture.flush();
  await fixture.run(fixture.logOf(0).truncateTo(3));
  for (let index = 0; index < 40 && hasCut(standing(fixture)); index += 1) {
    // Two blocks find no room behind it: the file of the cut is next.
    const isBefore = standing(fixture).some(({ sequence }) => sequence === 37);
    await fixture.round(`s${index}`, isBefore ? 2500 : 0);
  }
  return fixture;
};

describe('a journal file that is used again', () => {
  it('gives nothing back of what was cut, though its frame stands and that of the cut does not', async () => {
    const fixture = await turnedOver();
    const frames = standing(fixture);
    const before = fixture.textsOf(0);

    await fixture.crash();

    expect([hasAppend(frames, STALE_COUNT), hasCut(frames)]).toEqual([true, false]);
    expect(fixture.outcomes()).toEqual(['recovered', 'recovered']);
    expect(fixture.textsOf(0)).toEqual(before);
  });
});
