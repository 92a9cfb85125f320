import { createWriteStream } from 'node:fs';
import type { NewOperation, Operation } from '../checker/history.ts';
import { History } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import type { RunSettings } from '../run-settings.ts';
import type { CoordinatorMove } from './coordinator-move.ts';

/** A line of a history file. */
export type HistoryLine =
  | Operation
  | { readonly f: 'run'; readonly settings: RunSettings }
  | { readonly f: 'fault'; readonly fault: FaultRecord }
  | { readonly f: 'move'; readonly move: CoordinatorMove }
  | { readonly f: 'failure'; readonly text: string };

/** Keeps what happens, in memory for the verdict and line by line in a file. */
export class Recorder {
  readonly faults: FaultRecord[] = [];
  /** Of the groups' coordinators. */
  readonly moves: CoordinatorMove[] = [];
  /** What is wrong without a checker: a damaged record, a node that does not end. */
  readonly failures: string[] = [];
  readonly #history = new History();
  readonly #file;
  readonly #startMs = performance.now();
  #nextValue = 1;
  #isClosed = false;

  constructor(path: string, settings: RunSettings) {
    this.#file = createWriteStream(path);
    this.#write({ f: 'run', settings });
  }

  get operations(): readonly Operation[] {
    return this.#history.operations;
  }

  /** Since the start of the run, on a clock that no one sets. */
  nowMs(): number {
    return Math.round((performance.now() - this.#startMs) * 1000) / 1000;
  }

  /** A number that no other record has. */
  takeNumber(): number {
    this.#nextValue += 1;
    return this.#nextValue;
  }

  add(operation: NewOperation): number {
    const index = this.#history.add(operation);
    this.#write({ ...operation, index });
    return index;
  }

  addFault(fault: FaultRecord): void {
    this.faults.push(fault);
    this.#write({ f: 'fault', fault });
  }

  addMove(move: CoordinatorMove): void {
    this.moves.push(move);
    this.#write({ f: 'move', move });
  }

  addFailure(text: string): void {
    this.failures.push(text);
    this.#write({ f: 'failure', text });
  }

  /** Resolves when all lines are in the file; what clients of a run that broke off say is lost. */
  close(): Promise<void> {
    this.#isClosed = true;
    return new Promise((resolve) => this.#file.end(resolve));
  }

  #write(line: HistoryLine): void {
    if (!this.#isClosed) this.#file.write(`${JSON.stringify(line)}\n`);
  }
}
