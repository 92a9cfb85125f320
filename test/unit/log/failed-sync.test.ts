import { describe, expect, it } from 'vitest';
import { LogFixture, textsOf } from './log-fixture.ts';

describe('a start after a failed sync, while the page cache still shows what no disk has', () => {
  it.each([
    ['in one segment', 3],
    ['over several segments', 40],
  ])('brings the tail to the disk before it calls it durable, %s', async (_, count) => {
    const fixture = new LogFixture();
    await fixture.start();
    fixture.append(2);
    await fixture.flush();
    fixture.append(count);
    fixture.disk.failNext({ op: 'sync', pathIncludes: '.log', code: 'EIO' });
    await expect(fixture.flush()).rejects.toThrow();
    await fixture.kill();
    const { flushedOffset } = fixture.log;
    const texts = textsOf(fixture.log);

    await fixture.crash();

    expect(flushedOffset).toBe(texts.length);
    expect(textsOf(fixture.log)).toEqual(texts);
  });
});
