import { describe, expect, it } from 'vitest';
import type { MemoryClient } from '../../../support/memory-listener.ts';
import type { World } from './world.ts';
import { ADDRESS, answersTo, startWorld, versionsFrame } from './world.ts';

const connectMany = (world: World, count: number, from?: string): MemoryClient[] =>
  Array.from({ length: count }, () => {
    const client = world.listener.connect(ADDRESS, from);
    client.send(versionsFrame(1));
    return client;
  });

const servedOf = (clients: readonly MemoryClient[]): number =>
  clients.filter((client) => answersTo(client).length > 0).length;

describe('a Kafka listener that many connect to', () => {
  it('serves a second’s worth, then what max.connection.creation.rate lets, and loses none', async () => {
    const world = await startWorld({ connectionRateMax: 100 });
    const clients = connectMany(world, 250);

    await world.clock.settle(500);
    const served = servedOf(clients);
    await world.clock.settle(1500);

    expect(served).toBeGreaterThanOrEqual(148);
    expect(served).toBeLessThanOrEqual(152);
    expect(servedOf(clients)).toBe(250);
    expect(clients.filter(({ isClosed }) => isClosed)).toEqual([]);
  });

  it('takes a burst in slices, so that what else there is to do has its turn', async () => {
    const world = await startWorld({ connectionRateMax: 1000 });
    const clients = connectMany(world, 100);
    await world.clock.settle(4);
    const atOnce = servedOf(clients);

    await world.clock.settle(50);

    expect(atOnce).toBe(10);
    expect(servedOf(clients)).toBe(100);
  });

  it('earns no turn by a jump of the wall clock, and loses none', async () => {
    const world = await startWorld({ connectionRateMax: 10 });
    const clients = connectMany(world, 30);
    await world.clock.settle(50);

    world.clock.jumpWall(3_600_000);
    await world.clock.settle(40);
    const afterForth = servedOf(clients);
    world.clock.jumpWall(-86_400_000);
    await world.clock.settle(1000);

    expect(afterForth).toBe(10);
    expect(servedOf(clients)).toBe(20);
  });

  it('serves 500 clients that come at once within a second at its defaults', async () => {
    const world = await startWorld();
    const clients = connectMany(world, 500);

    await world.clock.settle(1000);

    expect(servedOf(clients)).toBe(500);
  });

  it('lets one client in between, however many wait from another address', async () => {
    const world = await startWorld({ connectionRateMax: 10 });
    connectMany(world, 1000, 'flooder');
    await world.clock.settle(500);
    const other = connectMany(world, 1, 'other');

    await world.clock.settle(210);

    expect(servedOf(other)).toBe(1);
  });

  it('gives the turn of a client that went while it waited to the next', async () => {
    const world = await startWorld({ connectionRateMax: 10 });
    const clients = connectMany(world, 100);
    await world.clock.settle(50);
    for (const client of clients.slice(10, 99)) client.close();

    await world.clock.settle(110);

    expect(servedOf(clients.slice(99))).toBe(1);
  });

  it('counts a client no longer that went while it waited', async () => {
    const world = await startWorld({ connectionRateMax: 1, connectionCountMax: 2 });
    const [, waiting] = connectMany(world, 2);
    await world.clock.settle(20);

    waiting?.close();
    await world.clock.settle(1);
    const [next] = connectMany(world, 1);
    await world.clock.settle(1);

    expect(next?.isClosed).toBe(false);
  });

  it('keeps little of what a client sends before its turn, and answers all of it then', async () => {
    const world = await startWorld({ connectionRateMax: 1 });
    const [, waiting] = connectMany(world, 2);
    await world.clock.settle(20);

    for (let id = 2; id <= 3000; id += 1) waiting?.send(versionsFrame(id));
    await world.clock.settle(20);
    const keptBytes = world.server.budget.usedBytes;
    await world.clock.settle(1000);

    expect(keptBytes).toBeGreaterThan(0);
    expect(keptBytes).toBeLessThan(17 * 1024);
    expect(waiting && answersTo(waiting)).toHaveLength(3000);
    expect(world.server.budget.usedBytes).toBe(0);
  });

  it('keeps nothing that waiting clients send once requests hold all that they may', async () => {
    const world = await startWorld({ connectionRateMax: 1, heldBytesMax: 1000 });
    world.server.budget.take(1000);
    connectMany(world, 2);

    await world.clock.settle(20);

    expect(world.server.budget.usedBytes).toBe(1000);
  });

  it('says how many had to wait in one line, and which setting it is', async () => {
    const world = await startWorld({ connectionRateMax: 20 });
    connectMany(world, 70);

    await world.clock.settle(1500);

    expect(world.lines).toEqual([{ count: 50 }]);
    expect(world.texts).toEqual(['Kafka connections had to wait: max.connection.creation.rate=20']);
  });

  it('closes what is above max.connections.per.ip, and takes other addresses', async () => {
    const world = await startWorld({ connectionsPerAddressMax: 2 });
    const clients = connectMany(world, 3, 'one');
    const others = connectMany(world, 2, 'two');
    await world.clock.settle(50);
    const closed = clients.map(({ isClosed }) => isClosed);

    clients[0]?.close();
    await world.clock.settle(50);
    const next = connectMany(world, 1, 'one');
    await world.clock.settle(50);

    expect(closed).toEqual([false, false, true]);
    expect(servedOf(others)).toBe(2);
    expect(servedOf(next)).toBe(1);
  });

  it('counts those that wait against max.connections', async () => {
    const world = await startWorld({ connectionRateMax: 1, connectionCountMax: 5 });
    const clients = connectMany(world, 8);
    await world.clock.settle(50);
    expect(clients.filter(({ isClosed }) => isClosed)).toEqual(clients.slice(5));
    expect(servedOf(clients)).toBe(1);

    clients[4]?.close();
    await world.clock.settle(50);
    const [next, another] = connectMany(world, 2);
    await world.clock.settle(50);

    expect([next?.isClosed, another?.isClosed]).toEqual([false, true]);
  });
});
