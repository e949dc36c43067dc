import type {Digest} from '../../schemas/digest.ts';

/** Looks at bytes while they are read to be hashed: nothing is read twice, and nothing is kept of them. */
export interface Watcher {
  push(piece: Uint8Array): void;
  /** They were the bytes of the digest. Not called where they weren't, or where they broke off. */
  done(): void;
}

/** By what is to be looked at; each reading has watchers of its own. */
export type Watches = ReadonlyMap<Digest, readonly WatchOf[]>;
export type WatchOf = (size: number | undefined) => Watcher;

export const NO_WATCHES: Watches = new Map();

/** All that watch one digest, as one. */
export function watcherOf(watches: Watches, digest: Digest, size: number | undefined): Watcher | undefined {
  const all = watches.get(digest)?.map((open) => open(size));
  if (all === undefined) return undefined;
  return {
    push: (piece) => {
      for (const each of all) each.push(piece);
    },
    done: () => {
      for (const each of all) each.done();
    },
  };
}
