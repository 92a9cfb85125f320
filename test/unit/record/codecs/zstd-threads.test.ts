import { expect, it } from 'vitest';
import { ZstdThreads } from '../../../../src/record/codecs/zstd-threads.ts';
import { bytesOf } from '../batches.ts';

const LEVEL = 3;
const words = bytesOf('again and again '.repeat(100));
/** Above what a thread is kept for. */
const LARGE_BYTES = 20 << 20;

it('threads of zstd do more work than there are of them, each its own', async () => {
  const threads = new ZstdThreads();
  const inputs = Array.from({ length: 20 }, (_, at) => bytesOf(`${at} `.repeat(1000)));

  const packed = await Promise.all(inputs.map((bytes) => threads.run({ bytes, level: LEVEL })));
  const unpacked = await Promise.all(
    packed.map((bytes) => threads.run({ bytes, maxBytes: 10_000 })),
  );

  expect(unpacked.map((bytes) => Buffer.from(bytes).toString())).toEqual(
    inputs.map((bytes) => Buffer.from(bytes).toString()),
  );
});

it('the input of a thread stays the caller’s, also where it is a view', async () => {
  const threads = new ZstdThreads();
  const whole = Buffer.concat([Buffer.alloc(3, 7), words, Buffer.alloc(3, 7)]);
  const before = Buffer.from(whole);

  const bytes = await threads.run({ bytes: whole.subarray(3, -3), level: LEVEL });

  expect(whole).toEqual(before);
  expect(Buffer.from(await threads.run({ bytes, maxBytes: words.length }))).toEqual(
    Buffer.from(words),
  );
});

it('a thread works on after damage, and another takes the place of one that had much', async () => {
  const threads = new ZstdThreads();
  const bytes = await threads.run({ bytes: words, level: LEVEL });

  await expect(threads.run({ bytes: words, maxBytes: LARGE_BYTES })).rejects.toThrow('code');
  const jobs = [1, 2, 3, 4].map(() => threads.run({ bytes, maxBytes: LARGE_BYTES }));

  for (const unpacked of await Promise.all(jobs)) expect(unpacked).toEqual(words);
});
