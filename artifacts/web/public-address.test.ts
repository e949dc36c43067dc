import {describe, expect, it} from 'vitest';
import fc from '../testing/properties.ts';
import {judgeAddress, refusedAddress} from './public-address.ts';

/** The one right answer for each: both ends of every range, and every dress that an address can wear. */
const ANSWERS: Readonly<Record<string, string>> = {
  public: `
    1.0.0.0 1.1.1.1 8.8.4.4 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 126.255.255.255
    128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255
    192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
    198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255
    2000::1 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 2a00:1450:4001::1 3ffe::1 3fff:1000::1
    ::ffff:8.8.8.8 ::ffff:0808:0808 64:ff9b::8.8.8.8 64:ff9b::808:808 0:0:0:0:0:FFFF:101:101`,
  loopback: '127.0.0.0 127.0.0.1 127.255.255.255 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 64:ff9b::7f00:1 ::1%lo',
  'this host': '0.0.0.0 0.255.255.255 :: ::ffff:0.0.0.0 64:ff9b::',
  private: `10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255
    ::ffff:10.0.0.1 ::ffff:a00:1 ::FFFF:192.168.0.1 64:ff9b::10.0.0.1 64:ff9b::c0a8:1`,
  'private (ULA)': 'fc00::1 fdff:ffff:ffff::1 fd00:ec2::254 fd12:3456::1%eth0',
  'shared by a carrier (CGNAT)': '100.64.0.0 100.100.100.200 100.127.255.255 ::ffff:100.64.0.1',
  'site-local': 'fec0::1 feff:ffff::1',
  'link-local':
    '169.254.0.0 169.254.169.254 169.254.255.255 fe80::1 febf::1 fe80::1%eth0 ::ffff:169.254.169.254',
  "the cloud's own": '168.63.129.16 ::ffff:168.63.129.16 64:ff9b::a83f:8110',
  multicast: '224.0.0.0 239.255.255.255 ff00:: ff02::1 ffff::1 ::ffff:224.0.0.1',
  broadcast: '255.255.255.255 ::ffff:255.255.255.255',
  reserved: `192.0.0.0 192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.1 198.18.0.0 198.19.255.255
    198.51.100.0 203.0.113.0 203.0.113.255 240.0.0.0 255.255.255.254 2001:db8::1 2001:1ff::1 3fff::1 3fff:fff::1
    ::2 ::7f00:1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 4000::1 8000::1 e000::1 fe00::1 200::1`,
  'for benchmarks': '2001:2::1',
  'for discarding': '100:: 100::1 100::ffff:ffff:ffff:ffff',
  '6to4': '2002:: 2002:7f00:1:: 2002:a00:1::1 2002:808:808::',
  Teredo: '2001:: 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2',
  NAT64: '64:ff9b:1:: 64:ff9b:1::a00:1 64:ff9b:1:ffff::808:808',
  'translated IPv4': '::ffff:0:127.0.0.1 ::ffff:0:808:808',
  'special-purpose': `192.31.196.1 192.52.193.1 192.175.48.1 2001:3::1 2001:4:112::1 2620:4f:8000::1 2001:10::1
    2001:20::1 2001:30::1 5f00::1`,
  'no address': `localhost example.org 127.1 127.0.0.1. 0x7f.0.0.1 0x7f000001 2130706433 017700000001 0177.0.0.1
    010.0.0.1 1.2.3 1.2.3.4.5 256.1.1.1 [::1] ::1::1 1::2::3 ::ffff:127.1 127.0.0.1/8 １２７.0.0.1`,
};

const TABLE = Object.entries(ANSWERS).flatMap(([what, addresses]) =>
  addresses
    .trim()
    .split(/\s+/)
    .map((address) => ({address, what})),
);

describe('whose an address is', () => {
  it(`has one right answer for each of ${TABLE.length}`, () => {
    expect(TABLE.length).toBeGreaterThan(150);
    const wrong = TABLE.map(({address, what}) => ({address, what, is: judgeAddress(address).what}));
    expect(wrong.filter(({what, is}) => what !== is)).toEqual([]);
    const open = TABLE.filter(({address}) => refusedAddress(address) === undefined);
    expect(open.every(({what}) => what === 'public')).toBe(true);
    expect(open.length).toBe(TABLE.filter(({what}) => what === 'public').length);
    expect(refusedAddress('')).toBe('no address');
  });

  it('stays the same in IPv6’s clothes', () => {
    const byte = fc.integer({min: 0, max: 255});
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        const plain = bytes.join('.');
        const hex = [bytes.slice(0, 2), bytes.slice(2)]
          .map(([a = 0, b = 0]) => (a * 256 + b).toString(16))
          .join(':');
        const dresses = [`::ffff:${plain}`, `::ffff:${hex}`, `64:ff9b::${hex}`, `0:0:0:0:0:FFFF:${hex}`];
        for (const dressed of dresses) expect(refusedAddress(dressed)).toBe(refusedAddress(plain));
        expect(refusedAddress(`2002:${hex}::`)).toBe('6to4');
        for (const hidden of [`::${hex}`, `64:ff9b:1::${hex}`, `2001:0:${hex}::`])
          expect(refusedAddress(hidden)).toBeDefined();
      }),
      {seed: 20_261_128},
    );
  });
});
