import {describe, expect, it} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {NotReadableSo} from '../not-readable-so.ts';
import {toldOfTexts} from '../testing/told.ts';
import {readCompactStruct} from './read-compact.ts';

/** A file with this footer, its length and the magic words. */
function withFooter(footer: Uint8Array, claimed = footer.length): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(claimed);
  return Buffer.concat([Buffer.from('PAR1'), Buffer.from('datadata'), footer, length, Buffer.from('PAR1')]);
}

/** Thrift's compact protocol, as far as a footer needs it: field 3 (rows) as a varint, then the end. */
const rows = (count: number) => Buffer.from([0x36, count << 1, 0]);

describe('a parquet footer', () => {
  it('is read', async () => {
    expect(await toldOfTexts('x.parquet', withFooter(rows(3)), withFooter(rows(5)))).toMatchInlineSnapshot(`
      "parquet of 3 and 5 rows: 0 columns with other bytes; rows are not compared
        rows  3 → 5
      "
    `);
  });

  it('that is none is compared as bytes, and said why', async () => {
    const good = withFooter(rows(3));
    const broken = {
      'no end': good.subarray(0, -2),
      'a length beyond the file': withFooter(rows(3), 1000),
      'a torn field': withFooter(Buffer.from([0x36])),
      'an unknown type': withFooter(Buffer.from([0x3e, 0])),
      'a list longer than the file': withFooter(Buffer.from([0x49, 0xf6, 0xff, 0xff, 0xff, 0x0f])),
      'nested without end': withFooter(Buffer.alloc(64, 0x1c)),
      'a number without end': withFooter(Buffer.concat([Buffer.from([0x36]), Buffer.alloc(20, 0xff)])),
    };
    const told: Record<string, string> = {};
    for (const [what, bytes] of Object.entries(broken)) {
      const text = await toldOfTexts('x.parquet', good, bytes);
      told[what] = text.replace(/^bytes differ.*?\(/, '').replace(/\)\n$/, '');
    }
    expect(told).toMatchInlineSnapshot(`
      {
        "a length beyond the file": "parquet whose footer claims 1000 bytes",
        "a list longer than the file": "its footer is torn",
        "a number without end": "its footer has a number that is too long",
        "a torn field": "its footer is torn",
        "an unknown type": "its footer has a field of type 14",
        "nested without end": "its footer is nested too deeply",
        "no end": "truncated parquet: it has no footer",
      }
    `);
  });

  it('of random bytes ends in a struct or in words', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 200}), (bytes) => {
        try {
          readCompactStruct(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(NotReadableSo);
        }
      }),
      {numRuns: 2000},
    );
  });
});
