import {expect, test} from 'vitest';
import {parseBytes, parseSeconds} from './parse-quantity.ts';

test('amounts of memory carry their unit', () => {
  expect(['2GiB', '1.5 GiB', '512MiB', '80GB', '1KB', '7B'].map(parseBytes)).toEqual([
    2147483648, 1610612736, 536870912, 80_000_000_000, 1000, 7,
  ]);
  expect(['2G', '2', '2gib', '-1GiB', '0B', 'GiB', '1e3MiB', '9999999TiB'].map(parseBytes)).toEqual(
    Array(8).fill(undefined),
  );
});

test('durations carry their units, largest first', () => {
  expect(['90s', '30m', '1h30m', '2d', '1d1h1m1s'].map(parseSeconds)).toEqual([
    90, 1800, 5400, 172_800, 90_061,
  ]);
  expect(['', '30', '30 m', '1m1h', '0s', '-1s', '1.5h'].map(parseSeconds)).toEqual(Array(7).fill(undefined));
});
