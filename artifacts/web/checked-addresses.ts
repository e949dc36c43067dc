import {lookup as systemLookup} from 'node:dns/promises';
import {isIP, type LookupFunction} from 'node:net';
import {refusedAddress} from './public-address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface AddressCheck {
  /** Why this address may not be connected to; by default, because it is no public one. */
  readonly refused?: (address: string) => string | undefined;
  /** The resolver; a stub in tests. */
  readonly resolve?: Resolve | undefined;
}

/** A host has no address that may be connected to. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress';
  constructor(
    readonly host: string,
    readonly address: string,
    /** In words: `loopback`. */
    readonly what: string,
  ) {
    super(host === address ? `${address} is ${what}` : `${host} is ${address}, which is ${what}`);
  }
}

/**
 * The addresses of a host that may be connected to. A name is resolved here, once, and whoever connects takes one of
 * these: a name that resolves to another address a moment later gains nothing. @throws RefusedAddress
 */
export async function checkedAddresses(
  host: string,
  {refused = refusedAddress, resolve = systemResolve}: AddressCheck = {},
): Promise<readonly ResolvedAddress[]> {
  const family = isIP(host);
  const found = family > 0 ? [{address: host, family}] : await resolve(host);
  if (found.length === 0) throw Object.assign(new Error(`${host} has no address`), {code: 'ENOTFOUND'});
  const open = found.filter(({address}) => refused(address) === undefined);
  if (open.length > 0) return open;
  const [{address} = {address: 'nowhere'}] = found;
  throw new RefusedAddress(host, address, refused(address) ?? 'no address');
}

/** For Node's agents: called at the moment of connecting, which goes to what this gives and nowhere else. */
export function checkedLookup(check: AddressCheck = {}): LookupFunction {
  return (host, options, callback) => {
    checkedAddresses(host, check).then(
      (found) => {
        const [first] = found;
        if (options.all === true) callback(null, [...found]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/** As a URL writes it, without the brackets. Node never resolves what is an address already: check that one here. */
export function hostOf({hostname}: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

const systemResolve: Resolve = (host) => systemLookup(host, {all: true, verbatim: true});
