import { UsageError } from './failure.ts';

/** A place in a topic as lists print it: `partition/offset`. */
export const placeOf = (text: string): { readonly partition: number; readonly offset: number } => {
  const [, partition, offset] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (partition !== undefined && offset !== undefined) {
    return { partition: Number(partition), offset: Number(offset) };
  }
  throw new UsageError(`--at ${text} is no place: give partition/offset, such as 0/17`);
};
