import { Presets, SingleBar } from 'cli-progress';

/** How far the demo is: a bar on a terminal, a line a step elsewhere. */
export interface Progress {
  step(text: string): void;
  /** A bar from 0 to `total` bytes. */
  begin(text: string, total: number): void;
  update(bytes: number): void;
  end(): void;
}

export const makeProgress = (): Progress =>
  process.stdout.isTTY === true ? new BarProgress() : new LineProgress();

class LineProgress implements Progress {
  step(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  begin(text: string, _total: number): void {
    this.step(text);
  }

  update(_bytes: number): void {}

  end(): void {}
}

const BYTES_PER_MB = 1_000_000;

class BarProgress implements Progress {
  #bar: SingleBar | undefined;
  #text = '';

  /** While a bar stands, steps are said on its line. */
  step(text: string): void {
    this.#text = text;
    if (this.#bar === undefined) process.stdout.write(`${text}\n`);
    else this.#bar.update({ text });
  }

  begin(text: string, total: number): void {
    this.#text = text;
    this.#bar = new SingleBar(
      {
        format: '{bar} {percentage} % of {size} MB  {text}',
        hideCursor: true,
        clearOnComplete: false,
        stopOnComplete: false,
      },
      Presets.shades_classic,
    );
    this.#bar.start(total, 0, { text, size: (total / BYTES_PER_MB).toFixed(1) });
  }

  update(bytes: number): void {
    this.#bar?.update(bytes, { text: this.#text });
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
