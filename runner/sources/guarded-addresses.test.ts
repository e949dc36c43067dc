import {describe, expect, it} from 'vitest';
import {nobodyAllowed, parseAllowedHosts} from './allowed-hosts.ts';
import {GuardedClient} from './guarded-client.ts';

const NEVER = new AbortController().signal;

/** Every way to write an inside address into a URL that we know of. None may get as far as a connection. */
const INSIDE_URLS = `
https://127.0.0.1/ https://127.1/ https://127.0.1/ https://0x7f.1/ https://0x7f000001/ https://0X7F.0.0.1/
https://2130706433/ https://017700000001/ https://0177.0.0.1/ https://127.0.0.1./ https://0/ https://0.0.0.0/
https://[::1]/ https://[::]/ https://[0:0:0:0:0:0:0:1]/ https://[0000::1]/ https://[::ffff:127.0.0.1]/
https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:7f00:0001]/ https://[::127.0.0.1]/ https://[::ffff:10.0.0.1]/
https://[64:ff9b::7f00:1]/ https://[64:ff9b::10.0.0.1]/ https://[64:ff9b:1::a00:1]/ https://[2002:7f00:1::]/
https://[2002:a00:1::]/ https://[2002:808:808::]/ https://[2001::1]/ https://[2001:db8::1]/ https://[3fff::1]/
https://[fe80::1]/ https://[febf::1]/ https://[fec0::1]/ https://[fc00::1]/ https://[fd12:3456::1]/ https://[ff02::1]/
https://[100::1]/ https://[4000::1]/ https://10.0.0.1/ https://10.255.255.255/ https://172.16.0.1/
https://172.31.255.255/ https://192.168.0.1/ https://169.254.169.254/ https://0xa9fea9fe/ https://2852039166/
https://100.64.0.1/ https://100.127.255.255/ https://192.0.0.1/ https://192.0.2.1/ https://192.88.99.1/
https://198.18.0.1/ https://198.19.255.255/ https://198.51.100.1/ https://203.0.113.1/ https://224.0.0.1/
https://239.255.255.255/ https://240.0.0.1/ https://255.255.255.255/ https://%31%32%37.0.0.1/
https://１２７.0.0.1/ https://127。0。0。1/ https://0x7f.0x0.0x0.0x1:8443/ https://127.0.0.1:22/x?y=z
`
  .trim()
  .split(/\s+/);

/** A resolver that must not be asked: what is asked of it is a failure of the test. */
const client = new GuardedClient({
  allowed: nobodyAllowed,
  resolve: (host) => Promise.reject(new Error(`asked for ${host}`)),
});

const outcome = async (url: string, by = client) => {
  try {
    const answer = await by.get(new URL(url), {signal: NEVER});
    answer.discard();
    return `answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
};

describe('addresses inside', () => {
  it('are refused however a URL writes them', async () => {
    expect(INSIDE_URLS.length).toBeGreaterThanOrEqual(60);
    const outcomes = await Promise.all(INSIDE_URLS.map(async (url) => [url, await outcome(url)] as const));
    expect(outcomes.filter(([, code]) => code !== 'inside')).toEqual([]);
  });
});

describe('other things that are not fetched', () => {
  it.for([
    'http://example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'https://user:password@example.org/',
    'https://user@example.org/',
  ])('%s', async (url) => {
    expect(await outcome(url)).toBe('bad-url');
  });
});

describe('what a name resolves to', () => {
  const resolving = (...addresses: readonly string[]) =>
    new GuardedClient({
      allowed: nobodyAllowed,
      resolve: async () => addresses.map((address) => ({address, family: address.includes(':') ? 6 : 4})),
    });

  it.for([['127.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:10.1.2.3'], ['fd00::1', '10.0.0.1'], []])(
    'is refused when it is %s',
    async (addresses) => {
      const code = addresses.length === 0 ? 'no-host' : 'inside';
      for (const host of ['innocent.example', 'localhost', 'localhost.', 'metadata.google.internal'])
        expect(await outcome(`https://${host}/`, resolving(...addresses))).toBe(code);
    },
  );

  it('is refused in words that say what it is and what allows it', async () => {
    await expect(
      resolving('10.0.0.7').get(new URL('https://mirror.lab:8443/x'), {signal: NEVER}),
    ).rejects.toMatchObject({
      message: 'mirror.lab is 10.0.0.7, which is no public address (private), so it is not asked',
      help: 'if you trust it, allow it yourself: REPRO_ALLOW_PRIVATE=mirror.lab:8443',
    });
  });

  it('may have an inside address beside an outside one, which alone is used', async () => {
    expect(await resolving('10.0.0.1', '93.184.216.34').addresses(new URL('https://example.org/'))).toEqual([
      {address: '93.184.216.34', family: 4},
    ]);
  });
});

describe('what the user allows', () => {
  const allows = (text: string | undefined, url: string) => parseAllowedHosts(text).has(new URL(url));
  it('is a host, or one port of it, and nothing else', () => {
    expect(allows('mirror.lab', 'https://mirror.lab/x')).toBe(true);
    expect(allows('mirror.lab', 'https://mirror.lab:8443/x')).toBe(true);
    expect(allows('mirror.lab:8443', 'https://mirror.lab/x')).toBe(false);
    expect(allows('mirror.lab:443', 'https://mirror.lab/x')).toBe(true);
    expect(allows('mirror.lab:80', 'http://mirror.lab/x')).toBe(true);
    expect(allows(' a, MIRROR.lab ,b', 'https://mirror.lab/x')).toBe(true);
    expect(allows('[::1]:9000', 'http://[0::1]:9000/')).toBe(true);
    expect(allows('127.0.0.1', 'http://0x7f.1/')).toBe(true);
    for (const nothing of [
      undefined,
      '',
      ',',
      '*',
      'https://mirror.lab',
      'lab',
      'mirror.lab/x',
      'u@mirror.lab',
    ])
      expect(allows(nothing, 'https://mirror.lab/x')).toBe(false);
  });
});
