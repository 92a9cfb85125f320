/** One line of a trace: when, who, what, and the rest. */
export type TraceSink = (line: string) => void;

const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;

/**
 * Everything that happens in a world, folded into one number: two runs of one seed that differ in
 * anything differ in it.
 */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9747b28c;
  #count = 0;
  readonly #sink: TraceSink | undefined;

  /** `sink` hears each line as text. */
  constructor(sink?: TraceSink) {
    this.#sink = sink;
  }

  get count(): number {
    return this.#count;
  }

  get hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return `${hex(this.#high)}${hex(this.#low)}`;
  }

  /** `detail` may be any text that follows from the seed alone: no wall times, no stacks. */
  add(atMs: number, event: string, detail = ''): void {
    this.#count += 1;
    this.#mixNumber(atMs);
    this.#mixText(event);
    this.#mixText(detail);
    this.#sink?.(`${atMs.toFixed(0).padStart(8)} ${event} ${detail}`);
  }

  #mixNumber(value: number): void {
    const whole = Math.floor(value);
    this.#mix(whole | 0);
    this.#mix(Math.floor((value - whole) * 2 ** 31));
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index += 1) this.#mix(text.charCodeAt(index));
    this.#mix(0x1_0000);
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, PRIME);
    this.#high = Math.imul(this.#high ^ value ^ (this.#low >>> 15), OTHER_PRIME);
    this.#high ^= this.#high >>> 13;
  }
}
