import type { KeyValueStore } from '../../env/key-value-store.ts';
import type { TextStore } from './offset-dedupe-store.ts';

/** Texts in a key-value store, each durable when `set` resolves. */
export class KeyValueTexts implements TextStore {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  async get(name: string): Promise<string | undefined> {
    const bytes = await this.#store.get(Buffer.from(name, 'utf8'));
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
  }

  async set(name: string, text: string): Promise<void> {
    const [key, value] = [Buffer.from(name, 'utf8'), Buffer.from(text, 'utf8')];
    await this.#store.batch([{ type: 'put', key, value }], { sync: true });
  }
}
