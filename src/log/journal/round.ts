/** How the logs of a round become durable. */
export interface RoundPlan<Log> {
  /** By one entry each in the journal. */
  readonly journalled: readonly Log[];
  /** Of these entries together. */
  readonly bodyBytes: number;
  /** By a sync of their segments. */
  readonly direct: readonly Log[];
  /** They are so already. */
  readonly idle: readonly Log[];
}

export interface RoundLimits {
  /** With fewer, their own syncs are as quick, and leave nothing to be settled later. */
  readonly minLogs: number;
  readonly maxBytes: number;
}

/**
 * Chooses between one sync of the journal and one a log. `entryBytes` is undefined for a log whose
 * segments must be synced themselves.
 */
export const decideRound = <
  Log extends { readonly flushing: { readonly entryBytes: number | undefined } },
>(
  due: readonly Log[],
  mustSettle: ReadonlySet<Log>,
  limits: RoundLimits,
): RoundPlan<Log> => {
  const direct: Log[] = [];
  const idle: Log[] = [];
  const fresh: Log[] = [];
  let bodyBytes = 0;
  for (const log of due) {
    const entryBytes = mustSettle.has(log) ? undefined : log.flushing.entryBytes;
    if (entryBytes === undefined) direct.push(log);
    else if (entryBytes === 0) idle.push(log);
    else {
      fresh.push(log);
      bodyBytes += entryBytes;
    }
  }
  const isWorthIt = fresh.length >= limits.minLogs && bodyBytes <= limits.maxBytes;
  return isWorthIt
    ? { journalled: fresh, bodyBytes, direct, idle }
    : { journalled: [], bodyBytes: 0, direct: [...direct, ...fresh], idle };
};

/** Of the file that fills, by when all that the other one holds is to be settled. */
const SETTLED_BY = 0.75;

/**
 * How many logs of the full file to settle in this round, so that it is free when the other is
 * full, and no round has many of them.
 */
export const decideSettling = (file: {
  /** Of the file that fills, 0 to 1. */
  readonly filledShare: number;
  /** Logs of the full file that were not settled when it was full, and those that are not yet. */
  readonly logCount: number;
  readonly leftCount: number;
}): number => {
  const { filledShare, logCount, leftCount } = file;
  const mayBeLeft = Math.floor(logCount * Math.max(0, 1 - filledShare / SETTLED_BY));
  return Math.max(0, leftCount - mayBeLeft);
};
