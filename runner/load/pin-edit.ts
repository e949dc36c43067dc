import {createHash} from 'node:crypto';
import {err, ok, type Result} from '../../schemas/result.ts';
import {parseYaml} from './parse-yaml.ts';
import {collectProblems} from './problems.ts';
import type {TextFile, TextSpan} from './text-file.ts';
import type {YamlNode} from './yaml-node.ts';

/** A `sha256:` of a document that is to say something else from now on. */
export interface PinEdit {
  /** Where its value is written. */
  readonly at: TextSpan;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/**
 * A document's text with other pins and not one other character changed: comments, quotes, order and line ends stay.
 * What was written is read again, and must be the same document but for the pins.
 * @returns the place of a pin that is written in a way that can't be edited
 */
export function editPins(file: TextFile, edits: readonly PinEdit[]): Result<string, TextSpan> {
  const odd = edits.find(({at}) => !EDITABLE.test(file.text.slice(at.start, at.end)));
  if (odd !== undefined) return err(odd.at);
  const text = [...edits]
    .sort((a, b) => b.at.start - a.at.start)
    .reduce((written, {at, sha256}) => replaced(written, at, sha256), file.text);
  const pins = new Map(edits.map(({at, sha256}) => [at.start, sha256]));
  const [before, after] = [parsed(file), parsed({...file, text})];
  const isSame = before !== undefined && after !== undefined && isSameBut(before, after, pins);
  return isSame ? ok(text) : err(edits[0]?.at ?? {file, start: 0, end: 1});
}

/** On one line, as it is or in quotes. */
const EDITABLE = /^(["']?)(?:unpinned|[0-9a-f]{64})\1$/;

/** In quotes, always: 64 digits may look like a number. */
function replaced(text: string, {start, end}: TextSpan, sha256: string): string {
  const quote = text[start] === "'" ? "'" : '"';
  return `${text.slice(0, start)}${quote}${sha256}${quote}${text.slice(end)}`;
}

function parsed(file: TextFile): YamlNode | undefined {
  const problems = collectProblems(file.path);
  const node = parseYaml(file, problems);
  return problems.errors().length === 0 ? node : undefined;
}

/** `pins` by where the old value begins. */
function isSameBut(before: YamlNode, after: YamlNode, pins: ReadonlyMap<number, string>): boolean {
  if (before.type === 'scalar') {
    return after.type === 'scalar' && after.value === (pins.get(before.span.start) ?? before.value);
  }
  if (before.type === 'list') {
    if (after.type !== 'list' || before.items.length !== after.items.length) return false;
    return before.items.every(
      (item, at) => after.items[at] !== undefined && isSameBut(item, after.items[at], pins),
    );
  }
  if (after.type !== 'map' || before.entries.size !== after.entries.size) return false;
  const names = [...after.entries.keys()];
  return [...before.entries].every(([name, {value}], at) => {
    const other = after.entries.get(name)?.value;
    return names[at] === name && other !== undefined && isSameBut(value, other, pins);
  });
}

/** Bytes for a file whose text was changed: a byte order mark that it began with stays. */
export function encodeText(text: string, before: Uint8Array): Uint8Array {
  const hasMark = before[0] === 0xef && before[1] === 0xbb && before[2] === 0xbf;
  return Buffer.from(hasMark ? `\ufeff${text}` : text);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
