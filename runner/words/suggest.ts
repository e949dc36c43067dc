/**
 * The candidate that `word` was most likely meant to be, if one is near enough. One that differs in case, `-` and
 * `_` only is nearest; and where no letter is right, nothing is near.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const bare = bareWord(word);
  let best: string | undefined;
  let least = Math.min(word.length, Math.max(1, Math.floor(word.length / 3)) + 1);
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MOST_CANDIDATES) break;
    if (bareWord(candidate) === bare) return candidate;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function bareWord(word: string): string {
  return word.toLowerCase().replaceAll(/[-_]/g, '');
}

/** "did you mean …", or else what there is, or undefined when there is nothing. */
export function suggestion(word: string, candidates: Iterable<string>, none?: string): string | undefined {
  const all = [...candidates];
  const near = closest(word, all);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (all.length === 0) return none;
  return `there ${all.length === 1 ? 'is' : 'are'}: ${listed(all)}`;
}

export function listed(words: readonly string[], most = 12): string {
  const shown = words.slice(0, most).join(', ');
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** More would make a file full of mistakes slow. */
const MOST_CANDIDATES = 2000;

/** Insertions, deletions, substitutions and swaps of neighbours; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({length: b.length + 1}, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(previous, j) + 1, at(current, j - 1) + 1, at(previous, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1);
      current.push(cost);
    }
    [before, previous] = [previous, current];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
