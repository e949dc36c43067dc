import type {Artifact, TreeArtifact} from '../../schemas/artifact.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {StoreError} from '../store-error.ts';
import {bringSorted} from './bring.ts';
import {intoStore} from './into-store.ts';
import type {WantedObject, WantedOfPack} from './object-supply.ts';
import type {RemoteStore} from './open-remote.ts';
import {type Packing, packsOf} from './packs.ts';
import {readTree} from './read-tree.ts';
import {type TransferOptions, TransferTally} from './transfer.ts';

export interface Pulled {
  /** Objects that were not there. */
  readonly fetched: number;
  readonly bytes: number;
  /** What the remote store does not have, or has damaged. Everything else is in the local store. */
  readonly troubles: readonly StoreError[];
}

/**
 * Artifacts of a bucket into a local store: what it lacks. Everything is hashed as it comes, and has its name only
 * when it is right and on the disk; a tree's manifest comes after its files. Large objects that break off are gone
 * on with, by this process or the next.
 */
export async function pullArtifacts(
  remote: RemoteStore,
  local: OpenStore,
  artifacts: Iterable<Artifact>,
  options: TransferOptions = {},
): Promise<Pulled> {
  const pulling = new Pulling(remote, local, options);
  const blobs: WantedObject[] = [];
  const trees = new Map<string, TreeArtifact>();
  for (const artifact of artifacts) {
    if (artifact.type === 'blob') blobs.push(artifact);
    else trees.set(artifact.digest, artifact);
  }
  await pulling.objects([], blobs);
  for (const tree of trees.values()) await pulling.tree(tree);
  return pulling.report();
}

class Pulling {
  readonly #remote: RemoteStore;
  readonly #local: OpenStore;
  readonly #options: TransferOptions;
  readonly #tally: TransferTally;
  readonly #troubles: StoreError[] = [];
  #fetched = 0;
  #bytes = 0;

  constructor(remote: RemoteStore, local: OpenStore, options: TransferOptions) {
    this.#remote = remote;
    this.#local = local;
    this.#options = options;
    this.#tally = new TransferTally(options);
  }

  report(): Pulled {
    return {fetched: this.#fetched, bytes: this.#bytes, troubles: this.#troubles};
  }

  async tree(tree: TreeArtifact): Promise<void> {
    const {artifacts} = this.#local;
    try {
      const here = (await artifacts.missing([tree.digest])).size === 0;
      const {bytes, manifest} = await readTree(here ? artifacts : this.#remote.artifacts, tree.digest);
      const complete = await this.#contents(packsOf(manifest));
      if (here || !complete) return;
      await artifacts.write(bytes);
      this.#fetched++;
      this.#bytes += bytes.length;
    } catch (error) {
      if (!(error instanceof StoreError) || !ABOUT_THE_TREE.has(error.code)) throw error;
      this.#troubles.push(error);
    }
  }

  async #contents({packs, loose}: Packing): Promise<boolean> {
    const before = this.#troubles.length;
    const wanted = packs.map((pack) => ({pack, members: () => this.#lacking(pack.members)}));
    const members = packs.reduce((sum, pack) => sum + pack.members.length, 0);
    const size = packs.reduce((sum, pack) => sum + pack.size, 0);
    this.#tally.expect(members, size);
    await this.objects(wanted, loose);
    return this.#troubles.length === before;
  }

  async objects(packs: readonly WantedOfPack[], single: readonly WantedObject[]): Promise<void> {
    this.#tally.expect(
      single.length,
      single.reduce((sum, {size = 0}) => sum + size, 0),
    );
    const origin = this.#remote.artifacts.origin({
      signal: this.#options.signal,
      onBytes: (bytes) => {
        this.#bytes += bytes;
        this.#tally.moved(bytes);
      },
    });
    const onObject = () => {
      this.#fetched++;
      this.#tally.done();
    };
    const lacking = await this.#lacking(single);
    const troubles = await intoStore(this.#local, onObject, (sink) =>
      bringSorted(origin, packs, lacking, sink),
    );
    this.#troubles.push(...troubles);
  }

  /** What is there already is done, as far as progress goes. */
  async #lacking<T extends WantedObject>(wanted: readonly T[]): Promise<readonly T[]> {
    const absent = await this.#local.artifacts.missing(wanted.map(({digest}) => digest));
    const lacking = wanted.filter(({digest}) => absent.has(digest));
    const size = (all: readonly T[]) => all.reduce((sum, each) => sum + (each.size ?? 0), 0);
    this.#tally.done(wanted.length - lacking.length);
    this.#tally.moved(size(wanted) - size(lacking));
    return lacking;
  }
}

/** One tree that can't be had is no reason to leave the others. */
const ABOUT_THE_TREE: ReadonlySet<string> = new Set(['missing', 'corrupt', 'malformed']);
