import { describe, expect, it } from 'vitest';
import { IdRoom } from '../../../../src/broker/dedup/id-room.ts';
import { IdWindow } from '../../../../src/broker/dedup/id-window.ts';

class Holder {
  readonly window: IdWindow;
  givenCount = 0;
  readonly #room: IdRoom;

  constructor(room: IdRoom) {
    this.#room = room;
    this.window = new IdWindow(1000, room);
    room.enter(this);
  }

  get heldCount(): number {
    return this.window.count;
  }

  giveUpOldest(): void {
    this.window.dropFirst();
    this.givenCount += 1;
  }

  take(...ids: readonly number[]): void {
    for (const id of ids) {
      const digests = Uint32Array.of(id, 0, 0, 0);
      this.window.add({ digests, at: 0, offset: id, isHeld: false, timeMs: id });
      this.#room.keepBound();
    }
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

describe('the room for ids on a broker', () => {
  it('is made, where it is full, by who has most', () => {
    const room = new IdRoom(10, () => {});
    const [small, large] = [new Holder(room), new Holder(room)];
    small.take(...upTo(3));

    large.take(...upTo(20));

    expect([small.heldCount, large.heldCount, room.heldCount]).toEqual([3, 7, 10]);
    expect([small.givenCount, large.givenCount]).toEqual([0, 13]);
    expect(large.window.firstOffset).toBe(13);
  });

  it('is made for a partition that comes last', () => {
    const room = new IdRoom(10, () => {});
    const [large, late] = [new Holder(room), new Holder(room)];
    large.take(...upTo(10));

    late.take(...upTo(4));

    expect([large.heldCount, late.heldCount]).toEqual([6, 4]);
  });

  it('is made by all who have as many, and costs none of them its whole window', () => {
    const room = new IdRoom(400, () => {});
    const holders = upTo(40).map(() => new Holder(room));
    for (const id of upTo(10)) for (const holder of holders) holder.take(id);

    for (const id of upTo(5)) for (const holder of holders) holder.take(10 + id);

    const least = Math.min(...holders.map(({ heldCount }) => heldCount));
    expect(room.heldCount).toBe(400);
    expect(least).toBeGreaterThanOrEqual(8);
  });

  it('is there again when ids were forgotten, cut off, or their partition left', () => {
    const room = new IdRoom(10, () => {});
    const [one, other] = [new Holder(room), new Holder(room)];
    one.take(...upTo(5));
    other.take(...upTo(5));

    one.window.expire(2, 100);
    one.window.truncate(4);
    room.leave(other);

    expect(room.heldCount).toBe(2);
  });

  it('says that it is full once, and again after it was half empty', () => {
    let fullCount = 0;
    const room = new IdRoom(10, () => {
      fullCount += 1;
    });
    const holder = new Holder(room);

    holder.take(...upTo(20));
    const first = fullCount;
    holder.window.expire(16, 100);
    holder.take(...upTo(12).map((id) => 20 + id));

    expect([first, fullCount]).toEqual([1, 2]);
  });
});
