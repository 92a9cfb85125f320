import { beforeAll, describe, expect, it } from 'vitest';
import { requireKeys } from '../../../src/log/keyed-records.ts';
import { RECORD_COUNT_AT } from '../../../src/record/batch-header.ts';
import type { Codec } from '../../../src/record/codec.ts';
import { loadCodec } from '../../../src/record/compression.ts';
import { RefusedRecordsError } from '../../../src/record/refused-records.ts';
import { batchOf, changed, codeThrownBy, record } from '../record/batches.ts';

const MAX_BATCH_BYTES = 1000;
const MIB = 1024 * 1024;
const log = { name: 'log t-0', config: { maxMessageBytes: MAX_BATCH_BYTES } };

let gzip: Codec;
beforeAll(async () => {
  gzip = await loadCodec('gzip');
});

const keyless = (count: number): Uint8Array =>
  batchOf(Array.from({ length: count }, () => record({ key: null })));

describe('the records of a batch for a compacted log', () => {
  it('are looked at no further than those that are named', () => {
    const broken = changed(keyless(200), (view) => view.fill(0xff, view.length - 10));

    const put = (): void => requireKeys(broken, log);

    expect(put).toThrow(RefusedRecordsError);
    expect(put).toThrow(/record 0 of the batch has no key/);
  });

  it.each([
    { title: 'within the bound', valueBytes: 7 * MIB, code: 'no error' },
    { title: 'beyond it', valueBytes: 8 * MIB, code: 'MESSAGE_TOO_LARGE' },
  ])('that decompress to a size $title: $code', ({ valueBytes, code }) => {
    const batch = batchOf([record({ value: new Uint8Array(valueBytes) })], { codec: gzip });

    expect(codeThrownBy(() => requireKeys(batch, log))).toBe(code);
  });

  it('are not even opened where they are too many', () => {
    const batch = changed(batchOf([record()], { codec: gzip }), (view) =>
      view.writeInt32BE(1_000_001, RECORD_COUNT_AT),
    );

    expect(codeThrownBy(() => requireKeys(batch, log))).toBe('MESSAGE_TOO_LARGE');
  });
});
