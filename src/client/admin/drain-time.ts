const MS_PER_SECOND = 1000;

/** Until a backlog is gone at these rates; undefined: never. */
export const drainTimeMs = (
  lagCount: number,
  consumptionPerSecond: number,
  arrivalPerSecond: number,
): number | undefined => {
  if (lagCount === 0) return 0;
  const gainPerSecond = consumptionPerSecond - arrivalPerSecond;
  return gainPerSecond > 0 ? (lagCount * MS_PER_SECOND) / gainPerSecond : undefined;
};
