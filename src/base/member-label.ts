/** Why no member of a group can have this label; undefined: it can. */
export const validateLabel = (label: string): string | undefined =>
  /^[A-Za-z0-9._-]{1,64}$/.test(label)
    ? undefined
    : `label '${label}' is none: give 1 to 64 letters, digits, dots, dashes or underscores`;
