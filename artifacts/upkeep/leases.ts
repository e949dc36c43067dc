import {randomBytes} from 'node:crypto';
import {lstatSync, mkdirSync, unlinkSync, writeFileSync} from 'node:fs';
import {namesIn} from '../files/folder-names.ts';
import type {StoreLayout} from '../layout.ts';
import {ownedName, ownerOf} from '../owner.ts';
import {errnoOf} from '../store-error.ts';

/**
 * Says that somebody uses the store: `gc` deletes nothing meanwhile. Nobody waits for anybody; a lease of a dead
 * process counts for nothing, and recovery removes it. Gives what ends it.
 */
export function takeLease({leases}: StoreLayout, owner: string): () => void {
  const file = `${leases}/${ownedName(owner, randomBytes(6).toString('hex'))}`;
  try {
    mkdirSync(leases, {recursive: true});
    writeFileSync(file, '', {flag: 'wx', mode: 0o444});
  } catch (error) {
    // A store that can't be written to: nobody can delete from it either.
    if (errnoOf(error) === undefined) throw error;
    return () => undefined;
  }
  return () => {
    try {
      unlinkSync(file);
    } catch {
      // Recovery removes it when this process is gone.
    }
  };
}

/** Who uses the store just now, beside `self`. */
export function leaseHolders(
  {leases}: StoreLayout,
  self: string,
  isAlive: (owner: string) => boolean,
): readonly string[] {
  const owners = new Set(namesIn(leases, 'absent').flatMap((name) => ownerOf(name) ?? []));
  return [...owners].filter((owner) => owner !== self && isAlive(owner));
}

/**
 * Changes whenever anybody begins or ends using the store: also when that somebody has come and gone since it was
 * last looked at, and nothing else tells.
 */
export function leaseTide({leases}: StoreLayout): bigint {
  return lstatSync(leases, {bigint: true, throwIfNoEntry: false})?.mtimeNs ?? 0n;
}
