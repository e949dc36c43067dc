import {err, ok, type Result} from '../../schemas/result.ts';
import {utf8Text} from '../../schemas/utf8.ts';

export interface LockFault {
  readonly code: 'unhashed-lock' | 'bad-lock';
  readonly line: number;
  readonly why: string;
  readonly help: string;
}

/** One logical line: what is written over several with `\` is one. */
export interface LockLine {
  /** The number of its first line. */
  readonly line: number;
  /** Without its comment; '' where there is nothing else. */
  readonly text: string;
  /** From its `#` on. */
  readonly comment?: string;
}

/**
 * A lock's text as logical lines. pip, uv and an editor must see the same lines in it as we do, so what any of
 * them takes for a line's end, or for another encoding, is refused.
 */
export function lockLines(bytes: Uint8Array): Result<readonly LockLine[], LockFault> {
  const text = utf8Text(bytes);
  if (text === undefined) return err(fault(1, 'it is not UTF-8'));
  if (text.startsWith('\uFEFF')) return err(fault(1, 'it starts with a byte order mark'));
  const physical = text.replaceAll('\r\n', '\n').split('\n');
  for (const [i, line] of physical.entries()) {
    const why = oddity(line, i);
    if (why !== undefined) return err(fault(i + 1, why));
  }
  return ok(joined(physical));
}

/** Line ends that are none here, and what nobody sees. */
const UNSEEN = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const ENCODING = /^\s*#.*coding[:=]\s*([-\w.]+)/;

function oddity(line: string, index: number): string | undefined {
  const odd = UNSEEN.exec(line)?.[0];
  if (odd !== undefined) {
    const code = odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `it has the character U+${code}, which some programs take for a line's end and nobody sees`;
  }
  const encoding = index < 2 ? ENCODING.exec(line)?.[1] : undefined;
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) return `it names the encoding ${encoding}`;
  const code = line.replace(/(^|[ \t]+)#.*$/, '');
  const foreign = /[^\t -~]/u.exec(code)?.[0];
  return foreign === undefined ? undefined : `${JSON.stringify(foreign)} can’t be part of a requirement`;
}

/** A comment ends a continued line, as it does for pip. */
function joined(physical: readonly string[]): readonly LockLine[] {
  const lines: LockLine[] = [];
  let parts: string[] = [];
  let line = 1;
  for (const [i, raw] of physical.entries()) {
    if (parts.length === 0) line = i + 1;
    const isComment = /^[ \t]*#/.test(raw);
    if (!isComment && raw.endsWith('\\') && i + 1 < physical.length) {
      parts.push(raw.slice(0, -1));
      continue;
    }
    lines.push(logical([...parts, isComment && parts.length > 0 ? ` ${raw}` : raw].join(''), line));
    parts = [];
  }
  return lines;
}

function logical(raw: string, line: number): LockLine {
  const comment = /(^|[ \t]+)#.*$/.exec(raw);
  if (comment === null) return {line, text: raw.trim()};
  return {line, text: raw.slice(0, comment.index).trim(), comment: comment[0].trim()};
}

function fault(line: number, why: string): LockFault {
  return {code: 'bad-lock', line, why, help: 'save it as plain UTF-8 text, one requirement a line'};
}
