import { describe, expect, it } from 'vitest';
import type { Voter } from '../../../src/raft/core/voters.ts';
import { isLoopback, mixedAddresses } from '../../../src/raft/voter-addresses.ts';

const votersAt = (...addresses: readonly string[]): Voter[] =>
  addresses.map((address, at) => ({ id: at + 1, directoryId: `directory-${at + 1}`, address }));

describe('a loopback address', () => {
  it.each(['localhost:1', 'LOCALHOST:1', '127.0.0.1:7191', '127.8.0.1:1', '[::1]:1'])(
    'is %s',
    (address) => expect(isLoopback(address)).toBe(true),
  );

  it.each(['10.0.0.1:1', 'localhost.example:1', 'n1:7190', '[fe80::1]:1', '0.0.0.0:1'])(
    'is not %s',
    (address) => expect(isLoopback(address)).toBe(false),
  );
});

describe('a set of voters that one is added to', () => {
  it('has no loopback address beside others', () => {
    const error = mixedAddresses(4, '127.0.0.1:7194', votersAt('10.0.0.1:1', '10.0.0.2:1'));

    expect(error).toMatchObject({ code: 'INELIGIBLE_REPLICA' });
    expect(error?.message).toContain('set advertised.listeners of node 4');
  });

  it('has no other address beside loopbacks', () => {
    const error = mixedAddresses(4, '10.0.0.4:1', votersAt('localhost:1', 'localhost:2'));

    expect(error?.message).toContain('voter 1 at localhost:1');
  });

  it.each([
    ['all are loopbacks', '127.0.0.1:4', votersAt('localhost:1', '127.0.0.1:2')],
    ['none is', 'n4:1', votersAt('10.0.0.1:1')],
    ['nothing changes', '127.0.0.1:1', votersAt('127.0.0.1:1', '10.0.0.1:1')],
    ['a voter leaves the loopback that all are on', 'n1:1', votersAt('127.0.0.1:1', 'localhost:1')],
  ])('is taken where %s', (_, address, voters) => {
    expect(mixedAddresses(1, address, voters)).toBeUndefined();
  });

  it('is not taken where a voter goes to the loopback', () => {
    const error = mixedAddresses(1, 'localhost:1', votersAt('n1:1', 'n2:1'));

    expect(error).toBeDefined();
  });
});
