import { describe, expect, it } from 'vitest';
import { decodeProducers, encodeProducers } from '../../../src/log/producer-snapshot.ts';
import { lastSequenceOf, ProducerStates } from '../../../src/log/producer-state.ts';
import type { BatchHeader } from '../../../src/record/batch-header.ts';
import { CONTROL_BIT, TRANSACTIONAL_BIT } from '../../../src/record/batch-header.ts';
import { headerOf } from './log-fixture.ts';

const MAX_SEQUENCE = 2 ** 31 - 1;

/** A batch of producer 9. */
const sent = (baseSequence: number, fields: Partial<BatchHeader> = {}): BatchHeader =>
  headerOf({ producerId: 9, producerEpoch: 3, baseSequence, ...fields });

/** States after batches of one record each, from sequence 0 and offset 100. */
const statesAfter = (count: number): ProducerStates => {
  const states = new ProducerStates();
  for (let sequence = 0; sequence < count; sequence += 1) {
    states.update(sent(sequence, { baseOffset: 100 + sequence }), 0);
  }
  return states;
};

describe('ProducerStates', () => {
  it('accepts any sequence of a producer it does not know', () => {
    expect(new ProducerStates().check(sent(4711))).toBeUndefined();
  });

  it('accepts the sequence that follows', () => {
    expect(statesAfter(2).check(sent(2))).toBeUndefined();
  });

  it('changes nothing while it checks', () => {
    const states = statesAfter(2);

    states.check(sent(2));

    expect(states.check(sent(2))).toBeUndefined();
  });

  it('refuses a gap in the sequence', () => {
    expect(() => statesAfter(2).check(sent(3))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
    );
  });

  it('answers each of the last five batches with its first offsets', () => {
    const states = statesAfter(7);

    const offsets = [2, 3, 4, 5, 6].map((sequence) => states.check(sent(sequence))?.baseOffset);

    expect(offsets).toEqual([102, 103, 104, 105, 106]);
  });

  it('refuses a repeat older than five batches as out of order', () => {
    expect(() => statesAfter(7).check(sent(1))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
    );
  });

  it('takes a batch that only begins like an earlier one for no repeat', () => {
    expect(() => statesAfter(7).check(sent(6, { lastOffsetDelta: 1 }))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
    );
  });

  it('refuses an epoch below the known one', () => {
    expect(() => statesAfter(1).check(sent(1, { producerEpoch: 2 }))).toThrow(
      expect.objectContaining({ code: 'INVALID_PRODUCER_EPOCH' }),
    );
  });

  it('wants sequence 0 at the start of a new epoch', () => {
    const states = statesAfter(1);

    expect(states.check(sent(0, { producerEpoch: 4 }))).toBeUndefined();
    expect(() => states.check(sent(1, { producerEpoch: 4 }))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }),
    );
  });

  it('goes on at 0 behind the greatest sequence', () => {
    const states = new ProducerStates();
    states.update(sent(MAX_SEQUENCE), 0);

    expect(states.check(sent(0))).toBeUndefined();
  });

  it('wraps the last sequence of a batch that crosses the greatest one', () => {
    expect(lastSequenceOf(MAX_SEQUENCE - 1, 3)).toBe(1);
  });

  it('fences older epochs by a marker that carries a newer one', () => {
    const states = statesAfter(1);
    const attributes = CONTROL_BIT | TRANSACTIONAL_BIT;
    states.update(sent(-1, { attributes, producerEpoch: 4, baseOffset: 101 }), 0);

    expect(() => states.check(sent(1))).toThrow(
      expect.objectContaining({ code: 'INVALID_PRODUCER_EPOCH' }),
    );
  });

  it('expects the first lost sequence again after a truncation', () => {
    const states = statesAfter(4);

    expect(states.truncate(102)).toBe(true);

    expect(states.check(sent(2))).toBeUndefined();
  });

  it('forgets a producer all of whose batches are cut', () => {
    const states = statesAfter(3);

    expect(states.truncate(100)).toBe(true);

    expect(states.get(9)).toBeUndefined();
  });

  it('asks to be built again when a truncation reaches behind what it remembers', () => {
    expect(statesAfter(7).truncate(101)).toBe(false);
  });

  it('forgets producers that were idle for too long', () => {
    const states = statesAfter(1);
    states.update(headerOf({ producerId: 8, producerEpoch: 0, baseSequence: 0 }), 50);

    states.expire(10);

    expect([...states.all()].map(([producerId]) => producerId)).toEqual([8]);
  });
});

const read = (bytes: Uint8Array, offset: number, nowMs: number) =>
  decodeProducers(bytes, { path: '102.producers', offset, nowMs });

describe('a producer snapshot', () => {
  it('brings the states back as they were', () => {
    const states = statesAfter(7);

    const entries = read(encodeProducers(states, 107, 0), 107, 0);

    expect(entries).toEqual([...states.all()]);
  });

  it('keeps how long a producer was idle across a clock that starts anew', () => {
    const bytes = encodeProducers(statesAfter(1), 101, 400);

    const entries = read(bytes, 101, 10_000);

    expect(entries?.[0]?.[1].lastActiveMs).toBe(9600);
  });

  it('is refused with any one byte changed, and cut anywhere', () => {
    const bytes = encodeProducers(statesAfter(2), 102, 0);

    const readable = [...bytes.keys()].filter((at) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x20;
      const isCutReadable = read(bytes.subarray(0, at), 102, 0) !== undefined;
      return isCutReadable || read(damaged, 102, 0) !== undefined;
    });

    expect(readable).toEqual([]);
  });

  it('is refused under the name of another offset', () => {
    expect(read(encodeProducers(statesAfter(1), 101, 0), 102, 0)).toBeUndefined();
  });
});
