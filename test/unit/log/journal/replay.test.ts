import { describe, expect, it } from 'vitest';
import type { Frame, JournalRecord } from '../../../../src/log/journal/frame.ts';
import type { JournalReplay, LogReplay } from '../../../../src/log/journal/replay.ts';
import { planReplay, replayOf, UNREADABLE } from '../../../../src/log/journal/replay.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { bodyOf, decodeAll, stampedBatch, TOPIC } from '../log-fixture.ts';

/** Records `firstOffset` to `endOffset` of a partition, a batch each, all of one text. */
const append = (
  partition: number,
  firstOffset: number,
  endOffset: number,
  text = 'a',
): JournalRecord => ({
  kind: 'append',
  topicId: TOPIC,
  partition,
  leaderEpoch: 1,
  firstOffset,
  endOffset,
  parts: [
    bodyOf(
      ...Array.from({ length: endOffset - firstOffset }, (_, at) =>
        stampedBatch(firstOffset + at, 1, { text }),
      ),
    ),
  ],
});

const cut = (partition: number, endOffset: number): JournalRecord => ({
  kind: 'cut',
  topicId: TOPIC,
  partition,
  endOffset,
});

/** One frame for each list of records, as the journal numbers them and tells of the one before. */
const framesOf = (lists: readonly (readonly JournalRecord[])[], baseSequence = 0): Frame[] =>
  lists.map((records, sequence) => ({
    sequence,
    baseSequence: Math.min(baseSequence, sequence),
    records,
    previous: lists[sequence - 1] ?? [],
  }));

const without = (frames: readonly Frame[], ...gone: number[]): Frame[] =>
  frames.filter(({ sequence }) => !gone.includes(sequence));

const listed = (replay: JournalReplay, partition = 0): LogReplay | undefined =>
  replayOf(replay, { topicId: TOPIC, partition }, true);

/** What is put back of a partition: `<offset><text>` each. */
const putBack = (replay: JournalReplay, partition = 0): string[] =>
  (listed(replay, partition)?.entries ?? []).flatMap(({ bytes }) =>
    decodeAll(bytes).map(({ baseOffset, text }) => `${baseOffset}${text}`),
  );

const requiredOf = (replay: JournalReplay, partition = 0): number | undefined =>
  listed(replay, partition)?.requiredOffset;

const isUnknown = (replay: JournalReplay, partition: number): boolean | undefined =>
  listed(replay, partition)?.isUnknown;

