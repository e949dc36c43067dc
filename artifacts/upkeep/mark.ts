import {type Digest, isDigest} from '../../schemas/digest.ts';
import {inParallel} from '../at-a-time.ts';
import {LIMITS} from '../path-rules.ts';
import {packsOf} from '../remote/packs.ts';
import type {ArtifactStore} from '../store.ts';
import {StoreError} from '../store-error.ts';
import {parseManifest} from '../trees/parse-manifest.ts';
import {DigestSet} from './digest-set.ts';

/** How marking reads a store. */
export interface MarkedStore {
  readonly artifacts: ArtifactStore;
  /** The first bytes of an object; undefined when there is none. */
  peek(digest: Digest): Promise<Uint8Array | undefined>;
}

/**
 * Everything that can be reached. Generous on purpose: whatever a document that is kept says that looks like a
 * digest is kept, and if it is a tree or a document itself, what that says. So a format that this version has not
 * heard of loses nothing.
 */
export class Marks {
  readonly objects = new DigestSet();
  readonly packs = new DigestSet();
  readonly #store: MarkedStore;

  constructor(store: MarkedStore) {
    this.#store = store;
  }

  /** Keeps what a text names, and all that can be reached from there. */
  async text(text: string): Promise<void> {
    let found = this.#fresh(text);
    while (found.length > 0) {
      const next: Digest[] = [];
      await inParallel(found, AT_A_TIME, async (digest) => void next.push(...(await this.#expand(digest))));
      found = next;
    }
  }

  #fresh(text: string): readonly Digest[] {
    return digestsIn(text).filter((digest) => this.objects.add(digest));
  }

  /** What an object names that nobody named before. */
  async #expand(digest: Digest): Promise<readonly Digest[]> {
    const beginning = await this.#store.peek(digest);
    if (beginning === undefined || beginning[0] !== OPENING) return [];
    const isTree = Buffer.from(beginning).toString('latin1').startsWith(TREE);
    const bytes = await this.#read(digest, isTree ? LIMITS.manifestBytes : DOCUMENT_BYTES);
    if (bytes === undefined) return [];
    if (isTree && this.#tree(bytes)) return [];
    return this.#fresh(Buffer.from(bytes).toString('utf8'));
  }

  /** Files of trees are bytes: they name nothing. */
  #tree(bytes: Uint8Array): boolean {
    const manifest = parseManifest(bytes);
    if (!manifest.ok) return false;
    for (const {digest} of manifest.value.entries) this.objects.add(digest);
    for (const {digest} of packsOf(manifest.value).packs) this.packs.add(digest);
    return true;
  }

  /** Undefined for one that is damaged, or too large for a document: it is kept, and names nothing. */
  async #read(digest: Digest, limit: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#store.artifacts.read(digest, limit);
    } catch (error) {
      const isItsOwn =
        error instanceof StoreError && ['corrupt', 'malformed', 'missing'].includes(error.code);
      if (isItsOwn) return undefined;
      throw error;
    }
  }
}

const AT_A_TIME = 8;
const DOCUMENT_BYTES = 64 * 2 ** 20;
const OPENING = '{'.charCodeAt(0);
const TREE = '{"entries":[';
export const PEEK_BYTES = TREE.length;

function digestsIn(text: string): readonly Digest[] {
  const found: readonly string[] = text.match(/sha256:[0-9a-f]{64}/g) ?? [];
  return found.filter(isDigest);
}
