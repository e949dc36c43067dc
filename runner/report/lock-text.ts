import type {Artifact} from '../../schemas/artifact.ts';
import {type Digest, hexOf} from '../../schemas/digest.ts';
import type {SourceLocation} from '../../schemas/plan.ts';
import {unreachable} from '../../schemas/result.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import {strangerText} from './stranger-text.ts';
import type {Style} from './style.ts';

/** A source, and what pinning it as it is would trust. */
export interface LockableSource {
  readonly name: string;
  readonly kind: string;
  readonly location: SourceLocation;
  readonly artifact: Artifact;
  readonly notes: readonly string[];
  /** Its pin until now. */
  readonly before: Digest | undefined;
  /** Where the pin is written: `p.yaml:12`. */
  readonly place: string;
}

/** Everything that a reader needs to decide whether these are the bytes that are meant. */
export function lockableText(source: LockableSource, style: Style): string {
  const {name, kind, location, artifact, notes, before, place} = source;
  const rows: (readonly [string, string])[] = [
    ...placeRows(location),
    ['has', sizeText(artifact)],
    ...(before === undefined || before === artifact.digest ? [] : [['was', hexOf(before)] as const]),
    ['sha256', hexOf(artifact.digest)],
    ['pin in', place],
    ...notes.map((note) => ['note', note] as const),
  ];
  const lines = rows.map(([what, words]) => `    ${style.dim(what.padEnd(6))}  ${strangerText(words)}`);
  return joinLines([`${style.bold(name)} · ${kind}`, ...lines, '']);
}

function placeRows(location: SourceLocation): readonly (readonly [string, string])[] {
  switch (location.from) {
    case 'file':
      return [['file', location.path]];
    case 'https':
      return [['https', location.url]];
    case 's3':
      return [['s3', location.url]];
    case 'hf': {
      const {repository, revision, files} = location;
      const only = files === undefined ? [] : [['only', files.join(', ')] as const];
      return [['hf', repository], ['commit', revision], ...only];
    }
    case 'git':
      return [
        ['git', location.url],
        ['commit', location.commit],
      ];
    default:
      return unreachable(location);
  }
}

function sizeText(artifact: Artifact): string {
  const size = `${bytesText(artifact.size)} (${artifact.size} bytes)`;
  return artifact.type === 'blob' ? `one file, ${size}` : `${plural(artifact.files, 'file')}, ${size}`;
}
