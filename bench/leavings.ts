/** What is to be undone however this process ends, but by SIGKILL; each is synchronous. */
const undoings = new Set<() => void>();
let isWatching = false;

/**
 * Runs `undo` when this process ends, also by ctrl-C or an error nobody caught, unless the returned
 * function has run it before.
 */
export const undoneAtEnd = (undo: () => void): (() => void) => {
  watch();
  undoings.add(undo);
  return () => {
    if (undoings.delete(undo)) undo();
  };
};

const watch = (): void => {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', () => {
    for (const undo of undoings) undo();
  });
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
};
