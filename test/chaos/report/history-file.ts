import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Operation } from '../checker/history.ts';
import type { FaultRecord } from '../faults/fault-record.ts';
import type { CoordinatorMove } from '../load/coordinator-move.ts';
import type { HistoryLine } from '../load/recorder.ts';
import type { RunSettings } from '../run-settings.ts';
import type { RunHistory } from './verdict.ts';

/** Reads a history file; throws one line that names the file where it is none. */
export const readHistory = async (path: string): Promise<RunHistory> => {
  const operations: Operation[] = [];
  const faults: FaultRecord[] = [];
  const moves: CoordinatorMove[] = [];
  const failures: string[] = [];
  let settings: RunSettings | undefined;
  let lineNumber = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    lineNumber += 1;
    const line = parseLine(text, `${path}, line ${lineNumber}`);
    if (line.f === 'run') settings = line.settings;
    else if (line.f === 'fault') faults.push(line.fault);
    else if (line.f === 'move') moves.push(line.move);
    else if (line.f === 'failure') failures.push(line.text);
    else operations.push(line);
  }
  if (settings === undefined) throw new Error(`${path} does not begin as a history does`);
  return { settings, operations, faults, moves, failures };
};

const parseLine = (text: string, where: string): HistoryLine => {
  try {
    return JSON.parse(text) as HistoryLine;
  } catch {
    throw new Error(`${where}: this is no line of a history that a chaos run has kept`);
  }
};
