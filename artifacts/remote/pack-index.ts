import type {TreeManifest} from '../../schemas/artifact.ts';
import type {Digest} from '../../schemas/digest.ts';
import {type Pack, type PackMember, packsOf} from './packs.ts';

/** A file within a pack. */
export interface Packed {
  readonly pack: Pack;
  readonly member: PackMember;
}

/** In which packs files may lie, as far as the manifests that were read say. */
export class PackIndex {
  readonly #packs = new Map<Digest, Pack>();
  /** Mostly one; several where trees share files and not the packs. */
  readonly #files = new Map<Digest, Packed | readonly Packed[]>();
  readonly #sizes = new Map<Digest, number>();
  readonly #learnt = new WeakSet<TreeManifest>();

  learn(manifest: TreeManifest): void {
    if (this.#learnt.has(manifest)) return;
    this.#learnt.add(manifest);
    const {packs, loose} = packsOf(manifest);
    for (const {digest, size} of loose) this.#sizes.set(digest, size);
    for (const pack of packs) this.#add(pack);
  }

  /** Every pack that is known to hold a file, in the order they became known. */
  find(file: Digest): readonly Packed[] {
    const found = this.#files.get(file);
    if (found === undefined) return [];
    return 'pack' in found ? [found] : found;
  }

  /** As a manifest claims. */
  sizeOf(file: Digest): number | undefined {
    return this.find(file)[0]?.member.size ?? this.#sizes.get(file);
  }

  #add(pack: Pack): void {
    if (this.#packs.has(pack.digest)) return;
    this.#packs.set(pack.digest, pack);
    for (const member of pack.members) {
      const before = this.find(member.digest);
      const packed = {pack, member};
      this.#files.set(member.digest, before.length === 0 ? packed : [...before, packed]);
    }
  }
}
