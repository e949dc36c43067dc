import {err, ok, type Result} from '../schemas/result.ts';

/**
 * What a path in a tree may be: the same on every file system, harmless on every one, and for people
 * what it looks like. A tree that one machine accepts is a tree that all accept.
 */
export type PathRule =
  | 'empty'
  | 'absolute'
  | 'dot component'
  | 'backslash or colon'
  | 'control character'
  | 'text direction character'
  | 'not NFC'
  | 'not Unicode'
  | 'component over 255 bytes'
  | 'over 1024 bytes'
  | 'deeper than 64'
  | 'trailing dot or space'
  | 'Windows device name'
  | 'reserved name';

export const LIMITS = {
  entries: 1_000_000,
  fileBytes: 2 ** 44,
  treeBytes: 2 ** 50,
  manifestBytes: 256 * 2 ** 20,
  pathBytes: 1024,
  componentBytes: 255,
  depth: 64,
} as const;

export function checkPath(path: string): Result<undefined, PathRule> {
  const rule =
    PLAIN.test(path) && path.length <= LIMITS.componentBytes ? ruleOfNames(path) : brokenRule(path);
  return rule === undefined ? ok(undefined) : err(rule);
}

/** Nearly all paths: nothing but these, so that only the rules about whole names are left to ask. */
const PLAIN = /^[A-Za-z0-9_+=@,-][A-Za-z0-9_+=@,.-]*(?:\/[A-Za-z0-9_+=@,-][A-Za-z0-9_+=@,.-]*){0,60}$/;

function brokenRule(path: string): PathRule | undefined {
  if (path === '') return 'empty';
  if (path.startsWith('/')) return 'absolute';
  // U+FFFD is what a name that isn't UTF-8 turns into when a directory is read.
  if (!path.isWellFormed() || path.includes('\ufffd')) return 'not Unicode';
  if (/[\\:]/.test(path)) return 'backslash or colon';
  if (/\p{Cc}/u.test(path)) return 'control character';
  if (/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/.test(path)) return 'text direction character';
  if (path.normalize('NFC') !== path) return 'not NFC';
  if (Buffer.byteLength(path) > LIMITS.pathBytes) return 'over 1024 bytes';
  return ruleOfNames(path);
}

function ruleOfNames(path: string): PathRule | undefined {
  const components = path.split('/');
  if (components.length > LIMITS.depth) return 'deeper than 64';
  for (const component of components) {
    const rule = ruleOfName(component);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function ruleOfName(name: string): PathRule | undefined {
  if (name === '') return 'empty';
  if (name === '.' || name === '..') return 'dot component';
  if (Buffer.byteLength(name) > LIMITS.componentBytes) return 'component over 255 bytes';
  if (/[. ]$/.test(name)) return 'trailing dot or space';
  if (DEVICE.test(name)) return 'Windows device name';
  if (RESERVED.has(foldCase(name))) return 'reserved name';
  return undefined;
}

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i;

/** A repository's or our own state: a tree that is laid down must not become one. */
const RESERVED = new Set(['.git', 'git~1', '.repro']);
/** HFS+ ignores these in names, so `.g\u200cit` is `.git` there. */
const IGNORABLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** What a file system that ignores case, Unicode forms and invisible characters may take for the same name. */
export function foldCase(text: string): string {
  return text.replace(IGNORABLE, '').normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
