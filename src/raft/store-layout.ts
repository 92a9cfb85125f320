import type { LogIndex } from '../base/ids.ts';
import type { StoreOperation } from '../env/key-value-store.ts';
import { RaftHardState, RaftLogBase } from '../gen/ottla.ts';
import type { HardState } from './core/entry.ts';

/** Keys of the store. Entries lie apart from the rest, in the order of their indexes. */
export const HARD_STATE_KEY = Buffer.from('h');
export const BASE_KEY = Buffer.from('b');
/** Present once this node has found a reason never to vote again; the reason is its value. */
export const DISTRUST_KEY = Buffer.from('d');
const ENTRY_PREFIX = 0x65; // 'e'

export const entryKey = (index: LogIndex): Buffer => {
  const key = Buffer.alloc(9);
  key[0] = ENTRY_PREFIX;
  key.writeBigUInt64BE(BigInt(index), 1);
  return key;
};

/** Behind the key of every entry. */
export const ENTRIES_END = Buffer.from([ENTRY_PREFIX + 1]);

export const EMPTY_BASE: RaftLogBase = { index: 0, chainSum: 0, snapshotVoters: [] };

export const putBase = (base: RaftLogBase): StoreOperation => ({
  type: 'put',
  key: BASE_KEY,
  value: RaftLogBase.encode(base),
});

export const putHardState = ({ term, votedFor }: HardState): StoreOperation => ({
  type: 'put',
  key: HARD_STATE_KEY,
  value: RaftHardState.encode({ term, votedFor }),
});

export const decodeHardState = (bytes: Uint8Array): HardState => {
  const { term, votedFor } = RaftHardState.decode(bytes);
  return { term, votedFor };
};