describe('the plan of a replay', () => {
  it('has what every frame holds of a log, whatever the order they are found in', () => {
    const frames = framesOf([[append(0, 0, 2)], [append(1, 5, 6)], [append(0, 2, 3)]]);

    const replay = planReplay(frames.toReversed());

    expect(putBack(replay)).toEqual(['0a', '1a', '2a']);
    expect(putBack(replay, 1)).toEqual(['5a']);
    expect([requiredOf(replay), requiredOf(replay, 1), requiredOf(replay, 2)]).toEqual([
      3,
      6,
      undefined,
    ]);
  });

  it('leaves out the frames of a file that has been given free', () => {
    const frames = framesOf([[append(0, 0, 2)], [append(1, 0, 1)], [append(0, 2, 3)]], 2);

    const replay = planReplay(frames);

    expect([putBack(replay), putBack(replay, 1)]).toEqual([['2a'], []]);
    expect(replay.damagedCount).toBe(0);
  });

  it('brings back nothing that was cut, and all that came after', () => {
    const frames = framesOf([[append(0, 0, 4, 'old')], [cut(0, 2)], [append(0, 2, 3, 'new')]]);

    const replay = planReplay(frames);

    expect(putBack(replay)).toEqual(['0old', '1old', '2new']);
    expect(requiredOf(replay)).toBe(3);
  });

  it('forgets a log that was cut to nothing', () => {
    const replay = planReplay(framesOf([[append(0, 3, 9)], [cut(0, 0)]]));

    expect([putBack(replay), requiredOf(replay)]).toEqual([[], 0]);
  });

  it('asks of a log what a damaged frame held, by what the next one tells', () => {
    const frames = framesOf([[append(0, 0, 2)], [append(0, 2, 5)], [append(1, 0, 1)]]);

    const replay = planReplay(without(frames, 1));

    expect([putBack(replay), requiredOf(replay)]).toEqual([['0a', '1a'], 5]);
    expect([replay.damagedCount, replay.isUnknown]).toEqual([1, false]);
  });

  it('does a cut whose frame is damaged, by what the next one tells', () => {
    const frames = framesOf([[append(0, 0, 4)], [cut(0, 1)], []]);

    const replay = planReplay(without(frames, 1));

    expect([putBack(replay), requiredOf(replay)]).toEqual([['0a'], 1]);
  });

  it('trusts no listed log where two frames in a row are damaged, but those that are told of', () => {
    const frames = framesOf([[append(0, 0, 1)], [append(1, 0, 1)], [append(2, 0, 1)], []]);

    const replay = planReplay(without(frames, 1, 2));

    expect([0, 1, 2, 77].map((it) => isUnknown(replay, it))).toEqual([true, true, false, true]);
    expect(requiredOf(replay, 2)).toBe(1);
  });

  it('knows a log again, behind such damage, from the next frame that is about it', () => {
    const later = [append(0, 4, 5), cut(1, 2)];
    const frames = framesOf([[append(0, 0, 2)], [append(2, 0, 1)], [append(2, 1, 2)], [], later]);

    const replay = planReplay(without(frames, 1, 2));

    expect([0, 1].map((it) => isUnknown(replay, it))).toEqual([false, false]);
    expect([requiredOf(replay), requiredOf(replay, 1)]).toEqual([5, 0]);
  });

  it('gives nothing back from before such damage: it may have been cut in it', () => {
    const old = append(0, 0, 4, 'old');
    const lost = [[cut(0, 2)], [], [append(0, 2, 4, 'new')]];
    const frames = framesOf([[old], ...lost, [append(1, 0, 1)], [append(0, 4, 5, 'new')]]);

    const replay = planReplay(without(frames, 1, 2, 3));

    expect([putBack(replay), requiredOf(replay)]).toEqual([['4new'], 5]);
  });

  it('has nothing against a log that the checkpoint does not list, however it is damaged', () => {
    const frames = framesOf([[append(0, 0, 1)], [append(1, 0, 1)], [append(2, 0, 1)], []]);
    const damaged = planReplay(without(frames, 1, 2));

    const replays = [damaged, UNREADABLE].map((replay) =>
      replayOf(replay, { topicId: TOPIC, partition: 1 }, false),
    );

    expect(replays).toEqual([undefined, undefined]);
  });

  it('takes what is missing at the very end for torn', () => {
    const replay = planReplay(without(framesOf([[append(0, 0, 1)], [append(0, 1, 2)]]), 1));

    expect([putBack(replay), requiredOf(replay), replay.damagedCount]).toEqual([['0a'], 1, 0]);
  });

  it('gives a log as a model of it has it, whatever is appended and cut', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = new SeededRandom(`replay-${seed}`);
      const model: string[] = [];
      const lists: JournalRecord[][] = [];
      for (let step = 0; step < 20; step += 1) {
        const text = `s${step}`;
        if (random.chance(1, 4)) {
          model.length = random.below(model.length + 1);
          lists.push([cut(0, model.length)]);
          continue;
        }
        const count = 1 + random.below(3);
        lists.push([append(0, model.length, model.length + count, text)]);
        for (let at = 0; at < count; at += 1) model.push(`${model.length}${text}`);
      }

      const whole = planReplay(framesOf([...lists, []]));
      const damagedAt = random.below(lists.length);
      const damaged = planReplay(without(framesOf([...lists, []]), damagedAt));
      const stretch = Array.from({ length: 2 + random.below(4) }, (_, at) => damagedAt + at);
      const inside = stretch.filter((it) => it < lists.length);
      const doubtful = planReplay(without(framesOf([...lists, []]), ...inside));

      expect(putBack(whole), `seed ${seed}`).toEqual(model);
      expect(requiredOf(whole), `seed ${seed}`).toBe(model.length);
      // Less than the model is seen to be too little, and nothing that was cut is among it.
      expect(requiredOf(damaged), `seed ${seed}`).toBe(model.length);
      expect(model, `seed ${seed}`).toEqual(expect.arrayContaining(putBack(damaged)));
      // Of several damaged ones too; what is required may be left to the checkpoint by a cut.
      expect(model, `seed ${seed}`).toEqual(expect.arrayContaining(putBack(doubtful)));
      expect(requiredOf(doubtful), `seed ${seed}`).toBeLessThanOrEqual(model.length);
    }
  });
});
