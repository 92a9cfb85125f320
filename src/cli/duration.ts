const MS_PER_SECOND = 1000;
const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** For people: `0 s`, `0.4 s`, `59.9 s`, `2 min 5 s`, `3 h 20 min`, `2 d 1 h`. */
export const formatDuration = (ms: number): string => {
  const seconds = ms / MS_PER_SECOND;
  const whole = Math.round(seconds);
  if (whole < 60) return `${seconds === 0 ? 0 : seconds.toFixed(1)} s`;
  const at = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1];
  const [lesser, lesserSize] = UNITS[at + 1] ?? ['s', 1];
  const rest = Math.floor((whole % size) / lesserSize);
  return `${Math.floor(whole / size)} ${unit} ${rest} ${lesser}`;
};
