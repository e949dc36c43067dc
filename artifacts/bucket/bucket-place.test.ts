import {expect, it} from 'vitest';
import fc from '../testing/properties.ts';
import {checkedKey, checkedPrefix} from './bucket-key.ts';
import {parsePlace} from './bucket-place.ts';

it('is a bucket, the web or a folder', () => {
  expect(parsePlace('s3://bucket')).toEqual({kind: 's3', bucket: 'bucket', prefix: ''});
  expect(parsePlace('S3://bucket/a/b/')).toEqual({kind: 's3', bucket: 'bucket', prefix: 'a/b/'});
  expect(parsePlace('https://host/x')).toEqual({kind: 'web', url: 'https://host/x'});
  expect(parsePlace('file:///a%20b')).toEqual({kind: 'folder', path: '/a b'});
  expect(parsePlace('/a/b')).toEqual({kind: 'folder', path: '/a/b'});
});

it('is refused, in words, when it is none of them', () => {
  for (const text of [
    's3://',
    's3://UPPER',
    's3://bucket/../x',
    's3://bucket/a b',
    's3://a',
    'gs://bucket',
    'file://host/x',
  ])
    expect(() => parsePlace(text)).toThrow(expect.objectContaining({code: 'refused'}));
});

it('a key is the same as a path in a folder, in a URL, and in what is signed', () => {
  fc.assert(
    fc.property(fc.string({unit: fc.constantFrom(...'aZ0._~-/%?#\\ :é\n\0'), maxLength: 12}), (text) => {
      if (!passes(checkedKey, text)) return;
      expect(new URL(`http://host/base/${text}`).pathname).toBe(`/base/${text}`);
      expect(encodeURI(text)).toBe(text);
      expect(passes(checkedPrefix, text)).toBe(true);
      for (let end = 0; end < text.length; end++) passes(checkedPrefix, text.slice(0, end));
    }),
    {numRuns: 2000},
  );
});

function passes(check: (text: string) => string, text: string): boolean {
  try {
    return check(text) === text;
  } catch {
    return false;
  }
}
