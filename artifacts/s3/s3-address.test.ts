import {expect, it} from 'vitest';
import {addressOf} from './s3-address.ts';

it('is as the server has it', () => {
  const cases: readonly [bucket: string, place: Parameters<typeof addressOf>[0], expected: string][] = [
    ['b', {url: ''}, 'https://b.s3.amazonaws.com/'],
    ['b', {url: '', region: 'eu-north-1'}, 'https://b.s3.eu-north-1.amazonaws.com/'],
    [
      'b',
      {url: '', endpoint: 'https://s3.eu-north-1.amazonaws.com'},
      'https://b.s3.eu-north-1.amazonaws.com/',
    ],
    ['b.c', {url: '', region: 'eu-north-1'}, 'https://s3.eu-north-1.amazonaws.com/b.c/'],
    ['b', {url: '', pathStyle: true}, 'https://s3.amazonaws.com/b/'],
    ['b', {url: '', endpoint: 'http://127.0.0.1:9000/'}, 'http://127.0.0.1:9000/b/'],
    ['b', {url: '', endpoint: 'https://host/s3'}, 'https://host/s3/b/'],
    ['b', {url: '', endpoint: 'https://host', pathStyle: false}, 'https://b.host/'],
    ['b', {url: '', endpoint: 'https://amazonaws.com.evil.example'}, 'https://amazonaws.com.evil.example/b/'],
  ];
  for (const [bucket, place, expected] of cases) expect(addressOf(place, bucket).href).toBe(expected);
  for (const endpoint of ['host:9000', 'ftp://host', 'https://user:secret@host', 'nonsense'])
    expect(() => addressOf({url: '', endpoint}, 'b')).toThrow(/not the address of an S3 server/);
});
