import type { DeviceNames } from './device.ts';
import { PowerFile } from './power-file.ts';

export type PowerNode = PowerFile | PowerDirectory;

/** A name that is new, gone (no node), or came from another place. */
interface NameChange {
  readonly name: string;
  readonly node: PowerNode | undefined;
  readonly origin: { readonly directory: PowerDirectory; readonly name: string } | undefined;
}

/**
 * Names as the node sees them and as the device holds them. The changes of one directory reach the
 * device in their order, at `syncDir` of that directory and never by themselves.
 */
export class PowerDirectory {
  readonly kind = 'directory';
  readonly #current = new Map<string, PowerNode>();
  readonly #durable = new Map<string, PowerNode>();
  #pending: NameChange[] = [];
  #appliedCount = 0;

  /** The tree as a power cut left it; `open` gives a file its content. */
  static restore(names: DeviceNames, open: (file: number) => PowerFile): PowerDirectory {
    const directory = new PowerDirectory();
    for (const [name, entry] of Object.entries(names)) {
      const node = typeof entry === 'number' ? open(entry) : PowerDirectory.restore(entry, open);
      directory.#current.set(name, node);
      directory.#durable.set(name, node);
    }
    return directory;
  }

  /** Changes made so far: what a sync begun now covers. */
  get changeCount(): number {
    return this.#appliedCount + this.#pending.length;
  }

  get(name: string): PowerNode | undefined {
    return this.#current.get(name);
  }

  entries(): Array<[string, PowerNode]> {
    return [...this.#current];
  }

  link(name: string, node: PowerNode): void {
    this.#current.set(name, node);
    this.#pending.push({ name, node, origin: undefined });
  }

  unlink(name: string): void {
    this.#current.delete(name);
    this.#pending.push({ name, node: undefined, origin: undefined });
  }

  /** Takes `from` of `source` under `name` here, replacing what had that name. */
  move(source: PowerDirectory, from: string, name: string): void {
    const node = source.#current.get(from);
    if (node === undefined) return;
    source.#current.delete(from);
    this.#current.set(name, node);
    this.#pending.push({ name, node, origin: { directory: source, name: from } });
  }

  /** The first `changeCount` changes are durable from now on. */
  commit(changeCount: number): void {
    const due = this.#pending.splice(0, Math.max(0, changeCount - this.#appliedCount));
    this.#appliedCount += due.length;
    for (const { name, node, origin } of due) {
      if (node === undefined) this.#durable.delete(name);
      else {
        if (origin !== undefined) origin.directory.#forget(origin.name, node);
        this.#durable.set(name, node);
      }
    }
  }

  durableNames(): DeviceNames {
    const names: Record<string, number | DeviceNames> = {};
    for (const [name, node] of this.#durable) {
      names[name] = node instanceof PowerFile ? node.id : node.durableNames();
    }
    return names;
  }

  /** A move out of here is durable: the old name must not come back with a later sync. */
  #forget(name: string, node: PowerNode): void {
    if (this.#durable.get(name) === node) this.#durable.delete(name);
    this.#pending = this.#pending.map((change) =>
      change.name === name && change.node === node
        ? { name, node: undefined, origin: undefined }
        : change,
    );
  }
}
