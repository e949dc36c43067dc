import {randomBytes} from 'node:crypto';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {removeTree} from '../../artifacts/files/remove-tree.ts';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {readManifest} from '../../artifacts/trees/materialise.ts';
import type {Digest} from '../../schemas/digest.ts';
import {ByteFile} from './byte-file.ts';
import type {FileSide, TreeSide} from './compared-files.ts';

const MANIFEST_START = '{"entries":[';

export interface Shelf {
  readonly store: ArtifactStore;
  /** Made when first needed, and gone at the end. */
  readonly folder: string;
}

/**
 * Objects of a store as files that can be read at any position: hard links where the folder is in the store's file
 * system, so that a model of any size costs nothing. `place` hashes what it links to. Dispose of it.
 */
export class ArtifactReader implements Disposable {
  readonly #open: () => Promise<Shelf>;
  readonly #placed = new Map<Digest, Promise<string>>();
  #shelf: Promise<Shelf> | undefined;
  #made: string | undefined;

  /** `open` is asked once, and only when something of the store is needed: two files on disk need none. */
  constructor(open: () => Promise<Shelf>) {
    this.#open = open;
  }

  file(name: string, digest: Digest): FileSide {
    return {name, digest, path: () => this.#path(digest)};
  }

  async tree(digest: Digest): Promise<TreeSide> {
    const {entries} = await readManifest(await this.#store(), digest);
    return {digest, entries, file: (entry) => this.file(entry.path, entry.digest)};
  }

  /** Whether an object is a tree's manifest, by how it begins: it may be a model of any size. */
  async isTree(digest: Digest): Promise<boolean> {
    using file = new ByteFile(await this.#path(digest));
    const start = Buffer.alloc(MANIFEST_START.length);
    file.readInto(start, 0);
    return start.toString('latin1') === MANIFEST_START;
  }

  async bytes(digest: Digest, limit: number): Promise<Uint8Array> {
    return (await this.#store()).read(digest, limit);
  }

  async has(...digests: readonly Digest[]): Promise<boolean> {
    return (await (await this.#store()).missing(digests)).size === 0;
  }

  #opened(): Promise<Shelf> {
    this.#shelf ??= this.#open();
    return this.#shelf;
  }

  async #store(): Promise<ArtifactStore> {
    return (await this.#opened()).store;
  }

  #path(digest: Digest): Promise<string> {
    const known = this.#placed.get(digest) ?? this.#place(digest);
    this.#placed.set(digest, known);
    return known;
  }

  async #place(digest: Digest): Promise<string> {
    const {store, folder} = await this.#opened();
    if (this.#made === undefined) mkdirSync(folder, {recursive: true, mode: 0o700});
    this.#made = folder;
    const destination = join(folder, randomBytes(8).toString('hex'));
    await store.place([{digest, destination, executable: false, link: true}]);
    return destination;
  }

  [Symbol.dispose](): void {
    if (this.#made !== undefined) removeTree(this.#made);
  }
}
