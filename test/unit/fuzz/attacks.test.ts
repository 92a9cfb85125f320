import { describe, expect, it } from 'vitest';
import type { AnyApi } from '../../../src/kafka/wire/apis.ts';
import { APIS } from '../../../src/kafka/wire/apis.ts';
import { ATTACK_KINDS, drawAttack } from '../../fuzz/attacks.ts';
import { RequestFrames } from '../../fuzz/frames.ts';
import { errorLines, quantile } from '../../fuzz/watch.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const frames = new RequestFrames();

const draws = (seed: string, count: number) => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const attack = drawAttack(frames, random);
    return { ...attack, chunks: attack.chunks.map((chunk) => chunk.toString('base64')).join() };
  });
};

describe('the attacks of a seed', () => {
  it('are the same each time', () => {
    const once = draws('7', 200);

    const again = draws('7', 200);

    expect(again).toEqual(once);
  });

  it('are others for another seed', () => {
    expect(draws('8', 20)).not.toEqual(draws('7', 20));
  });

  it('are of every kind before long', () => {
    const kinds = new Set(draws('7', 1000).map(({ kind }) => kind));

    expect([...kinds].sort()).toEqual([...ATTACK_KINDS].sort());
  });

  it('are made of requests of every API in every version', () => {
    const served = (Object.values(APIS) as AnyApi[]).flatMap(({ key, minVersion, maxVersion }) =>
      Array.from({ length: maxVersion - minVersion + 1 }, (_, at) => `${key} v${minVersion + at}`),
    );

    const missing = served.filter((kind) => !frames.kinds.has(kind));

    expect(missing).toEqual([]);
  });
});

describe('a node’s log', () => {
  it('tells errors of the node, and what Node writes when it dies, from the rest', () => {
    const lines = [
      '{"level":"info","msg":"ready"}',
      '{"level":"warn","msg":"a client sent nonsense"}',
      '{"level":"error","msg":"cannot go on"}',
      'TypeError: undefined is not a function',
    ];

    const errors = errorLines(`${lines.join('\n')}\n`);

    expect(errors).toEqual(lines.slice(2));
  });
});

describe('a quantile', () => {
  it('is the value that the share of all lies below', () => {
    const numbers = Array.from({ length: 100 }, (_, at) => 99 - at);

    expect([quantile(numbers, 0.5), quantile(numbers, 0.99), quantile([], 0.99)]).toEqual([
      50, 99, 0,
    ]);
  });
});
