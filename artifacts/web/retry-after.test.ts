import {describe, expect, it} from 'vitest';
import {retryAfterMs} from './retry-after.ts';

const NINE = 'Thu, 01 Jan 1970 00:00:09 GMT';
const TWO = 'Thu, 01 Jan 1970 00:00:02 GMT';

describe('Retry-After', () => {
  it.for([
    ['7', undefined, 7000],
    [' 7 ', undefined, 7000],
    ['0', TWO, 0],
    ['999999', undefined, 999_999_000],
    ['1000000', undefined, undefined],
    ['-7', undefined, undefined],
    ['7.5', undefined, undefined],
    ['soon', TWO, undefined],
    ['', TWO, undefined],
    [undefined, TWO, undefined],
  ] as const)('is seconds: %s', ([asked, date, milliseconds]) => {
    expect(retryAfterMs({'retry-after': asked, date})).toBe(milliseconds);
  });

  it('is a date on the clock of the server that wrote it, whatever ours says', () => {
    expect(retryAfterMs({'retry-after': NINE, date: TWO})).toBe(7000);
    expect(retryAfterMs({'retry-after': TWO, date: NINE})).toBe(0);
    expect(retryAfterMs({'retry-after': NINE})).toBeUndefined();
    expect(retryAfterMs({'retry-after': NINE, date: 'yesterday'})).toBeUndefined();
    // What JavaScript alone would take for dates.
    expect(retryAfterMs({'retry-after': '2030-01-01', date: TWO})).toBeUndefined();
    expect(retryAfterMs({'retry-after': 'Thu, 99 Jan 1970 00:00:09 GMT', date: TWO})).toBeUndefined();
  });
});
