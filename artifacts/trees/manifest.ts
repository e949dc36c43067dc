import type {TreeArtifact, TreeEntry, TreeManifest} from '../../schemas/artifact.ts';
import {byCodeUnit, canonicalJson} from '../../schemas/canonical-json.ts';
import {digestOfBytes} from '../hashing.ts';

/** A tree from its files, in any order. Two trees with the same files have the same manifest, so one digest. */
export function manifestOf(entries: readonly TreeEntry[]): TreeManifest {
  return {tree: 1, entries: [...entries].sort((a, b) => byCodeUnit(a.path, b.path))};
}

export function encodeManifest(manifest: TreeManifest): Buffer {
  return Buffer.from(canonicalJson(manifest));
}

export function treeOf(manifest: TreeManifest): TreeArtifact {
  return {
    type: 'tree',
    digest: digestOfBytes(encodeManifest(manifest)),
    size: manifest.entries.reduce((sum, entry) => sum + entry.size, 0),
    files: manifest.entries.length,
  };
}
