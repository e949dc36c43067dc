import {mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ArtifactStore} from '../../artifacts/store.ts';
import {materialise} from '../../artifacts/trees/materialise.ts';
import type {Artifact} from '../../schemas/artifact.ts';

/** What an export consists of, by path in its folder. */
export interface ExportFiles {
  readonly documents: ReadonlyMap<string, string>;
  readonly artifacts: ReadonlyMap<string, Artifact>;
}

/**
 * Writes an export into a folder that is not there yet: under another name until it is whole. Files are copies, so
 * that whoever edits them edits nothing of the store.
 */
export async function writeExport(
  {documents, artifacts}: ExportFiles,
  folder: string,
  store: ArtifactStore,
): Promise<void> {
  const growing = `${folder}.partial`;
  rmSync(growing, {recursive: true, force: true});
  mkdirSync(growing, {recursive: true});
  for (const [path, text] of documents) {
    mkdirSync(dirname(join(growing, path)), {recursive: true});
    writeFileSync(join(growing, path), text);
  }
  for (const [path, artifact] of artifacts) {
    const destination = join(growing, path.replace(/\/$/, ''));
    mkdirSync(dirname(destination), {recursive: true});
    await materialise(store, artifact, destination, {link: false});
  }
  renameSync(growing, folder);
}
