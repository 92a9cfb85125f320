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
  it('serves new connections at max.connection.creation.rate, and none is lost', async () => {
    const world = await startWorld({ connectionRateMax: 100 });
    const clients = connectMany(world, 150);

    await world.clock.settle(500);
    const served = servedOf(clients);
    await world.clock.settle(1500);

    expect(served).toBeGreaterThanOrEqual(48);
    expect(served).toBeLessThanOrEqual(52);
    expect(servedOf(clients)).toBe(150);
    expect(clients.filter(({ isClosed }) => isClosed)).toEqual([]);
  });

  it('serves 500 clients that come at once within a second at its defaults', async () => {
    const world = await startWorld();
    const clients = connectMany(world, 500);

    await world.clock.settle(1000);

    expect(servedOf(clients)).toBe(500);
  });

  it('lets one client in between, however many wait from another address', async () => {
    const world = await startWorld({ connectionRateMax: 100 });
    connectMany(world, 1000, 'flooder');
    const other = connectMany(world, 1, 'other');

    await world.clock.settle(50);

    expect(servedOf(other)).toBe(1);
  });

  it('gives the turn of a client that went while it waited to the next', async () => {
    const world = await startWorld({ connectionRateMax: 100 });
    const clients = connectMany(world, 100);
    for (const client of clients.slice(1, 99)) client.close();

    await world.clock.settle(50);

    expect(servedOf(clients.slice(99))).toBe(1);
  });

  it('says how many had to wait in one line, and which setting it is', async () => {
    const world = await startWorld({ connectionRateMax: 1000 });
    connectMany(world, 110);

    await world.clock.settle(1500);

    expect(world.lines).toEqual([{ count: 100 }]);
    expect(world.texts).toEqual([
      'Kafka connections had to wait: max.connection.creation.rate=1000',
    ]);
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
