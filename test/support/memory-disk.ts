import { OttlaError } from '../../src/base/errors.ts';
import type { Clock } from '../../src/env/clock.ts';
import type { DirEntry, DirLock, Disk, DiskFile, OpenOptions } from '../../src/env/disk.ts';
import type { Random } from '../../src/env/random.ts';
import { closedFileError, diskError } from '../../src/platform/disk-error.ts';
import { FailedDevices } from './disk/devices.ts';
import type { MemoryNode } from './disk/memory-directory.ts';
import { MemoryDirectory } from './disk/memory-directory.ts';
import { MemoryFile } from './disk/memory-file.ts';
import type { DiskAccess, DiskFault, DiskOperation, OnFault } from './disk/memory-handle.ts';
import { MemoryHandle } from './disk/memory-handle.ts';

export type { DiskFault, DiskOperation } from './disk/memory-handle.ts';

/** Operations after which a crash may leave another state than before. */
const CHANGING: ReadonlySet<DiskOperation> = new Set<DiskOperation>([
  'open',
  'write',
  'sync',
  'truncate',
  'mkdir',
  'rename',
  'remove',
  'syncDir',
]);

export interface MemoryDiskOptions {
  readonly capacityBytes?: number;
  /** Needed for delays; without it syncs resolve in a microtask. */
  readonly clock?: Clock;
  readonly syncDelayMs?: number;
  /** Directories that exist, durably, from the start. `/` always does. */
  readonly directories?: readonly string[];
}

interface LiveFault {
  readonly fault: DiskFault;
  skips: number;
  fails: number;
}

/**
 * A disk with the promises of a real one and not a bit more: what no `sync` covered may be lost at
 * `crash`, sector by sector, and what no `syncDir` covered may lose its name. Deterministic.
 */
export class MemoryDisk implements Disk {
  capacityBytes: number;
  syncDelayMs: number;
  coldReadDelayMs = 0;
  /** Called before each operation: for counting and for traces. */
  onOperation: ((op: DiskOperation, path: string) => void) | undefined;
  /** Called when a cut set by `cutPowerAt` comes, before anything else can happen. */
  onPowerCut: (() => void) | undefined;
  readonly #clock: Clock | undefined;
  readonly #root = new MemoryDirectory();
  /** The holder of each locked directory, by path. */
  readonly #locked = new Map<string, object>();
  readonly #faults: LiveFault[] = [];
  readonly #failedDevices = new FailedDevices();
  #usedBytes = 0;
  #generation = 0;
  #changeCount = 0;
  #powerCut: { readonly atChange: number; readonly random: Random | undefined } | undefined;
  #isPowered = true;
  #heldSyncs: Array<() => void> | undefined;

  constructor(options: MemoryDiskOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.syncDelayMs = options.syncDelayMs ?? 0;
    this.#clock = options.clock;
    for (const path of options.directories ?? []) this.mkdir(path);
    this.#root.settle();
    this.#changeCount = 0;
  }

  /** Power is cut and comes back. Without `random`, all that no sync covered is lost. */
  crash(random?: Random): void {
    this.#root.crash(random);
    this.kill();
    this.#usedBytes = this.#root.usedBytes();
  }

