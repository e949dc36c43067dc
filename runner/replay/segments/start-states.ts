import {join} from 'node:path';
import type {ArtifactStore} from '../../../artifacts/store.ts';
import {encodeManifest, manifestOf, treeOf} from '../../../artifacts/trees/manifest.ts';
import type {TreeArtifact, TreeEntry} from '../../../schemas/artifact.ts';
import type {Segment} from '../../../schemas/segments.ts';
import {statePath} from '../../compare/trace/state-document.ts';
import {COMPLETIONS, readState, tensorPaths} from './published-states.ts';

/**
 * Of the published states those that these segments start from, and nothing else: what an audit does not need is not
 * fetched, and the program that is put to the test never sees the state that it is to arrive at, unless the next
 * segment starts there. With `completions` the rollouts' token ids are there, too.
 */
export async function startsOf(
  segments: readonly Segment[],
  entries: ReadonlyMap<string, TreeEntry>,
  {store, folder, completions}: StartsContext,
): Promise<TreeArtifact | undefined> {
  const paths = new Set<string>(completions ? [COMPLETIONS] : []);
  for (const {after} of segments) {
    if (after === 0) continue;
    const state = await readState(after, entries, store);
    if (!state.ok) throw new Error(`the state after step ${after} ${state.error}`);
    for (const path of [statePath(after), ...tensorPaths(state.value)]) paths.add(path);
  }
  const chosen = [...paths].flatMap((path) => entries.get(path) ?? []);
  if (chosen.length === 0) return undefined;
  // In a store a manifest comes after its files.
  await bring(chosen, store, folder);
  const manifest = manifestOf(chosen);
  await store.write(encodeManifest(manifest));
  return treeOf(manifest);
}

export interface StartsContext {
  readonly store: ArtifactStore;
  /** Empty, and for this alone. */
  readonly folder: string;
  readonly completions: boolean;
}

async function bring(entries: readonly TreeEntry[], store: ArtifactStore, folder: string): Promise<void> {
  const digests = [...new Set(entries.map(({digest}) => digest))];
  await store.place(
    digests.map((digest, index) => ({
      digest,
      destination: join(folder, String(index)),
      executable: false,
      link: true,
    })),
  );
}
