import type { RaftLogBase } from '../../../src/gen/ottla.ts';
import { RaftLogBase as BaseCodec } from '../../../src/gen/ottla.ts';
import type { HardState } from '../../../src/raft/core/entry.ts';
import {
  BASE_KEY,
  decodeHardState,
  EMPTY_BASE,
  entryKey,
  HARD_STATE_KEY,
} from '../../../src/raft/store-layout.ts';
import type { Machine } from '../world/machine.ts';

const PATH = '/data/raft/log';

/** What the disk of a machine would still hold of the metadata log after a power cut now. */
export interface StoredRaft {
  readonly base: RaftLogBase;
  readonly hardState: HardState | undefined;
  has(index: number): boolean;
}

export const storedRaft = ({ stores }: Machine): StoredRaft => {
  const values = new Map(
    stores.peekDurable(PATH).map(([key, value]) => [hex(key), value] as const),
  );
  const baseBytes = values.get(hex(BASE_KEY));
  const hardBytes = values.get(hex(HARD_STATE_KEY));
  const base = baseBytes === undefined ? EMPTY_BASE : BaseCodec.decode(baseBytes);
  return {
    base,
    hardState: hardBytes === undefined ? undefined : decodeHardState(hardBytes),
    has: (index) => index <= base.index || values.has(hex(entryKey(index))),
  };
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
