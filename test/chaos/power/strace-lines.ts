/** One system call of a trace made with `strace -f -y -ttt`. */
export interface TracedCall {
  readonly name: string;
  /** What its descriptor is: a file's path, or `socket:[...]`, `TCP:[...]` for sockets. */
  readonly path: string;
  readonly text: string;
  readonly beganMs: number;
  /** Where another call of another thread came between, that is when it was resumed. */
  readonly endedMs: number;
  /** It returned 0 or more. */
  readonly isDone: boolean;
}

const LINE = /^(?:\[pid +)?(\d+)\]? +(\d+\.\d+) (.*)$/;
const BEGINNING = /^(\w+)\(\d+<([^>]*)>/;
const UNFINISHED = ' <unfinished ...>';
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/;
const RESULT = /= (-?\d+)[^=]*$/;
const MS_PER_SECOND = 1000;

/** Calls in the order in which they began. */
export const parseTrace = (trace: string): TracedCall[] => {
  const calls: Array<{ -readonly [K in keyof TracedCall]: TracedCall[K] }> = [];
  const open = new Map<string, (typeof calls)[number]>();
  for (const line of trace.split('\n')) {
    const [, thread = '', seconds = '', rest = ''] = LINE.exec(line) ?? [];
    const timeMs = Number(seconds) * MS_PER_SECOND;
    const resumed = RESUMED.exec(rest);
    if (resumed !== null) {
      const call = open.get(thread);
      if (call === undefined) continue;
      open.delete(thread);
      call.endedMs = timeMs;
      call.isDone = Number(RESULT.exec(rest)?.[1] ?? -1) >= 0;
      continue;
    }
    const [, name = '', path = ''] = BEGINNING.exec(rest) ?? [];
    if (name === '') continue;
    const isOpen = rest.endsWith(UNFINISHED);
    const isDone = !isOpen && Number(RESULT.exec(rest)?.[1] ?? -1) >= 0;
    const call = { name, path, text: rest, beganMs: timeMs, endedMs: timeMs, isDone };
    if (isOpen) open.set(thread, call);
    calls.push(call);
  }
  return calls;
};
