import {existsSync} from 'node:fs';
import type {StatIndex} from '../../artifacts/files/stat-index.ts';
import {describeIngestFailure} from '../../artifacts/ingest-failure.ts';
import {StoreError} from '../../artifacts/store-error.ts';
import {digestTree} from '../../artifacts/trees/digest-tree.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {PlannedSource} from '../../schemas/plan.ts';
import {err, ok, type Result} from '../../schemas/result.ts';

export type CheckedSource =
  /** It is on this machine and is what the pin says. */
  | {readonly state: 'here'; readonly artifact: Artifact}
  /** It must come from the store or from where it is published; the pin is its identity until then. */
  | {readonly state: 'elsewhere'; readonly digest: Digest};

/**
 * Holds a source against its pin, without fetching anything. A file that is there must be the pinned bytes;
 * an unpinned source never runs, since nobody could say later what was trained on.
 */
export function checkSource(source: PlannedSource, index: StatIndex): Result<CheckedSource, Diagnostic> {
  const {digest, location} = source;
  if (location.from !== 'file')
    return digest === undefined ? err(unpinned(source)) : ok({state: 'elsewhere', digest});
  if (!existsSync(location.path)) {
    return digest === undefined ? err(absent(source, location.path)) : ok({state: 'elsewhere', digest});
  }
  const found = artifactAt(source, location.path, index);
  if (!found.ok) return err(unusable(source, found.error));
  if (digest === undefined) return err(unpinned(source, found.value.digest));
  if (found.value.digest !== digest) return err(otherBytes(source, found.value.digest));
  return ok({state: 'here', artifact: found.value});
}

/** What a file or folder of this machine is. */
export function artifactAt(source: PlannedSource, path: string, index: StatIndex): Result<Artifact, string> {
  if (source.type === 'tree') {
    const tree = digestTree(path, {index});
    return tree.ok ? ok(tree.value.artifact) : err(describeIngestFailure(tree.error));
  }
  try {
    const {digest, size} = index.digest(path);
    return ok({type: 'blob', digest, size});
  } catch (error) {
    if (error instanceof StoreError) return err(error.message);
    throw error;
  }
}

function unpinned(source: PlannedSource, found?: Digest): Diagnostic {
  return {
    severity: 'error',
    code: 'unpinned-source',
    message: `source "${source.name}" is unpinned, and an unpinned source never runs`,
    place: source.place,
    help:
      found === undefined
        ? '`repro lock` fetches it, shows what it is, and pins it'
        : `what is there now has \`sha256: ${found.slice('sha256:'.length)}\`; write that if it is what you mean`,
  };
}

function absent(source: PlannedSource, path: string): Diagnostic {
  return {
    severity: 'error',
    code: 'missing-source',
    message: `source "${source.name}" does not exist: ${path}`,
    place: source.place,
    help: 'paths are relative to the pipeline file',
  };
}

function unusable(source: PlannedSource, why: string): Diagnostic {
  return {
    severity: 'error',
    code: 'unusable-source',
    message: `source "${source.name}": ${why}`,
    place: source.place,
  };
}

function otherBytes(source: PlannedSource, found: Digest): Diagnostic {
  return {
    severity: 'error',
    code: 'changed-source',
    message: `source "${source.name}" is not the bytes that its pin names`,
    place: source.place,
    help: `what is there has \`sha256: ${found.slice('sha256:'.length)}\`: restore the file, or change the pin if you mean the new bytes`,
  };
}
