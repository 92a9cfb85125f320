import { expect, it } from 'vitest';
import { ReadBuffers } from '../../../src/log/read-buffers.ts';

const MIB = 1024 * 1024;

it('what was given back is lent again, as long as was asked for', () => {
  const buffers = new ReadBuffers();
  const first = buffers.lend(MIB);
  first.giveBack();

  const second = buffers.lend(MIB / 2);

  expect(second.bytes.buffer).toBe(first.bytes.buffer);
  expect(second.bytes).toHaveLength(MIB / 2);
});

it('what was not given back is nobody else’s', () => {
  const buffers = new ReadBuffers();

  const loans = Array.from({ length: 40 }, () => buffers.lend(MIB));

  expect(new Set(loans.map(({ bytes }) => bytes.buffer)).size).toBe(40);
});

it('keeps no more than sixteen, however many were lent', () => {
  const buffers = new ReadBuffers();
  const loans = Array.from({ length: 40 }, () => buffers.lend(MIB));

  for (const loan of loans) loan.giveBack();

  expect(buffers.freeBytes).toBeLessThan(18 * MIB);
});

it('memory that is given back twice is a bug that is told', () => {
  const loan = new ReadBuffers().lend(MIB);
  loan.giveBack();

  expect(() => loan.giveBack()).toThrow('given back once');
});

it.each([1000, 2 * MIB])('memory of %i bytes is made for one read, and not kept', (sizeBytes) => {
  const buffers = new ReadBuffers();
  const loan = buffers.lend(sizeBytes);

  loan.giveBack();

  expect(loan.bytes).toHaveLength(sizeBytes);
  expect(buffers.freeBytes).toBe(0);
});