  /** The process ends (`kill -9`): handles and locks are gone, the page cache stays. */
  kill(): void {
    this.#generation += 1;
    this.#locked.clear();
    const held = this.#heldSyncs ?? [];
    if (this.#heldSyncs !== undefined) this.#heldSyncs = [];
    for (const finish of held) finish();
  }

  /**
   * Cuts the power just before the change numbered `atChange` (0 is the next one from now). All
   * operations fail from then on until `powerOn`. For walks over every crash point of a scenario.
   */
  cutPowerAt(atChange: number, random?: Random): void {
    this.#powerCut = { atChange: this.#changeCount + atChange, random };
  }

  /** Forgets a cut that has not come. */
  cancelPowerCut(): void {
    this.#powerCut = undefined;
  }

  /** Ends a cut, and forgets one that has not come. */
  powerOn(): void {
    this.#powerCut = undefined;
    this.#isPowered = true;
  }

  /** Counts the crashes and kills; what an earlier generation opened is dead. */
  get generation(): number {
    return this.#generation;
  }

  get isPowered(): boolean {
    return this.#isPowered;
  }

  /** Changing operations so far: one more than the last crash point worth a try. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** The next operation that matches fails. Faults apply in the order given. */
  failNext(fault: DiskFault): void {
    this.#faults.push({ fault, skips: fault.after ?? 0, fails: fault.times ?? 1 });
  }

  /** Faults that have not come, or not yet as often as they shall. */
  get plannedFaultCount(): number {
    return this.#faults.length;
  }

  /** Lifts all faults, of whole devices too. */
  clearFaults(): void {
    this.#faults.length = 0;
    this.#failedDevices.clear();
  }

  /** Every operation on this directory and what is in it fails with EIO, until `mendDevice`. */
  failDevice(path: string): void {
    this.#failedDevices.add(path);
  }

  mendDevice(path: string): void {
    this.#failedDevices.delete(path);
  }

  /**
   * Takes a directory out with all in it, as a disk that is pulled: of what no sync covered `random`
   * keeps some. No process may have it open.
   */
  takeOut(path: string, random?: Random): MemoryDirectory {
    const device = this.#find(path);
    if (device?.kind !== 'directory') throw diskError('ENOENT', 'take out', path);
    const { directory, name } = this.#place(path, 'take out');
    device.crash(random);
    directory.unlink(name);
    directory.commit(directory.sequence);
    this.#usedBytes = this.#root.usedBytes();
    return device;
  }

  /** What was taken out is back, in place of what is there now. */
  putIn(path: string, device: MemoryDirectory): void {
    const { directory, name } = this.#place(path, 'put in');
    directory.link(name, device);
    directory.commit(directory.sequence);
    this.#usedBytes = this.#root.usedBytes();
  }

  /** From now on syncs stay open until `releaseSyncs`. */
  holdSyncs(): void {
    this.#heldSyncs ??= [];
  }

  releaseSyncs(): void {
    const held = this.#heldSyncs ?? [];
    this.#heldSyncs = undefined;
    for (const finish of held) finish();
  }

  /** Bit rot in one byte, in the cache and on the device; the function returned lifts it. */
  corrupt(path: string, position: number, xor = 0xff): () => void {
    return this.#file(path, 'corrupt').corrupt(position, xor);
  }

  /** What a file holds, for those who only look. */
  peek(path: string): Uint8Array {
    const file = this.#file(path, 'peek');
    const bytes = new Uint8Array(file.size);
    file.read(bytes, 0);
    return bytes;
  }

  /** Every file, with its bytes, in the order of its path. */
  files(path = ''): Array<{ readonly path: string; readonly sizeBytes: number }> {
    return this.entries(path === '' ? '/' : path).flatMap(({ name, isDirectory }) => {
      const full = `${path}/${name}`;
      if (isDirectory) return this.files(full);
      return [{ path: full, sizeBytes: this.#file(full, 'size').size }];
    });
  }

  /** All that stands now is durable, as if everything had been synced. */
  settle(): void {
    this.#root.settle();
  }

  open(path: string, options: OpenOptions = {}): DiskFile {
    const { directory, name } = this.#place(path, 'open');
    const existing = directory.get(name);
    if (existing === undefined && options.create !== true) throw diskError('ENOENT', 'open', path);
    if (existing?.kind === 'directory') throw diskError('EISDIR', 'open', path);
    if (existing !== undefined) this.#check('open', path);
    else this.#begin('open', path);
    const file = existing ?? new MemoryFile();
    if (existing === undefined) directory.link(name, file);
    return new MemoryHandle(path, file, this.#access());
  }

  exists(path: string): boolean {
    this.#requirePower('exists', path);
    // Whoever asks a failed device is told no more than that.
    return this.#find(path) !== undefined && !this.#failedDevices.has(path);
  }

  list(path: string): DirEntry[] {
    this.#requirePower('list', path);
    if (this.#failedDevices.has(path)) throw diskError('EIO', 'list', path);
    return this.entries(path);
  }

  /** As `list`, for those who only look: no power and no device is needed. */
  entries(path: string): DirEntry[] {
    const node = this.#find(path);
    if (node === undefined) return [];
    if (node.kind === 'file') throw diskError('ENOTDIR', 'list', path);
    return node
      .entries()
      .map(([name, entry]) => ({ name, isDirectory: entry.kind === 'directory' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  mkdir(path: string): void {
    this.#begin('mkdir', path);
    let directory = this.#root;
    for (const part of partsOf(path)) {
      const next = directory.get(part);
      if (next?.kind === 'file') throw diskError('ENOTDIR', 'mkdir', path);
      const child = next ?? new MemoryDirectory();
      if (next === undefined) directory.link(part, child);
      directory = child;
    }
  }

  rename(from: string, to: string): void {
    this.#begin('rename', from);
    const source = this.#place(from, 'rename');
    const target = this.#place(to, 'rename');
    const node = source.directory.get(source.name);
    const replaced = target.directory.get(target.name);
    if (node === undefined) throw diskError('ENOENT', 'rename', from);
    if (node === replaced) return;
    if (replaced?.kind === 'directory') {
      if (node.kind === 'file') throw diskError('EISDIR', 'rename', to);
      if (!replaced.isEmpty) throw diskError('ENOTEMPTY', 'rename', to);
    } else if (replaced !== undefined) {
      if (node.kind === 'directory') throw diskError('ENOTDIR', 'rename', to);
      this.#unlinked(replaced);
    }
    target.directory.move(source.directory, source.name, target.name);
  }

  async renameCold(from: string, to: string): Promise<void> {
    this.rename(from, to);
  }

  remove(path: string): void {
    this.#begin('remove', path);
    const node = this.#find(path);
    if (node === undefined) return;
    const { directory, name } = this.#place(path, 'remove');
    this.#removeNode(directory, name, node);
  }

  syncDir(path: string): Promise<void> {
    try {
      this.#begin('syncDir', path);
    } catch (error) {
      return Promise.reject(error);
    }
    const node = this.#find(path);
    if (node === undefined) return Promise.reject(diskError('ENOENT', 'syncDir', path));
    if (node.kind === 'file') return Promise.reject(diskError('ENOTDIR', 'syncDir', path));
    const sequence = node.sequence;
    return this.#later('syncDir', path, () => node.commit(sequence));
  }

  freeBytes(_path: string): number {
    return Math.max(0, this.capacityBytes - this.#usedBytes);
  }

  lock(path: string): DirLock {
    this.#check('lock', path);
    const key = partsOf(path).join('/');
    if (this.#find(path)?.kind !== 'directory') throw diskError('ENOENT', 'lock', path);
    if (this.#locked.has(key)) {
      throw new OttlaError('CONFIG', `lock ${path}: another process uses this directory; stop it`);
    }
    const holder = {};
    this.#locked.set(key, holder);
    return {
      release: () => {
        if (this.#locked.get(key) === holder) this.#locked.delete(key);
      },
    };
  }

  #access(): DiskAccess {
    const generation = this.#generation;
    const requireAlive = (op: DiskOperation, path: string): void => {
      this.#requirePower(op, path);
      if (generation !== this.#generation) throw closedFileError(op, path);
    };
    return {
      begin: (op, path, onFault) => {
        requireAlive(op, path);
        if (CHANGING.has(op)) this.#begin(op, path, onFault);
        else this.#check(op, path, onFault);
      },
      grow: (file, bytes) => {
        if (file.linked) this.#usedBytes += bytes;
      },
      freeBytes: () => this.freeBytes('/'),
      syncFile: (file, path) => {
        const sequence = file.sequence;
        return this.#later('sync', path, () => file.commit(sequence));
      },
      coldRead: (path, read) => this.#delayed(this.coldReadDelayMs, 'readCold', path, read),
    };
  }

  /** A changing operation begins: the moment of power cuts and faults. */
  #begin(op: DiskOperation, path: string, onFault?: OnFault): void {
    this.#requirePower(op, path);
    if (this.#powerCut !== undefined && this.#changeCount >= this.#powerCut.atChange) {
      const { random } = this.#powerCut;
      this.#powerCut = undefined;
      this.#isPowered = false;
      this.crash(random);
      this.onPowerCut?.();
      this.#requirePower(op, path);
    }
    this.#changeCount += 1;
    this.#check(op, path, onFault);
  }

  #check(op: DiskOperation, path: string, onFault?: OnFault): void {
    this.#requirePower(op, path);
    this.onOperation?.(op, path);
    if (this.#failedDevices.has(path)) {
      onFault?.({ op, code: 'EIO' });
      throw diskError('EIO', op, path);
    }
    for (const [index, live] of this.#faults.entries()) {
      if (live.fault.op !== op || !path.includes(live.fault.pathIncludes ?? '')) continue;
      if (live.skips > 0) {
        live.skips -= 1;
        continue;
      }
      live.fails -= 1;
      if (live.fails <= 0) this.#faults.splice(index, 1);
      onFault?.(live.fault);
      throw diskError(live.fault.code, op, path);
    }
  }

  #requirePower(op: string, path: string): void {
    if (!this.#isPowered) throw new OttlaError('STORAGE_ERROR', `${op} ${path}: the power is cut`);
  }

  #later(op: DiskOperation, path: string, finish: () => void): Promise<void> {
    const held = this.#heldSyncs;
    if (held === undefined) return this.#delayed(this.syncDelayMs, op, path, finish);
    const generation = this.#generation;
    return new Promise((resolve, reject) => {
      held.push(() => {
        if (generation === this.#generation) resolve(finish());
        else reject(closedFileError(op, path));
      });
    });
  }

  /** Runs `finish` after the delay, unless the process has gone by then. */
  #delayed<T>(delayMs: number, op: string, path: string, finish: () => T): Promise<T> {
    const generation = this.#generation;
    return new Promise((resolve, reject) => {
      const run = (): void => {
        if (generation === this.#generation) resolve(finish());
        else reject(closedFileError(op, path));
      };
      if (this.#clock !== undefined && delayMs > 0) this.#clock.setTimer(delayMs, run);
      else queueMicrotask(run);
    });
  }

  #removeNode(parent: MemoryDirectory, name: string, node: MemoryNode): void {
    if (node.kind === 'file') this.#unlinked(node);
    else for (const [child, below] of node.entries()) this.#removeNode(node, child, below);
    parent.unlink(name);
  }

  #unlinked(file: MemoryFile): void {
    file.linked = false;
    this.#usedBytes -= file.size;
  }

  #find(path: string): MemoryNode | undefined {
    let node: MemoryNode = this.#root;
    for (const part of partsOf(path)) {
      const next: MemoryNode | undefined = node.kind === 'file' ? undefined : node.get(part);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  #file(path: string, operation: string): MemoryFile {
    const node = this.#find(path);
    if (node?.kind !== 'file') throw diskError('ENOENT', operation, path);
    return node;
  }

  #place(path: string, operation: string): { directory: MemoryDirectory; name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw diskError('EISDIR', operation, path);
    const directory = this.#find(parts.join('/'));
    if (directory === undefined) throw diskError('ENOENT', operation, path);
    if (directory.kind === 'file') throw diskError('ENOTDIR', operation, path);
    return { directory, name };
  }
}

const partsOf = (path: string): string[] =>
  path.split('/').filter((part) => part !== '' && part !== '.');
