import {BlockList, isIP} from 'node:net';

/**
 * Which addresses are somebody's inside: this machine, its network, the cloud's metadata service. A pipeline is
 * written by strangers, and must not be able to make this machine ask them (IANA's special-purpose registries).
 */
const RANGES_4: readonly (readonly [range: string, bits: number, what: string])[] = [
  ['0.0.0.0', 8, 'this host'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by a carrier (CGNAT)'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'special-purpose'],
  ['192.0.2.0', 24, 'for documentation'],
  ['192.88.99.0', 24, '6to4'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'for benchmarks'],
  ['198.51.100.0', 24, 'for documentation'],
  ['203.0.113.0', 24, 'for documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

/** Only 2000::/3 is given out to anybody; in it, these are not hosts of the public internet either. */
const RANGES_6: typeof RANGES_4 = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['fc00::', 7, 'private (ULA)'],
  ['fe80::', 10, 'link-local'],
  ['ff00::', 8, 'multicast'],
  ['2001::', 23, 'special-purpose'],
  ['2001:db8::', 32, 'for documentation'],
  ['2002::', 16, '6to4'],
  ['3fff::', 20, 'for documentation'],
];

const KINDS_4 = RANGES_4.map(([range, bits, what]) => ({list: listOf(range, bits, 'ipv4'), what}));
const KINDS_6 = RANGES_6.map(([range, bits, what]) => ({list: listOf(range, bits, 'ipv6'), what}));
const GIVEN_OUT = listOf('2000::', 3, 'ipv6');

/** What kind of inside `address` is of; undefined for a host of the public internet. */
export function insideKind(address: string): string | undefined {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return KINDS_4.find(({list}) => list.check(plain, 'ipv4'))?.what;
  return family === 6 ? insideKind6(plain) : 'no address';
}

function insideKind6(address: string): string | undefined {
  const embedded = embedded4(groupsOf(address));
  if (embedded !== undefined) return insideKind(embedded);
  const known = KINDS_6.find(({list}) => list.check(address, 'ipv6'))?.what;
  return known ?? (GIVEN_OUT.check(address, 'ipv6') ? undefined : 'reserved');
}

/**
 * IPv4 in IPv6's clothes: mapped (::ffff:0:0/96), and NAT64's well-known prefix (64:ff9b::/96), by which hosts
 * of a network without IPv4 reach all of it.
 */
function embedded4(groups: readonly number[]): string | undefined {
  const head = groups.slice(0, 6).join();
  if (head !== MAPPED && head !== NAT64) return undefined;
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

const MAPPED = [0, 0, 0, 0, 0, 0xffff].join();
const NAT64 = [0x64, 0xff9b, 0, 0, 0, 0].join();

/** The eight numbers of an IPv6 address; the URL parser knows all the ways to write one. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const [front, back] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const gap = tail === undefined ? 0 : 8 - (front?.length ?? 0) - (back?.length ?? 0);
  return [...(front ?? []), ...Array<string>(gap).fill('0'), ...(back ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}

function listOf(range: string, bits: number, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  list.addSubnet(range, bits, family);
  return list;
}
