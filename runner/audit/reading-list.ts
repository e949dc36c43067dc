import {objectKey, packKey} from '../../artifacts/bucket/bucket-layout.ts';
import {packsOf} from '../../artifacts/remote/packs.ts';
import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Holding} from './promised-bytes.ts';

/** Something in a bucket to read and hash. What many own is read once. */
export interface BytesToRead {
  readonly key: string;
  /** Undefined: nobody said. */
  readonly size: number | undefined;
  /** One for an object; for a pack each of its members. */
  readonly pieces: readonly Piece[];
  readonly owners: readonly Owner[];
}

export interface Piece {
  readonly digest: Digest;
  readonly offset: number;
  /** Undefined only for the piece of an object whose size nobody said. */
  readonly size: number | undefined;
}

export interface Owner {
  readonly holding: Holding;
  /** In a tree, the paths of the files with this digest. */
  path(digest: Digest): string | undefined;
}

interface GrowingBytes extends BytesToRead {
  readonly owners: Owner[];
}

/** Where all the bytes of some holdings are. Trees come with their manifests, which have been read and checked. */
export class ReadingList {
  readonly #places = new Map<string, GrowingBytes>();

  addObject(holding: Holding, digest: Digest, size: number | undefined): void {
    this.#add({holding, path: () => undefined}, objectKey(digest), size, [{digest, offset: 0, size}]);
  }

  addTree(holding: Holding, manifest: TreeManifest): void {
    const owner = {holding, path: pathsOf(manifest)};
    const {packs, loose} = packsOf(manifest);
    for (const pack of packs) this.#add(owner, packKey(pack.digest), pack.size, pack.members);
    for (const {digest, size} of loose)
      this.#add(owner, objectKey(digest), size, [{digest, offset: 0, size}]);
  }

  all(): readonly BytesToRead[] {
    return [...this.#places.values()];
  }

  /** Two who say different sizes of one object are two places: one of them is wrong, and is told so. */
  #add(owner: Owner, key: string, size: number | undefined, pieces: readonly Piece[]): void {
    const name = `${key} ${size ?? ''}`;
    const known = this.#places.get(name);
    if (known === undefined) this.#places.set(name, {key, size, pieces, owners: [owner]});
    else known.owners.push(owner);
  }
}

/** Made when somebody asks: only what is wrong is called by its name. */
function pathsOf({entries}: TreeManifest): Owner['path'] {
  return (digest) => entries.find((entry) => entry.digest === digest)?.path;
}
