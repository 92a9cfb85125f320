import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../src/base/bytes/crc32c.ts';
import type { OttlaError } from '../../../src/base/errors.ts';
import { decodeCheckedText, encodeCheckedText } from '../../../src/log/checked-text.ts';
import { decodeIndex, encodeIndex } from '../../../src/log/index-file.ts';
import { decodeHeader, encodeHeader } from '../../../src/log/journal/file-header.ts';
import { OFFSET_INDEX } from '../../../src/log/offset-index.ts';
import { decodeIdentity, encodeIdentity } from '../../../src/log/partition-identity.ts';
import { decodeProducers, encodeProducers } from '../../../src/log/producer-snapshot.ts';
import { ProducerStates } from '../../../src/log/producer-state.ts';
import { TIME_INDEX } from '../../../src/log/time-index.ts';
import type { LogFixture } from './log-fixture.ts';
import { DIRECTORY, filled, firstSegment, PARTITION_DIRECTORY, TOPIC } from './log-fixture.ts';

const PATH = 'data/some-file';
const extent = { baseOffset: 0, nextOffset: 4, sizeBytes: 400, maxTimestampMs: 7 };
const life = { life: 1, nonce: new Uint8Array(16), directoryId: 'directoryAAAAAAAAAAAAA' };

interface Format {
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
  /** The same file as version 2 would write it, as far as every version keeps to it. */
  readonly later: Uint8Array;
}

const laterText = (kind: string): Uint8Array => {
  const body = Buffer.from(`ottla ${kind} 2\nanother line\n`);
  return Buffer.from(`${body}crc32c ${crc32c(body).toString(16).padStart(8, '0')}\n`);
};

const textFile = (kind: string): Format => ({
  kind,
  bytes: encodeCheckedText(kind, ['7']),
  read: (bytes) => decodeCheckedText(kind, bytes, PATH),
  later: laterText(kind),
});

/** Another version's magic, and nothing behind it that this one could know. */
const laterMagic = (bytes: Uint8Array): Uint8Array => {
  const later = Uint8Array.from(bytes);
  later[3] = 0x32;
  return later.fill(0x5a, 4);
};

const identity = encodeIdentity({ topicId: TOPIC, topicName: 'orders', partition: 3 });
const laterIdentity = (): Uint8Array => {
  const text = JSON.stringify({ version: 2, topicId: TOPIC, parts: [3] });
  return Buffer.from(`${text.slice(0, -1)},"crc32c":${crc32c(Buffer.from(text))}}\n`);
};
const offsetIndex = encodeIndex(OFFSET_INDEX, extent, new Uint8Array(8));
const timeIndex = encodeIndex(TIME_INDEX, extent, new Uint8Array(12));
const producers = encodeProducers(new ProducerStates(), 4, 0);
const journal = encodeHeader(life);

const formats: readonly Format[] = [
  ...['checkpoint', 'leader-epochs', 'compacted', 'id-marks', 'clean-shutdown'].map(textFile),
  {
    kind: 'partition.json',
    bytes: identity,
    read: (bytes) => decodeIdentity(bytes, PATH),
    later: laterIdentity(),
  },
  {
    kind: '.index',
    bytes: offsetIndex,
    read: (bytes) => decodeIndex(OFFSET_INDEX, bytes, PATH),
    later: laterMagic(offsetIndex),
  },
  {
    kind: '.timeindex',
    bytes: timeIndex,
    read: (bytes) => decodeIndex(TIME_INDEX, bytes, PATH),
    later: laterMagic(timeIndex),
  },
  {
    kind: '.producers',
    bytes: producers,
    read: (bytes) => decodeProducers(bytes, { path: PATH, offset: 4, nowMs: 0 }),
    later: laterMagic(producers),
  },
  {
    kind: 'journal',
    bytes: journal,
    read: (bytes) => decodeHeader(bytes, PATH),
    later: laterMagic(journal),
  },
];

describe.each(formats)('a $kind file', ({ bytes, read, later }) => {
  it('is read in the version that is written', () => {
    expect(read(bytes)).toBeDefined();
  });

  it('of a later version ends the start, with its path, its version and what to do', () => {
    let refusal: OttlaError | undefined;

    try {
      read(later);
    } catch (error) {
      refusal = error as OttlaError;
    }

    expect(refusal).toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message:
        'data/some-file is of format 2, this release knows 1: start the release that wrote it, ' +
        'or a later one; the file was left as it is',
    });
  });

  it('is damage, and of no later version, with any one bit turned', () => {
    const thrown: number[] = [];
    for (let at = 0; at < Math.min(bytes.length, 64) * 8; at += 1) {
      const damaged = Uint8Array.from(bytes);
      damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7));
      try {
        read(damaged);
      } catch {
        thrown.push(at);
      }
    }

    expect(thrown).toEqual([]);
  });
});

/** Another content for a file, durable. */
const replace = async ({ disk }: LogFixture, path: string, bytes: Uint8Array): Promise<void> => {
  disk.remove(path);
  const file = disk.open(path, { create: true });
  file.write([bytes], 0);
  await file.sync();
  file.close();
};

const contentsOf = ({ disk }: LogFixture): string =>
  [DIRECTORY, PARTITION_DIRECTORY]
    .flatMap((directory) =>
      disk
        .list(directory)
        .filter(({ isDirectory, name }) => !isDirectory && name !== 'lock')
        .map(
          ({ name }) => `${name} ${Buffer.from(disk.peek(`${directory}/${name}`)).toString('hex')}`,
        ),
    )
    .join('\n');

/** A batch of format 3, of which nothing but offset and size are where they were. */
const laterBatch = (segment: Uint8Array): Uint8Array => {
  const later = Uint8Array.from(segment).fill(0x5a, 17);
  later[16] = 3;
  return later;
};

const indexPath = firstSegment.replace('.log', '.index');

describe('a directory in which one file is of a later release', () => {
  const cases: ReadonlyArray<readonly [string, string, (bytes: Uint8Array) => Uint8Array]> = [
    ['the checkpoint', `${DIRECTORY}/checkpoint`, () => laterText('checkpoint')],
    ['an identity', `${PARTITION_DIRECTORY}/partition.json`, laterIdentity],
    ['leader epochs', `${PARTITION_DIRECTORY}/leader-epochs`, () => laterText('leader-epochs')],
    ['an index', indexPath, laterMagic],
    ['a segment', firstSegment, laterBatch],
  ];

  it.each(cases)('is not opened, and stays as it is: %s', async (_what, path, laterOf) => {
    const fixture = await filled();
    if (path === firstSegment) fixture.disk.remove(indexPath);
    await replace(fixture, path, laterOf(fixture.disk.peek(path)));
    fixture.disk.kill();
    const before = contentsOf(fixture);

    const opening = fixture.open();

    await expect(opening).rejects.toMatchObject({
      code: 'UNSUPPORTED_VERSION',
      message: expect.stringMatching(new RegExp(`^${path} is of format [23]`)),
    });
    expect(contentsOf(fixture)).toBe(before);
  });

  it('is not opened, and stays as it is: the mark of an orderly stop', async () => {
    const fixture = await filled();
    await fixture.stop();
    await replace(fixture, `${DIRECTORY}/clean-shutdown`, laterText('clean-shutdown'));
    const before = contentsOf(fixture);

    const opening = fixture.open();

    await expect(opening).rejects.toMatchObject({ code: 'UNSUPPORTED_VERSION' });
    expect(contentsOf(fixture)).toBe(before);
  });
});
