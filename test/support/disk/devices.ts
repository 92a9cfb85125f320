/** Which directories of a disk are on a device that has failed. */
export class FailedDevices {
  readonly #paths = new Set<string>();

  add(path: string): void {
    this.#paths.add(path);
  }

  delete(path: string): void {
    this.#paths.delete(path);
  }

  clear(): void {
    this.#paths.clear();
  }

  /** The path is such a directory, or in one. */
  has(path: string): boolean {
    for (const one of this.#paths) {
      if (path === one || path.startsWith(`${one}/`)) return true;
    }
    return false;
  }
}
