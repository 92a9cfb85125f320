/** Puts what is told of single partitions under their topics, in the order of first mention. */
export const byTopic = <At extends { readonly topic: string }, Told>(
  partitions: readonly At[],
  tell: (at: At) => Told,
): { readonly name: string; readonly partitions: readonly Told[] }[] => {
  const topics = new Map<string, Told[]>();
  for (const at of partitions) {
    const told = topics.get(at.topic) ?? [];
    told.push(tell(at));
    topics.set(at.topic, told);
  }
  return [...topics].map(([name, told]) => ({ name, partitions: told }));
};
