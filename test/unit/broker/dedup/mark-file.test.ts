import { expect, it } from 'vitest';
import { MarkFile } from '../../../../src/broker/dedup/mark-file.ts';
import { MemoryDisk } from '../../../support/memory-disk.ts';

const never = (error: Error): void => {
  throw error;
};

it('is as one without marks where the device does not give it', async () => {
  const disk = new MemoryDisk({ directories: ['/d'] });
  const file = new MarkFile(disk, '/d', never);
  file.write(() => ['7 1 0']);
  await file.written();
  const before = file.read();
  disk.failNext({ op: 'open', pathIncludes: 'id-marks', code: 'EIO' });

  expect([before, file.read()]).toEqual([['7 1 0'], []]);
});
