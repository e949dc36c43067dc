import {type AddressKind, judgeAddress} from './public-address.ts';

/**
 * How far in a server may send us. It may send us to its own kind and further out, never further in: one of the
 * public internet to no private network, one of a private network not to this machine, and none to what the cloud
 * keeps for its machines. The user alone sends us anywhere, once: with the address that was typed.
 */
export type Reach = 'public' | 'inside' | 'loopback';

const KINDS: Readonly<Record<Reach, ReadonlySet<AddressKind>>> = {
  public: new Set(['public']),
  inside: new Set(['public', 'inside']),
  loopback: new Set(['public', 'inside', 'loopback']),
};

/** Of a server, by the address that it was found at; of one that we could not look at, as of a stranger. */
export function reachOf(address: string | undefined): Reach {
  const {kind} = judgeAddress(address ?? '');
  return kind === 'inside' || kind === 'loopback' ? kind : 'public';
}

/** After one more redirect: what a stranger on the way may not do, nobody behind may. */
export function narrower(one: Reach, other: Reach): Reach {
  const order: readonly Reach[] = ['public', 'inside', 'loopback'];
  return order.indexOf(one) < order.indexOf(other) ? one : other;
}

export function refusedFrom(reach: Reach): (address: string) => string | undefined {
  return (address) => {
    const {kind, what} = judgeAddress(address);
    return KINDS[reach].has(kind) ? undefined : what;
  };
}
