import {describe, expect, it} from 'vitest';
import fc from '../testing/properties.ts';
import {type BackOff, backOffMs} from './back-off.ts';

const CALLS: BackOff = {firstMs: 200, longestMs: 20_000, surely: 0};
const FILE: BackOff = {firstMs: 500, longestMs: 30_000, surely: 0.5, longestAskedMs: 120_000};
const luck = (number: number) => ({random: () => number});

describe('waiting between two tries', () => {
  it('doubles up to its longest, and chance has the share that is not sure', () => {
    const tries = [1, 2, 3, 7, 20];
    expect(tries.map((n) => backOffMs(FILE, n, luck(1)))).toEqual([500, 1000, 2000, 30_000, 30_000]);
    expect(tries.map((n) => backOffMs(FILE, n, luck(0)))).toEqual([250, 500, 1000, 15_000, 15_000]);
    expect(tries.map((n) => backOffMs(CALLS, n, luck(1)))).toEqual([200, 400, 800, 12_800, 20_000]);
    expect(tries.map((n) => backOffMs(CALLS, n, luck(0)))).toEqual([0, 0, 0, 0, 0]);
  });

  it('is never shorter than a server asks, up to the most that is heeded', () => {
    expect(backOffMs(FILE, 1, luck(0), 7000)).toBe(7000);
    expect(backOffMs(FILE, 1, luck(0), 1e9)).toBe(120_000);
    expect(backOffMs(CALLS, 1, luck(0), 1e9)).toBe(1e9);
    expect(backOffMs(FILE, 3, luck(1), 10)).toBe(2000);
  });

  it('stays between its sure share and the whole, whatever chance says', () => {
    const random = fc.double({min: 0, max: 0.999_999, noNaN: true});
    fc.assert(
      fc.property(
        fc.constantFrom(CALLS, FILE),
        fc.integer({min: 1, max: 60}),
        random,
        (law, tries, drawn) => {
          const whole = Math.min(law.firstMs * 2 ** (tries - 1), law.longestMs);
          const wait = backOffMs(law, tries, luck(drawn));
          expect(wait).toBeGreaterThanOrEqual(whole * law.surely);
          expect(wait).toBeLessThanOrEqual(whole);
        },
      ),
    );
  });
});
