import {createHash} from 'node:crypto';

/** How much of the artifacts to read. */
export type SampleSize =
  | {readonly what: 'all'}
  | {readonly what: 'count'; readonly count: number}
  | {readonly what: 'share'; readonly percent: number};

/** `20`, `5%`, `0.5%`. */
export function parseSampleSize(text: string): SampleSize | undefined {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined) {
    const share = Number(percent);
    return share > 0 && share <= 100 ? {what: 'share', percent: share} : undefined;
  }
  const count = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  return count === undefined ? undefined : {what: 'count', count};
}

export interface Sample {
  readonly size: number;
  readonly of: number;
  readonly seed: string;
}

export function sizeOfSample(size: SampleSize, of: number): number {
  if (size.what === 'all') return of;
  return Math.min(of, size.what === 'count' ? size.count : Math.ceil((of * size.percent) / 100));
}

/**
 * The same for the same seed, and every subset as likely as every other to somebody who does not know the seed: the
 * first of them in the order of their hashes with it.
 */
export function drawSample<T>(
  items: readonly T[],
  size: number,
  seed: string,
  name: (item: T) => string,
): readonly T[] {
  const ranked = items.map((item) => ({item, rank: rankOf(seed, name(item))}));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  return ranked.slice(0, size).map(({item}) => item);
}

function rankOf(seed: string, name: string): string {
  return createHash('sha256').update(`${seed}\n${name}`).digest('hex');
}

/** The probability that a sample holds at least one of `bad` bad items: 1 − C(of − bad, size) / C(of, size). */
export function chanceToCatch({size, of}: Pick<Sample, 'size' | 'of'>, bad: number): number {
  if (bad > of - size) return 1;
  let missed = 1;
  for (let i = 0; i < bad; i++) missed *= (of - size - i) / (of - i);
  return 1 - missed;
}
