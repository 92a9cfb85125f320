import { describe, expect, it } from 'vitest';
import { decodeCheckedText, encodeCheckedText } from '../../../src/log/checked-text.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/log/checkpoint.ts';
import {
  offsetInName,
  offsetPath,
  parseAsideName,
  parsePartitionName,
} from '../../../src/log/file-names.ts';
import { settledTo } from '../../../src/log/flushed-offset.ts';
import { decodeIndex, encodeIndex } from '../../../src/log/index-file.ts';
import { LeaderEpochHistory } from '../../../src/log/leader-epoch-history.ts';
import { OFFSET_INDEX, OffsetIndex } from '../../../src/log/offset-index.ts';
import { decodeIdentity, encodeIdentity } from '../../../src/log/partition-identity.ts';
import { TIME_INDEX, TimeIndex } from '../../../src/log/time-index.ts';
import { TOPIC } from './log-fixture.ts';

const PATH = 'd/file';
const extent = { baseOffset: 100, nextOffset: 140, sizeBytes: 4000, maxTimestampMs: 77 };

const offsetIndex = (): OffsetIndex => {
  const index = new OffsetIndex(100);
  index.add(110, 1000);
  index.add(130, 3000);
  return index;
};

const timeIndex = (): TimeIndex => {
  const index = new TimeIndex(100);
  index.maybeAdd(50, 110);
  index.maybeAdd(77, 130);
  return index;
};

/** One sound file of each kind, with its reader. */
const kinds: ReadonlyArray<readonly [string, Uint8Array, (bytes: Uint8Array) => unknown]> = [
  [
    'checkpoint',
    encodeCheckpoint([
      {
        topicId: TOPIC,
        partition: 3,
        settledOffset: settledTo(20),
        flushedOffset: settledTo(20),
        isListed: false,
        logStartOffset: 5,
        highWatermark: 18,
      },
    ]),
    (bytes) => decodeCheckpoint(bytes, PATH),
  ],
  [
    'checkpoint of a log with a journal',
    encodeCheckpoint([
      {
        topicId: TOPIC,
        partition: 3,
        settledOffset: settledTo(20),
        flushedOffset: settledTo(31),
        isListed: true,
        logStartOffset: 5,
        highWatermark: 18,
      },
    ]),
    (bytes) => decodeCheckpoint(bytes, PATH),
  ],
  [
    'leader-epochs',
    new LeaderEpochHistory([{ leaderEpoch: 0, startOffset: 0 }]).encode(),
    (bytes) => LeaderEpochHistory.decode(bytes, PATH),
  ],
  [
    'partition.json',
    encodeIdentity({ topicId: TOPIC, topicName: 'orders', partition: 3, quarantine: 'rot' }),
    (bytes) => decodeIdentity(bytes, PATH),
  ],
  [
    'clean-shutdown',
    encodeCheckedText('clean-shutdown', ['7']),
    (bytes) => decodeCheckedText('clean-shutdown', bytes, PATH),
  ],
  [
    '.index',
    encodeIndex(OFFSET_INDEX, extent, offsetIndex().encodeEntries()),
    (bytes) => decodeIndex(OFFSET_INDEX, bytes, PATH),
  ],
  [
    '.timeindex',
    encodeIndex(TIME_INDEX, extent, timeIndex().encodeEntries()),
    (bytes) => decodeIndex(TIME_INDEX, bytes, PATH),
  ],
];

describe.each(kinds)('a %s file', (kind, bytes, decode) => {
  it('is read when it is whole', () => {
    expect(decode(bytes)).toBeDefined();
  });

  it('is refused with any one byte changed', () => {
    const accepted = [...bytes.keys()].filter((at) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x04;
      return decode(damaged) !== undefined;
    });

    expect(accepted).toEqual([]);
  });

  it('is refused when it is cut off anywhere', () => {
    const lengths = [...bytes.keys()].filter((length) => decode(bytes.subarray(0, length)));

    // The line feed that ends the JSON is the one byte that may be missing.
    expect(lengths).toEqual(kind === 'partition.json' ? [bytes.length - 1] : []);
  });
});

describe('an offset index', () => {
  it('gives the greatest position at or below an offset', () => {
    const positions = [100, 109, 110, 129, 130, 139].map((o) => offsetIndex().floor(o).position);

    expect(positions).toEqual([0, 0, 1000, 1000, 3000, 3000]);
  });

  it('forgets positions at or behind a cut', () => {
    const index = offsetIndex();

    index.truncate(3000);

    expect(index.floor(139).position).toBe(1000);
  });

  it('comes back from its entries', () => {
    const index = OffsetIndex.decodeEntries(100, offsetIndex().encodeEntries());

    expect(index.floor(135).position).toBe(3000);
  });
});

describe('a time index', () => {
  it('never gives an offset behind a record that is asked for', () => {
    const offsets = [0, 50, 51, 77, 78].map((timestampMs) => timeIndex().lookup(timestampMs));

    expect(offsets).toEqual([100, 100, 110, 110, 130]);
  });

  it('takes no entry whose timestamp is not above the last', () => {
    const index = timeIndex();

    index.maybeAdd(77, 135);

    expect(index.entryCount).toBe(2);
  });

  it('comes back from its entries', () => {
    const index = TimeIndex.decodeEntries(100, timeIndex().encodeEntries());

    expect(index.lookup(60)).toBe(110);
  });
});

describe('file names', () => {
  it('sort as the offsets they are made of', () => {
    expect(offsetPath('/d', 42, '.log')).toBe('/d/00000000000000000042.log');
  });

  it('are read back, and foreign ones are not', () => {
    const offsets = ['00000000000000000042.log', '000042.log', 'x0000000000000000042.log'];

    expect(offsets.map((name) => offsetInName(name, '.log'))).toEqual([42, undefined, undefined]);
  });

  it('tell the partition of a topic id that has hyphens', () => {
    expect(parsePartitionName('a-b_c-12')).toEqual({ topicId: 'a-b_c', partition: 12 });
  });

  it('tell what was set aside and why', () => {
    expect(parseAsideName('a-0.quarantined-3')).toEqual({ original: 'a-0', why: 'quarantined' });
  });
});
