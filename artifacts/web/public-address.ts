import {isIP} from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whose an address is. Everything but `public` is somebody's inside, or nobody's: this machine, its network, what a
 * cloud keeps for itself, what is in no use. ipaddr.js keeps the tables (IANA's special-purpose registries).
 */
export type AddressKind =
  | 'public'
  | 'loopback'
  | 'inside'
  | 'link-local'
  | 'cloud'
  | 'special'
  | 'no address';

export interface JudgedAddress {
  readonly kind: AddressKind;
  /** In words, as a part of a sentence: "169.254.169.254 is link-local". */
  readonly what: string;
}

/** Why a stranger may not send us to this address; undefined for a host of the public internet. */
export function refusedAddress(address: string): string | undefined {
  const {kind, what} = judgeAddress(address);
  return kind === 'public' ? undefined : what;
}

/** An address as the resolver, a socket or a parsed URL writes it. What is written otherwise is not known to be public. */
export function judgeAddress(address: string): JudgedAddress {
  const plain = address.replace(/%.*$/, '');
  switch (isIP(plain)) {
    case 4:
      return judge4(ipaddr.IPv4.parse(plain));
    case 6:
      return judge6(ipaddr.IPv6.parse(inHexadecimal(plain)));
    default:
      return {kind: 'no address', what: 'no address'};
  }
}

/** The URL parser's spelling: ipaddr.js reads `::8.8.8.8` as if it were mapped, and no socket does. */
function inHexadecimal(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function judge4(address: ipaddr.IPv4): JudgedAddress {
  if (address.toString() === AZURE) return {kind: 'cloud', what: "the cloud's own"};
  return WORDS[address.range()] ?? special('special-purpose');
}

/** Azure answers its machines there, though the address is of the public kind. */
const AZURE = '168.63.129.16';

function judge6(address: ipaddr.IPv6): JudgedAddress {
  const embedded = embedded4(address);
  if (embedded !== undefined) return judge4(embedded);
  const range = address.range();
  if (range !== 'unicast') return WORDS[range] ?? special('special-purpose');
  // Only 2000::/3 is given out to anybody; IPv4 "compatible" addresses (::/96) are outside it too.
  return address.match(GIVEN_OUT) ? PUBLIC : special('reserved');
}

/**
 * IPv4 in IPv6's clothes: mapped (::ffff:0:0/96), and NAT64's well-known prefix (64:ff9b::/96), by which hosts of a
 * network without IPv4 reach all of it. Tunnels (6to4, Teredo) and a network's own NAT64 are refused as what they are.
 */
function embedded4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (!address.match(NAT64)) return undefined;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const GIVEN_OUT = ipaddr.IPv6.parseCIDR('2000::/3');
const PUBLIC: JudgedAddress = {kind: 'public', what: 'public'};

function special(what: string): JudgedAddress {
  return {kind: 'special', what};
}

/** The ranges of ipaddr.js, in our words; what it adds one day is refused until somebody has looked at it. */
const WORDS: Readonly<Record<string, JudgedAddress>> = {
  unicast: PUBLIC,
  loopback: {kind: 'loopback', what: 'loopback'},
  unspecified: {kind: 'loopback', what: 'this host'},
  private: {kind: 'inside', what: 'private'},
  uniqueLocal: {kind: 'inside', what: 'private (ULA)'},
  carrierGradeNat: {kind: 'inside', what: 'shared by a carrier (CGNAT)'},
  deprecatedSiteLocal: {kind: 'inside', what: 'site-local'},
  linkLocal: {kind: 'link-local', what: 'link-local'},
  multicast: special('multicast'),
  broadcast: special('broadcast'),
  reserved: special('reserved'),
  benchmarking: special('for benchmarks'),
  discard: special('for discarding'),
  '6to4': special('6to4'),
  teredo: special('Teredo'),
  rfc6052: special('NAT64'),
  rfc6145: special('translated IPv4'),
};
