import type { Random } from '../../../src/env/random.ts';
import type { MemoryFile } from './memory-file.ts';

export type MemoryNode = MemoryFile | MemoryDirectory;

/** A change of names that `syncDir` has not made durable. */
type NameChange = { readonly sequence: number } & NameChangeKind;
type NameChangeKind =
  | { readonly kind: 'link'; readonly name: string; readonly node: MemoryNode }
  | { readonly kind: 'unlink'; readonly name: string }
  | {
      readonly kind: 'move';
      readonly source: MemoryDirectory;
      readonly from: string;
      readonly name: string;
      readonly node: MemoryNode;
    };

/**
 * Names as programs see them and as the device holds them. The changes of one directory reach
 * the device in their order (a journal keeps it): a crash keeps a prefix of them, and the
 * prefixes of two directories have nothing to do with each other.
 */
export class MemoryDirectory {
  readonly kind = 'directory';
  #current = new Map<string, MemoryNode>();
  readonly #durable = new Map<string, MemoryNode>();
  #pending: NameChange[] = [];
  #sequence = 0;

  get(name: string): MemoryNode | undefined {
    return this.#current.get(name);
  }

  entries(): Array<[string, MemoryNode]> {
    return [...this.#current];
  }

  get isEmpty(): boolean {
    return this.#current.size === 0;
  }

  link(name: string, node: MemoryNode): void {
    this.#current.set(name, node);
    this.#push({ kind: 'link', name, node });
  }

  unlink(name: string): void {
    this.#current.delete(name);
    this.#push({ kind: 'unlink', name });
  }

  /** Takes `from` of `source` under `name` here, replacing what had that name. */
  move(source: MemoryDirectory, from: string, name: string): void {
    const node = source.#current.get(from);
    if (node === undefined || (source === this && from === name)) return;
    source.#current.delete(from);
    this.#current.set(name, node);
    this.#push({ kind: 'move', source, from, name, node });
  }

  /** The number of the last change: what a sync started now will cover. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The changes up to `sequence` are on the device. */
  commit(sequence: number): void {
    const after = this.#pending.findIndex((change) => change.sequence > sequence);
    const done = this.#pending.splice(0, after === -1 ? this.#pending.length : after);
    for (const change of done) this.#commitOne(change);
  }

  /** Marks this directory and all below as durable as they stand: the state before a test. */
  settle(): void {
    this.commit(this.#sequence);
    for (const node of this.#durable.values()) {
      if (node.kind === 'directory') node.settle();
      else node.commit(node.sequence);
    }
  }

  /** Power is cut for this whole tree. */
  crash(random?: Random): void {
    const directories = new Set<MemoryDirectory>();
    this.#collect(directories);
    for (const directory of directories) directory.#keepSome(random);
    this.#rebuild(random, new Set());
  }

  /** Bytes of all files that have a name. */
  usedBytes(): number {
    let total = 0;
    for (const node of this.#current.values()) {
      total += node.kind === 'file' ? node.size : node.usedBytes();
    }
    return total;
  }

  #push(change: NameChangeKind): void {
    this.#sequence += 1;
    this.#pending.push({ ...change, sequence: this.#sequence });
  }

  #commitOne(change: NameChange): void {
    if (change.kind === 'unlink') this.#durable.delete(change.name);
    else {
      if (change.kind === 'move') change.source.#forget(change.from, change.node);
      this.#durable.set(change.name, change.node);
    }
  }

  /** A move out of here is durable: the old name must not come back. */
  #forget(name: string, node: MemoryNode): void {
    if (this.#durable.get(name) === node) this.#durable.delete(name);
    this.#pending = this.#pending.filter(
      (change) => !(change.kind === 'link' && change.name === name && change.node === node),
    );
  }

  #collect(found: Set<MemoryDirectory>): void {
    if (found.has(this)) return;
    found.add(this);
    for (const names of [this.#current, this.#durable]) {
      for (const node of names.values()) if (node.kind === 'directory') node.#collect(found);
    }
  }

  #keepSome(random: Random | undefined): void {
    const pending = this.#pending;
    this.#pending = [];
    const keptCount = random === undefined ? 0 : random.below(pending.length + 1);
    for (const change of pending.slice(0, keptCount)) this.#commitOne(change);
  }

  #rebuild(random: Random | undefined, seen: Set<MemoryNode>): void {
    this.#current = new Map(this.#durable);
    for (const node of this.#durable.values()) {
      if (seen.has(node)) continue;
      seen.add(node);
      if (node.kind === 'directory') node.#rebuild(random, seen);
      else {
        node.linked = true;
        node.crash(random);
      }
    }
  }
}
