import {describe, expect, it} from 'vitest';
import {bytesText, durationText, memoryText, plural, shortNumber} from './quantity-text.ts';

describe('quantities', () => {
  it('are said as people would', () => {
    expect([0, 0.04, 12.44, 59.9, 60, 185, 3599.6, 3600, 7620].map(durationText)).toEqual([
      '0.0 s',
      '0.0 s',
      '12.4 s',
      '59.9 s',
      '1 m 00 s',
      '3 m 05 s',
      '1 h 00 m',
      '1 h 00 m',
      '2 h 07 m',
    ]);
    expect([0, 42, -7, 1e6, 0.125, 1.23456, 123.456, 1e-5, 12345678.9].map(shortNumber)).toEqual([
      '0',
      '42',
      '-7',
      '1.00e+6',
      '0.125',
      '1.235',
      '123.5',
      '1.00e-5',
      '1.23e+7',
    ]);
    expect([0, 812, 999, 1000, 1_234_567, 5e15].map(bytesText)).toEqual([
      '0 B',
      '812 B',
      '999 B',
      '1.0 kB',
      '1.2 MB',
      '5000.0 TB',
    ]);
    expect([0, 512, 1024, 1536, 512 * 2 ** 20, 3 * 2 ** 50].map(memoryText)).toEqual([
      '0 B',
      '512 B',
      '1 KiB',
      '1.5 KiB',
      '512 MiB',
      '3072 TiB',
    ]);
    expect([0, 1, 2].map((count) => plural(count, 'stage'))).toEqual(['0 stages', '1 stage', '2 stages']);
  });

  it('never say 60 seconds', () => {
    expect(durationText(59.96)).toBe('1 m 00 s');
  });
});
