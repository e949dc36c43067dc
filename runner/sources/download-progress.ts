/** Counts what has come, of all files together, and tells it now and then. */
export interface Tally {
  grew(bytes: number): void;
  /** What will come is `bytes` more than known so far. */
  expect(bytes: number): void;
  end(): void;
}

const EVERY_MS = 500;

export function startTally(
  progress: (bytes: number, total: number | null) => void,
  now: () => number,
): Tally {
  let bytes = 0;
  let total: number | null = null;
  let told = now();
  const tell = () => {
    told = now();
    progress(bytes, total);
  };
  return {
    grew(more) {
      bytes += more;
      if (now() - told >= EVERY_MS) tell();
    },
    expect(more) {
      total = (total ?? 0) + more;
      if (bytes === 0) tell();
    },
    end: () => {
      if (bytes > 0) tell();
    },
  };
}
