import {expect, it} from 'vitest';
import {chanceToCatch, drawSample, parseSampleSize, sizeOfSample} from './sample.ts';
import {aPublication} from './testing/a-publication.ts';
import {auditIt, rowOf} from './testing/audit-it.ts';

it('is as likely to catch bad files as it says', () => {
  const files = Array.from({length: 200}, (_, i) => i);
  for (const bad of [1, 10]) {
    let caught = 0;
    const draws = 4000;
    for (let seed = 0; seed < draws; seed++)
      if (drawSample(files, 20, `seed ${seed}`, String).some((file) => file < bad)) caught++;
    expect(Math.abs(caught / draws - chanceToCatch({size: 20, of: 200}, bad))).toBeLessThan(0.03);
  }
  expect(chanceToCatch({size: 20, of: 200}, 1)).toBeCloseTo(0.1, 10);
  expect(chanceToCatch({size: 200, of: 200}, 1)).toBe(1);
  expect(chanceToCatch({size: 0, of: 200}, 10)).toBe(0);
  expect(chanceToCatch({size: 195, of: 200}, 10)).toBe(1);
});

it('is written as a number or a share', () => {
  expect(['20', '5%', '0.5%', '100%'].map(parseSampleSize)).toEqual([
    {what: 'count', count: 20},
    {what: 'share', percent: 5},
    {what: 'share', percent: 0.5},
    {what: 'share', percent: 100},
  ]);
  expect(
    ['0', '-1', '1.5', '0%', '101%', '5 %', 'all', '', '1e9', '%'].flatMap(
      (text) => parseSampleSize(text) ?? [],
    ),
  ).toEqual([]);
  expect(sizeOfSample({what: 'share', percent: 0.1}, 200)).toBe(1);
  expect(sizeOfSample({what: 'count', count: 900}, 200)).toBe(200);
});

it('is the same for the same seed, finds what is in it, and misses what is not', async () => {
  const published = await aPublication();
  await published.bucket.put(published.keys.blob, Buffer.from('a worm\n'), {ifAbsent: false});
  const seen = {pass: 0, fail: 0, 'not-checked': 0};
  for (let i = 0; i < 40; i++) {
    const options = {sample: {what: 'count', count: 2}, seed: `seed ${i}`} as const;
    const row = rowOf(await auditIt(published, options), 'artifacts');
    expect(rowOf(await auditIt(published, options), 'artifacts')).toEqual(row);
    seen[row.state]++;
  }
  expect(seen.pass).toBeGreaterThan(5);
  expect(seen.fail).toBeGreaterThan(5);
});
