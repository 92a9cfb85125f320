const NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/** Undefined for a name that a topic may have, else why it may not: one line. */
export const validateTopicName = (name: string): string | undefined => {
  if (name === '.' || name === '..') return `a topic cannot be named '${name}'`;
  if (NAME.test(name)) return undefined;
  return `topic name '${name}' must be 1 to 249 of the characters a-z A-Z 0-9 . _ -`;
};
