import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import fc from '../../../artifacts/testing/properties.ts';
import {chanceToCatch} from '../../audit/sample.ts';
import {forgedCounts} from './cost.ts';
import {type DrawKey, drawnCount, drawnStages, drawText, ranked, rankOf} from './draw.ts';

const KEY: DrawKey = {publication: digestOfBytes('a publication'), seed: 'hello'};
const SEGMENTS = Array.from({length: 20}, (_, index) => ({stage: index < 12 ? 'sft' : 'rl[1].train', index}));

function first(count: number, key: DrawKey): string {
  return ranked(key, SEGMENTS)
    .slice(0, count)
    .map(({stage, index}) => `${stage} ${index}`)
    .join(', ');
}

describe('the draw', () => {
  it('is what sha256sum says of a line that anybody can write', () => {
    const text = drawText(KEY, {stage: 'rl[1].train', index: 3});
    expect(text).toBe(`["repro segments v1","${KEY.publication}","hello","rl[1].train",3]`);
    expect(rankOf(KEY, {stage: 'rl[1].train', index: 3})).toBe(
      createHash('sha256').update(text).digest('hex'),
    );
    expect(drawText(KEY, {stage: 'words', index: null})).toContain(',"words",null]');
  });

  it('never changes', () => {
    expect(first(4, KEY)).toMatchInlineSnapshot(`"sft 10, sft 0, sft 4, rl[1].train 16"`);
  });

  it('depends on the seed and the publication, and not on the order in which segments are named', () => {
    const others = [
      first(5, {...KEY, seed: 'hello '}),
      first(5, {...KEY, publication: digestOfBytes('another')}),
    ];
    expect(new Set([first(5, KEY), ...others]).size).toBe(3);
    expect(ranked(KEY, [...SEGMENTS].reverse())).toEqual(ranked(KEY, SEGMENTS));
  });

  it('draws every segment, and every pair, about as often as every other', () => {
    const draws = 6000;
    const times = new Map<string, number>();
    const count = (what: string) => times.set(what, (times.get(what) ?? 0) + 1);
    for (let seed = 0; seed < draws; seed++) {
      const drawn = ranked({...KEY, seed: `seed ${seed}`}, SEGMENTS).slice(0, 3);
      for (const {index} of drawn) count(`${index}`);
      for (const a of drawn)
        for (const b of drawn) if (Number(a.index) < Number(b.index)) count(`${a.index},${b.index}`);
    }
    // Five standard deviations: of 900 draws each, and of 94.7 for each of 190 pairs.
    for (const {index} of SEGMENTS) expect(Math.abs((times.get(`${index}`) ?? 0) - 900)).toBeLessThan(140);
    const pairs = [...times].filter(([what]) => what.includes(','));
    expect(pairs).toHaveLength(190);
    for (const [, seen] of pairs) expect(Math.abs(seen - 94.7)).toBeLessThan(50);
  });

  it('can’t be steered by the names of stages: none of two pairs of name and number is the same text', () => {
    const names = fc.string();
    const part = fc.record({stage: names, index: fc.option(fc.nat())});
    fc.assert(
      fc.property(part, part, (a, b) => {
        fc.pre(a.stage !== b.stage || a.index !== b.index);
        fc.pre(a.stage.isWellFormed() && b.stage.isWellFormed());
        expect(drawText(KEY, a)).not.toBe(drawText(KEY, b));
      }),
    );
  });
});

describe('a budget', () => {
  it('buys its share of the segments, rounded down, and one at least', () => {
    const bought = [
      [15, 20],
      [15, 40],
      [30, 10],
      [7, 100],
      [29, 100],
      [1, 40],
      [100, 7],
      [0.5, 1],
    ].map(([percent = 0, of = 0]) => `${percent} % of ${of}: ${drawnCount(percent, of)}`);
    expect(bought.join('; ')).toMatchInlineSnapshot(
      `"15 % of 20: 3; 15 % of 40: 6; 30 % of 10: 3; 7 % of 100: 7; 29 % of 100: 29; 1 % of 40: 1; 100 % of 7: 7; 0.5 % of 1: 1"`,
    );
  });

  it('never buys more than its share of the seconds of whole stages, and what still fits', () => {
    const seconds: Readonly<Record<string, number>> = {long: 90, short: 4, middle: 5, tiny: 1};
    const order = Object.keys(seconds).map((stage) => ({stage, index: null, rank: ''}));
    const buys = (percent: number) =>
      drawnStages(order, (stage) => seconds[stage] ?? 0, percent).map(({stage}) => stage);
    expect([buys(5), buys(10), buys(90), buys(100)]).toEqual([
      ['short', 'tiny'],
      ['short', 'middle', 'tiny'],
      ['long'],
      ['long', 'short', 'middle', 'tiny'],
    ]);
  });
});

describe('the chance to catch forged segments', () => {
  it('is that of all possible draws, counted', () => {
    const cases = fc.integer({min: 1, max: 9}).chain((of) =>
      fc.record({
        of: fc.constant(of),
        drawn: fc.integer({min: 1, max: of}),
        forged: fc.integer({min: 1, max: of}),
      }),
    );
    fc.assert(
      fc.property(cases, ({of, drawn, forged}) => {
        const subsets = Array.from({length: 2 ** of}, (_, bits) => bits).filter(
          (bits) => ones(bits) === drawn,
        );
        const caught = subsets.filter((bits) => (bits & (2 ** forged - 1)) !== 0);
        expect(chanceToCatch({size: drawn, of}, forged)).toBeCloseTo(caught.length / subsets.length, 12);
      }),
    );
  });

  it('is told of one, two, five and a tenth of all, as far as there are so many', () => {
    expect([0, 1, 4, 20, 80, 1000].map(forgedCounts)).toEqual([
      [],
      [1],
      [1, 2],
      [1, 2, 5],
      [1, 2, 5, 8],
      [1, 2, 5, 100],
    ]);
  });
});

function ones(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}
