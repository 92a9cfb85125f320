import { describe, expect, it } from 'vitest';
import { ADDRESS, answersTo, produceFrame, sizeOnly, startWorld, versionsFrame } from './world.ts';

describe('the memory of a Kafka listener', () => {
  it('is bounded for a connection: it is read no further until answers are given', async () => {
    const world = await startWorld({ connectionBytesMax: 100_000 });
    const client = world.listener.connect(ADDRESS);
    for (let id = 1; id <= 20; id += 1) client.send(produceFrame(id, { sizeBytes: 20_000 }));
    await world.clock.settle();
    const before = world.desk.begun.length;

    for (let id = 1; id <= before; id += 1) world.desk.answer(id);
    await world.clock.settle();

    expect(before).toBeLessThan(7);
    expect(world.desk.begun.length).toBeGreaterThan(before);
  });

  it('answers all, however often it paused', async () => {
    const world = await startWorld({ connectionBytesMax: 50_000 });
    const client = world.listener.connect(ADDRESS);
    for (let id = 1; id <= 20; id += 1) client.send(produceFrame(id, { sizeBytes: 20_000 }));

    for (let id = 1; id <= 20; id += 1) {
      await world.clock.settle();
      world.desk.answer(id);
    }
    await world.clock.settle();

    expect(answersTo(client)).toHaveLength(20);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('is bounded for all connections together, and each gets on in the end', async () => {
    const world = await startWorld({ heldBytesMax: 100_000 });
    const clients = [1, 2, 3, 4].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) {
      for (let id = 1; id <= 5; id += 1) client.send(produceFrame(id, { sizeBytes: 30_000 }));
    }
    await world.clock.settle();
    const usedBytes = world.server.budget.usedBytes;

    for (let number = 1; number <= 20; number += 1) {
      world.desk.answer(number);
      await world.clock.settle();
    }

    // Each connection may hold what came in the chunk before it was paused.
    expect(usedBytes).toBeLessThan(100_000 + clients.length * 31_000);
    for (const client of clients) expect(answersTo(client)).toEqual([1, 2, 3, 4, 5]);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('refuses who asks for more where only halves of requests are left', async () => {
    const world = await startWorld({ heldBytesMax: 100_000 });
    const clients = [1, 2, 3, 4].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) {
      client.send(produceFrame(1, { sizeBytes: 80_000 }).subarray(0, 70_000));
    }
    await world.clock.settle();

    expect(clients.filter(({ isClosed }) => isClosed).length).toBeGreaterThan(0);
    expect(world.server.budget.usedBytes).toBeLessThan(300_000);
  });

  it('takes no more connections than it may', async () => {
    const world = await startWorld({ connectionCountMax: 2 });
    const clients = [1, 2, 3].map(() => world.listener.connect(ADDRESS));
    for (const client of clients) client.send(versionsFrame(1));
    await world.clock.settle();
    const closed = clients.map(({ isClosed }) => isClosed);

    clients[0]?.close();
    await world.clock.settle();
    const next = world.listener.connect(ADDRESS);
    next.send(versionsFrame(1));
    await world.clock.settle();

    expect(closed).toEqual([false, false, true]);
    expect(answersTo(next)).toEqual([1]);
  });

  it('writes few lines in a flood of bad clients', async () => {
    const world = await startWorld({ connectionRateMax: 1_000_000 });
    for (let count = 0; count < 1000; count += 1) {
      world.listener.connect(ADDRESS).send(sizeOnly(-1));
    }
    await world.clock.settle(1500);

    expect(world.lines.length).toBeLessThan(30);
    expect(world.lines).toContainEqual({ count: 980 });
  });
});
