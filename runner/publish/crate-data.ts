import type {Artifact} from '../../schemas/artifact.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import {fileNameOf, stageName} from '../../schemas/names.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {contentUri, type Entity, pathId} from './crate-entity.ts';
import type {PublishableRun} from './publishable.ts';

/** Larger artifacts are named in a crate, and not copied into it: `repro pull` gets them by their digest. */
const LARGEST_INCLUDED = 100 * 10 ** 6;

/** What stages took and gave, as a crate knows it. */
export interface CrateData {
  /** By digest: what is the same bytes is one entity. */
  readonly byDigest: ReadonlyMap<Digest, Entity>;
  /** To be laid down, by path. */
  readonly included: ReadonlyMap<string, Artifact>;
}

export function crateData(run: PublishableRun): CrateData {
  const byDigest = new Map<Digest, Entity>();
  const included = new Map<string, Artifact>();
  for (const [stage, receipt] of run.receipts) {
    for (const [name, artifact] of Object.entries(receipt.outputs)) {
      if (byDigest.has(artifact.digest)) continue;
      const path = `outputs/${crateFolderOf(stage)}/${name}${artifact.type === 'tree' ? '/' : ''}`;
      const isIncluded = artifact.size <= LARGEST_INCLUDED;
      if (isIncluded) included.set(path, artifact);
      const description = `Output ${name} of stage ${stage}.`;
      byDigest.set(
        artifact.digest,
        isIncluded
          ? inCrate(path, name, artifact, description)
          : elsewhere(artifact.digest, name, description),
      );
    }
  }
  for (const [stage, receipt] of run.receipts) {
    for (const {name, digest} of crateInputsOf(receipt)) {
      if (byDigest.has(digest)) continue;
      byDigest.set(
        digest,
        elsewhere(digest, name, `Input ${name} of stage ${stage}, from outside of this run.`),
      );
    }
  }
  return {byDigest, included};
}

function crateFolderOf(stage: string): string {
  return fileNameOf(stageName(stage));
}

/** With labels, where an input has many members. */
export function crateInputsOf({
  document,
}: Receipt): readonly {readonly name: string; readonly digest: Digest}[] {
  return Object.entries(document.inputs).flatMap(([name, input]) =>
    typeof input === 'string'
      ? [{name, digest: input}]
      : Object.values(input).map((digest) => ({name, digest})),
  );
}

function inCrate(path: string, name: string, artifact: Artifact, description: string): Entity {
  const common = {'@id': pathId(path), name, description, contentSize: String(artifact.size)};
  return artifact.type === 'tree'
    ? {...common, '@type': 'Dataset', identifier: artifact.digest}
    : {
        ...common,
        '@type': 'File',
        sha256: hexOf(artifact.digest),
        encodingFormat: 'application/octet-stream',
      };
}

function elsewhere(digest: Digest, name: string, description: string): Entity {
  return {'@id': contentUri(digest), '@type': 'CreativeWork', name, description, identifier: digest};
}
