import {linkSync, mkdirSync, renameSync} from 'node:fs';
import {basename} from 'node:path';
import {renameIfThere} from '../files/rename-if-there.ts';
import {removeQuietly} from '../files/temporary-file.ts';
import {digestOfName, objectPath, receiptShard, type StoreLayout} from '../layout.ts';
import {ownedName} from '../owner.ts';
import {errnoOf} from '../store-error.ts';
import {leaseHolders, leaseTide} from './leases.ts';

export type Condemned = 'receipt' | 'object' | 'partial';

/**
 * Deletes what nobody reaches, while others may begin to use the store at any moment. Files are first moved aside,
 * a few at a time; then it looks whether anybody uses the store, or has since the marking began; only when nobody
 * does are they deleted, else they are put back. Whoever uses the store says so before looking at anything, so what
 * they saw is there, or comes back before they can miss it for long.
 *
 *     user     lease ─────── finds X ──────────────────────────── relies on X
 *     gc                                moves X away ── looks: a lease! ── puts X back
 */
export class Condemning {
  readonly #layout: StoreLayout;
  readonly #owner: string;
  readonly #isAlive: (owner: string) => boolean;
  readonly #really: boolean;
  readonly #tide: bigint;
  #waiting: Moved[] = [];
  #interruptedBy: readonly string[] | undefined;

  constructor(
    layout: StoreLayout,
    options: {
      readonly owner: string;
      readonly isAlive: (owner: string) => boolean;
      readonly delete: boolean;
    },
  ) {
    this.#layout = layout;
    this.#owner = options.owner;
    this.#isAlive = options.isAlive;
    this.#really = options.delete;
    this.#tide = leaseTide(layout);
    if (this.#really) this.#look();
  }

  /** Who came in between. */
  get interruptedBy(): readonly string[] {
    return this.#interruptedBy ?? [];
  }

  add(kind: Condemned, path: string): void {
    if (!this.#really || this.#interruptedBy !== undefined) return;
    const place = `${this.#layout.condemned}/${ownedName(this.#owner, `${kind}-${basename(path)}`)}`;
    mkdirSync(this.#layout.condemned, {recursive: true});
    if (renameIfThere(path, place)) this.#waiting.push({path, place});
    if (this.#waiting.length >= BATCH) this.#decide();
  }

  /** False when somebody came in between. */
  finish(): boolean {
    this.#decide();
    return this.#interruptedBy === undefined;
  }

  #decide(): void {
    if (this.#really) this.#look();
    for (const {path, place} of this.#waiting) {
      if (this.#interruptedBy === undefined) removeQuietly(place);
      else putBack(place, path);
    }
    this.#waiting = [];
  }

  #look(): void {
    const users = leaseHolders(this.#layout, this.#owner, this.#isAlive);
    if (users.length > 0 || leaseTide(this.#layout) !== this.#tide) this.#interruptedBy ??= users;
  }
}

interface Moved {
  readonly path: string;
  readonly place: string;
}

/** Few: as long as they are aside, nobody finds them. */
const BATCH = 64;

/** What a dead `gc` had moved aside goes back; a later one decides again. */
export function restoreCondemned(layout: StoreLayout, place: string): void {
  const [, kind, name = ''] = /~(receipt|object|partial)-(.*)$/.exec(place) ?? [];
  const digest = digestOfName(name.split('.')[0] ?? '');
  if (digest === undefined || kind === 'partial') removeQuietly(place);
  else
    putBack(
      place,
      kind === 'object' ? objectPath(layout, digest) : `${receiptShard(layout, digest)}/${name}`,
    );
}

/** Nothing is replaced: if somebody has written it anew, theirs stays. */
function putBack(place: string, path: string): void {
  try {
    linkSync(place, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EPERM' || errno === 'ENOTSUP' || errno === 'EOPNOTSUPP') renameSync(place, path);
    else if (errno !== 'EEXIST') throw error;
  }
  removeQuietly(place);
}
