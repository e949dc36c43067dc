import {join} from 'node:path';
import {expect, it} from 'vitest';
import fc from '../testing/properties.ts';
import {parseBucketAddress} from './bucket-address.ts';
import {checkedKey, checkedPrefix, urlPathOf} from './bucket-key.ts';

it('is a bucket, the web or a folder', () => {
  expect(parseBucketAddress('s3://bucket')).toEqual({kind: 's3', bucket: 'bucket', prefix: ''});
  expect(parseBucketAddress('S3://bucket/a/b/')).toEqual({kind: 's3', bucket: 'bucket', prefix: 'a/b/'});
  expect(parseBucketAddress('https://host/x')).toEqual({kind: 'web', url: 'https://host/x'});
  expect(parseBucketAddress('file:///a%20b')).toEqual({kind: 'folder', path: '/a b'});
  expect(parseBucketAddress('/a/b')).toEqual({kind: 'folder', path: '/a/b'});
});

it('is refused, in words, when it is none of them', () => {
  for (const text of [
    's3://',
    's3://UPPER',
    's3://bucket/../x',
    's3://bucket/a//b',
    's3://bucket/a\nb',
    's3://bucket/a/./b',
    's3://a',
    'gs://bucket',
    'file://host/x',
  ])
    expect(() => parseBucketAddress(text)).toThrow(expect.objectContaining({code: 'refused'}));
});

it('takes the prefixes of data lakes', () => {
  for (const prefix of ['team=a', 'date=2024-01-01/x', 'a b', 'a+b', 'modèle', 'a%2Fb', 'a?b#c', "it's(1)!*"])
    expect(parseBucketAddress(`s3://bucket/${prefix}/`)).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: `${prefix}/`,
    });
});

it('says what it takes, and where it may have been written', () => {
  expect(() => parseBucketAddress('s3://lab/team/../x')).toThrow(
    '"s3://lab/team/../x" is not the place of a store: no part of it is . or ..; write s3://bucket/prefix, where it came from (--store, REPRO_STORE, stores.yaml)',
  );
});

it('a key stays below its folder, and comes back out of a URL as it was', () => {
  fc.assert(
    fc.property(
      fc.string({unit: fc.constantFrom(..."aZ0._~-/%?#+= !*'()&\\:é\n\0\ud800"), maxLength: 12}),
      (text) => {
        if (!passes(checkedKey, text)) return;
        const {pathname, search, hash} = new URL(`http://host/base/${urlPathOf(text)}`);
        expect([decodeURIComponent(pathname), search, hash]).toEqual([`/base/${text}`, '', '']);
        expect(pathname).toMatch(/^[A-Za-z0-9._~%/-]+$/);
        expect(join('/root', text)).toBe(`/root/${text}`);
        expect(passes(checkedPrefix, text)).toBe(true);
        for (let end = 0; end < text.length; end++) passes(checkedPrefix, text.slice(0, end));
      },
    ),
    {numRuns: 2000, seed: 20_261_128},
  );
});

function passes(check: (text: string) => string, text: string): boolean {
  try {
    return check(text) === text;
  } catch {
    return false;
  }
}
