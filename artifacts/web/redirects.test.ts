import {describe, expect, it} from 'vitest';
import type {HttpAnswer} from './exchange.ts';
import {follow} from './redirects.ts';

/** Who asks at `from` and is sent on by these; every URL that was asked, and why it ended. */
async function followed(from: string, sentTo: Readonly<Record<string, string | undefined>>) {
  const asked: string[] = [];
  const ask = async (url: URL): Promise<HttpAnswer> => {
    asked.push(url.href);
    const headers = {location: sentTo[url.href]};
    return {...ANSWER, status: url.href in sentTo ? 302 : 200, headers};
  };
  const refusal = ({why}: {readonly why: string}) => new Error(why);
  const end = await follow(new URL(from), {ask, refusal}).then(
    ({url}) => `200 at ${url.href}`,
    (error: Error) => error.message,
  );
  return [...asked, end];
}

const ANSWER: HttpAnswer = {
  status: 200,
  headers: {},
  address: undefined,
  chunks: () => new ReadableStream<Uint8Array>(),
  text: async () => '',
  discard: () => undefined,
};

describe('redirects', () => {
  it('are followed, relative ones too', async () => {
    const sentTo = {'http://a/x/1': '2', 'http://a/x/2': 'https://b/'};
    expect(await followed('http://a/x/1', sentTo)).toEqual([
      'http://a/x/1',
      'http://a/x/2',
      'https://b/',
      '200 at https://b/',
    ]);
  });

  it('never lead out of https, not even back to where they came from', async () => {
    expect(await followed('https://a/', {'https://a/': 'http://a/'})).toEqual(['https://a/', 'out-of-https']);
    const there = {'http://a/': 'https://a/', 'https://a/': 'http://b/'};
    expect(await followed('http://a/', there)).toEqual(['http://a/', 'https://a/', 'out-of-https']);
    expect(await followed('http://a/', {'http://a/': 'ftp://a/'})).toEqual(['http://a/', 'out-of-https']);
  });

  it('lead nowhere without a URL, nor with a user name', async () => {
    for (const [to, why] of [
      [undefined, 'nowhere'],
      ['http://[', 'nowhere'],
      ['https://me@b/', 'user-name'],
      ['https://:secret@b/', 'user-name'],
    ] as const)
      expect(await followed('https://a/', {'https://a/': to})).toEqual(['https://a/', why]);
  });

  it('are five at most', async () => {
    const asked = await followed('http://a/', {'http://a/': '/'});
    expect(asked).toEqual([...Array.from({length: 6}, () => 'http://a/'), 'too-many']);
  });
});
