import type {Digest} from '../../schemas/digest.ts';
import {shortDigest} from '../../schemas/digest.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

export interface PublishingText {
  readonly name: string;
  readonly run: Digest;
  readonly stages: number;
  readonly to: string;
  readonly signer: {readonly name: string; readonly text: string};
}

/** What is about to happen. */
export function publishingText({name, run, stages, to, signer}: PublishingText, style: Style): string {
  return joinLines([
    `${style.bold(name)} · run ${shortDigest(run)} · ${plural(stages, 'stage')} · to ${to}`,
    style.dim(`signed with ${signer.name}, ${signer.text}`),
    '',
  ]);
}

export interface SearchedText {
  readonly files: number;
  readonly bytes: number;
  readonly secrets: number;
  readonly tokens: number;
  readonly allowed: number;
}

export function searchedText({files, bytes, secrets, tokens, allowed}: SearchedText): string {
  const found = allowed === 0 ? 'none found' : `${plural(allowed, 'finding')} allowed`;
  const what = `${plural(secrets, 'secret')} of yours and ${plural(tokens, 'sort')} of tokens`;
  return `searched ${plural(files, 'file')}, ${bytesText(bytes)}, for ${what}: ${found}\n`;
}

export function sentText({
  sent,
  bytes,
  present,
}: {
  readonly sent: number;
  readonly bytes: number;
  readonly present: number;
}): string {
  const there = present === 0 ? '' : `; ${present} ${present === 1 ? 'was' : 'were'} there`;
  return `sent ${plural(sent, 'object')}, ${bytesText(bytes)}${there}\n`;
}

export interface PublishedText {
  readonly name: string;
  readonly sequence: number;
  readonly publication: Digest;
  readonly again: boolean;
  readonly url: string;
  readonly key: string;
}

/** Ends with the one line that a colleague needs. */
export function publishedText(published: PublishedText, style: Style): string {
  const {name, sequence, publication, again} = published;
  const place = `number ${sequence} of ${name}`;
  const done = again ? `published already, as ${place}` : style.green(`published as ${place}`);
  return joinLines([
    '',
    `${done}, ${publication}`,
    '',
    'Send this line to whoever should check it:',
    '',
    `  ${auditLine(published)}`,
    '',
  ]);
}

function auditLine({url, key}: {readonly url: string; readonly key: string}): string {
  return `repro audit ${quoted(url)} --key ${quoted(key)}`;
}

/** As a shell reads one word. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
