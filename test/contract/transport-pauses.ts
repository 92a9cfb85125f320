import { expect, it } from 'vitest';
import type { Stream } from '../../src/env/transport.ts';
import type { Note } from './json-methods.ts';
import type { World } from './transport-world.ts';
import { aWhile, expectEventually, Seen } from './transport-world.ts';

/** Sends until the peer is slow; the number sent, the last one included. */
const flood = (stream: Stream<Note>): number => {
  const body = 'x'.repeat(64 * 1024);
  let sentCount = 1;
  while (stream.send({ word: String(sentCount), body }) && sentCount < 2000) sentCount += 1;
  return sentCount;
};

export const pauseClaims = (world: () => World): void => {
  it('takes nothing behind a pause, then everything in order', async () => {
    const stream = world().open(new Seen());
    stream.send({ word: 'pause' });
    for (const word of ['1', '2', '3']) stream.send({ word });
    await expectEventually(() => world().notes.seen.notes.length > 0);
    await aWhile();
    const whilePaused = [...world().notes.seen.events];

    world().notes.stream?.resume();
    await expectEventually(() => world().notes.seen.notes.length === 4);

    expect(whilePaused).toEqual(['pause']);
    expect(world().notes.seen.events).toEqual(['pause', '1', '2', '3']);
  });

  it('may pause while it is accepted', async () => {
    world().notes.pausesAtOnce = true;
    world().open(new Seen()).send({ word: 'first' });
    await expectEventually(() => world().notes.stream !== undefined);
    await aWhile();
    const whilePaused = [...world().notes.seen.events];

    world().notes.stream?.resume();
    await expectEventually(() => world().notes.seen.notes.length === 1);

    expect(whilePaused).toEqual([]);
  });

  it('pauses at the client as well, without holding up what it sends', async () => {
    const seen = new Seen();
    const stream = world().open(seen);
    stream.pause();
    stream.send({ word: 'echo' });
    await expectEventually(() => world().notes.seen.notes.length === 1);
    await aWhile();
    const whilePaused = [...seen.events];

    stream.resume();
    await seen.until(() => seen.notes.length === 1);

    expect(whilePaused).toEqual([]);
  });
};

export const pressureClaims = (world: () => World): void => {
  it('makes the sender slow, whose room comes back with the resume', async () => {
    const seen = new Seen();
    const stream = world().open(seen);
    stream.send({ word: 'pause' });
    await expectEventually(() => world().notes.seen.notes.length === 1);

    let sentCount = 0;
    let drains = -1;
    while (drains !== seen.drains) {
      drains = seen.drains;
      sentCount += flood(stream);
      await aWhile();
    }
    const takenWhilePaused = world().notes.seen.notes.length;
    world().notes.stream?.resume();
    await seen.until(() => seen.drains > drains);
    await expectEventually(() => world().notes.seen.notes.length === sentCount + 1);

    expect(sentCount).toBeLessThan(2000);
    expect(takenWhilePaused).toBe(1);
  });
};

export const pausedEndClaims = (world: () => World): void => {
  it('hears of an orderly end only behind what was sent before it', async () => {
    const stream = world().open(new Seen());
    stream.send({ word: 'pause' });
    stream.send({ word: 'last' });
    stream.close();
    await expectEventually(() => world().notes.seen.notes.length > 0);
    await aWhile();
    const whilePaused = [...world().notes.seen.events];

    world().notes.stream?.resume();
    await expectEventually(() => world().notes.seen.closes.length > 0);

    expect(whilePaused).toEqual(['pause']);
    expect(world().notes.seen.events).toEqual(['pause', 'last', 'close']);
  });

  it('hears of a client that goes, paused or not', async () => {
    const stream = world().open(new Seen());
    stream.send({ word: 'pause' });
    stream.send({ word: 'lost' });
    await expectEventually(() => world().notes.seen.notes.length > 0);

    await world().client.close();
    await expectEventually(() => world().notes.seen.closes.length > 0);
    await aWhile();

    expect(world().notes.seen.events.filter((event) => event === 'lost')).toEqual([]);
    expect(world().notes.seen.closes).toHaveLength(1);
  });

  it('may be closed while it is paused, once', async () => {
    const seen = new Seen();
    const stream = world().open(seen);
    stream.send({ word: 'pause' });
    stream.send({ word: 'dropped' });
    await expectEventually(() => world().notes.seen.notes.length > 0);

    world().notes.stream?.close();
    await seen.untilClosed();
    await aWhile();

    expect(seen.events).toEqual(['close']);
    expect(world().notes.seen.events).toEqual(['pause', 'close']);
  });
};
