/** One step of an edit: lines that stay, go or come. */
export interface Edit {
  readonly what: 'keep' | 'remove' | 'add';
  /** From 0, in a for `keep` and `remove`, in b for `add`. */
  readonly index: number;
}

/**
 * The shortest way from `a` to `b` (Myers' greedy algorithm), or undefined when it is longer than `most` edits: time
 * and memory grow with its square, and a difference that long tells nobody anything.
 */
export function alignLines(
  a: readonly string[],
  b: readonly string[],
  most: number,
): readonly Edit[] | undefined {
  const start = commonStart(a, b);
  const end = commonEnd(a, b, start);
  const middle = shortestEdit(a.slice(start, a.length - end), b.slice(start, b.length - end), most);
  if (middle === undefined) return undefined;
  return middle.map(({what, index}) => ({what, index: index + start}));
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < a.length && count < b.length && a[count] === b[count]) count++;
  return count;
}

function commonEnd(a: readonly string[], b: readonly string[], start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let count = 0;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}

/** `reached[k]`: how far in a the furthest path on diagonal k has come. One row is kept for each number of edits. */
function shortestEdit(a: readonly string[], b: readonly string[], most: number): readonly Edit[] | undefined {
  const reached = new Map<number, number>([[1, 0]]);
  const rows: ReadonlyMap<number, number>[] = [];
  for (let edits = 0; edits <= Math.min(most, a.length + b.length); edits++) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = comesFromAbove(reached, diagonal, edits)
        ? (reached.get(diagonal + 1) ?? 0)
        : (reached.get(diagonal - 1) ?? 0) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      reached.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(a.length, b.length, rows);
    }
    rows.push(new Map(reached));
  }
  return undefined;
}

function comesFromAbove(reached: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  if (diagonal === -edits) return true;
  return diagonal !== edits && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1);
}

function walkBack(
  lengthA: number,
  lengthB: number,
  rows: readonly ReadonlyMap<number, number>[],
): readonly Edit[] {
  const path: Edit[] = [];
  let [x, y] = [lengthA, lengthB];
  const keepDownTo = (lowestX: number, lowestY: number) => {
    for (; x > lowestX && y > lowestY; y--) path.push({what: 'keep', index: --x});
  };
  for (let edits = rows.length; edits > 0; edits--) {
    const before = rows[edits - 1] ?? new Map<number, number>();
    const fromAbove = comesFromAbove(before, x - y, edits);
    const diagonal = fromAbove ? x - y + 1 : x - y - 1;
    const reached = before.get(diagonal) ?? 0;
    keepDownTo(reached, reached - diagonal);
    path.push(fromAbove ? {what: 'add', index: --y} : {what: 'remove', index: --x});
  }
  keepDownTo(0, 0);
  return path.reverse();
}
