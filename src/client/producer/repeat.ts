/** When a record is delivered again and again. A key that is none of these is refused: CONFIG. */
export interface Repeat {
  /**
   * Five fields (minute, hour, day, month, weekday), six with seconds before them, or `@hourly`,
   * `@daily`, `@weekly`, `@monthly`, `@yearly`; 256 characters at most.
   */
  readonly cron: string;
  /** In which it is read, by its IANA name, as `Europe/Berlin`; UTC by default. */
  readonly timeZone?: string | undefined;
}
