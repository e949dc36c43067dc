/**
 * Works on a few at a time. After the first failure nothing new is begun; it is thrown when what was begun has ended,
 * so that nobody works on behind the caller's back.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const lane = async () => {
    while (!failed) {
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({length: lanes}, lane));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
