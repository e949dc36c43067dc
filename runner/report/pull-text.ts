import type {Artifact} from '../../schemas/artifact.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import {strangerText} from './stranger-text.ts';
import type {Style} from './style.ts';

export interface PulledArtifact {
  readonly run: string;
  /** `rl.3.train.model` */
  readonly name: string;
  readonly artifact: Artifact;
  readonly path: string;
  /** Whose key vouches for it, and who chose that key. */
  readonly signed: string;
  /** What came over the network; the rest was here. */
  readonly fetched: number;
}

/** One line for what it is, one for where. */
export function pulledText(
  {run, name, artifact, path, signed, fetched}: PulledArtifact,
  style: Style,
): string {
  const files = artifact.type === 'tree' ? `${plural(artifact.files, 'file')}, ` : '';
  const came = fetched === 0 ? 'all of it was here' : `${bytesText(fetched)} fetched`;
  return joinLines([
    `${style.bold(strangerText(`${name} of ${run}`))}: ${files}${bytesText(artifact.size)}, every byte verified; ${came}`,
    `  ${strangerText(signed)}`,
    style.dim(`  ${artifact.digest}`),
    `  ${path}`,
    '',
  ]);
}
