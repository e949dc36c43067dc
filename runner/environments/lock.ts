import {err, ok, type Result} from '../../schemas/result.ts';
import {type LockFault, type LockLine, lockLines} from './lock-lines.ts';

/**
 * What a lock says: which packages, each pinned to its bytes. pip never reads a stranger's text; it gets what was
 * understood here, and what is not understood is refused.
 */
export interface Lock {
  readonly requirements: readonly Requirement[];
  /** Where its author's packages come from. They choose no bytes: every file is pinned by hash. */
  readonly indexes: readonly IndexOption[];
}

export interface Requirement {
  /** Normalised: `a-b` of `A_b`. */
  readonly name: string;
  readonly line: number;
  readonly from:
    | {readonly by: 'version'; readonly equals: '==' | '==='; readonly version: string}
    | {readonly by: 'url'; readonly url: string};
  /** As written; the target's Python decides. */
  readonly marker: string | undefined;
  /** SHA-256, hex: any of them. */
  readonly hashes: readonly string[];
  /** Needed to build others: installed before them. */
  readonly isTool: boolean;
  /** A comment above it names a source package: it is built, which runs its code. */
  readonly isSaidToBeSource: boolean;
}

export interface IndexOption {
  readonly option: '--index-url' | '--extra-index-url' | '--find-links' | '--trusted-host' | '--no-index';
  readonly value: string;
  readonly line: number;
}

type Parsed<T> = Result<T, LockFault>;

/** Some packages exist as source only; a lock names what builds them above this line. */
const TOOLS_ABOVE = '# repro: build tools above';

export function parseLock(bytes: Uint8Array): Parsed<Lock> {
  const lines = lockLines(bytes);
  if (!lines.ok) return lines;
  const toolsEnd = lines.value.findIndex(({comment}) => comment?.startsWith(TOOLS_ABOVE));
  const requirements: Requirement[] = [];
  const indexes: IndexOption[] = [];
  let comments: string[] = [];
  for (const [i, line] of lines.value.entries()) {
    if (line.comment !== undefined) comments.push(line.comment);
    if (line.text === '') {
      // A blank line ends a block of comments: what is above it is about something else.
      if (line.comment === undefined) comments = [];
      continue;
    }
    if (line.text.startsWith('-')) {
      const options = parseOptions(line);
      if (!options.ok) return options;
      indexes.push(...options.value);
    } else {
      const parsed = parseRequirement(line, {isTool: i < toolsEnd, comments});
      if (!parsed.ok) return parsed;
      requirements.push(parsed.value);
    }
    comments = [];
  }
  const twice = namedTwice(requirements);
  return twice === undefined ? ok({requirements, indexes}) : err(twice);
}

const INDEX_OPTIONS: Readonly<Record<string, IndexOption['option']>> = {
  '-i': '--index-url',
  '--index-url': '--index-url',
  '--pypi-url': '--index-url',
  '--extra-index-url': '--extra-index-url',
  '-f': '--find-links',
  '--find-links': '--find-links',
  '--trusted-host': '--trusted-host',
};

/** Of a lock in which every file is pinned these say nothing more. */
const SAYS_NOTHING: Readonly<Record<string, 'alone' | 'with a value'>> = {
  '--require-hashes': 'alone',
  '--pre': 'alone',
  '--prefer-binary': 'alone',
  '--only-binary': 'with a value',
};

function parseOptions({text, line}: LockLine): Parsed<readonly IndexOption[]> {
  const words = text.split(/[ \t]+/).flatMap((word) => {
    const [name, ...value] = word.startsWith('--') ? word.split('=') : [word];
    return value.length === 0 ? [word] : [name ?? '', value.join('=')];
  });
  const found: IndexOption[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const option = INDEX_OPTIONS[word];
    if (word === '--no-index') {
      found.push({option: word, value: '', line});
    } else if (option !== undefined || SAYS_NOTHING[word] === 'with a value') {
      const value = words.shift();
      if (value === undefined || value === '' || /["'$\\]/.test(value)) return err(oddValue(word, line));
      if (option !== undefined) found.push({option, value, line});
    } else if (SAYS_NOTHING[word] === undefined) {
      return err(refusedOption(word, line));
    }
  }
  return ok(found);
}

const NAME = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:[ \t]*\[[A-Za-z0-9._, -]*\])?[ \t]*/;
const PIN = /^(===?)[ \t]*([A-Za-z0-9][A-Za-z0-9._!+-]*)[ \t]*(?:;(.*))?$/;
const URL_PIN = /^@[ \t]*((?:https?|file):\/\/[^\s;"'\\$<>`]+)[ \t]*(?:[ \t];(.*))?$/;
const MARKER = /^[\w .'"<>=!()~+-]+$/;
const SHA256 = /^--hash=sha256:([0-9a-f]{64})$/;

function parseRequirement(
  {text, line}: LockLine,
  {isTool, comments}: {readonly isTool: boolean; readonly comments: readonly string[]},
): Parsed<Requirement> {
  const start = text.search(/(^|[ \t])--/);
  const spec = (start < 0 ? text : text.slice(0, start)).trim();
  const options =
    start < 0
      ? []
      : text
          .slice(start)
          .trim()
          .split(/[ \t]+/);
  const [whole, written = ''] = NAME.exec(spec) ?? [];
  if (whole === undefined) return err(notPinned(spec, line));
  const [, equals, version, pinMarker] = PIN.exec(spec.slice(whole.length)) ?? [];
  const [, url, urlMarker] = URL_PIN.exec(spec.slice(whole.length)) ?? [];
  if (version === undefined && url === undefined) return err(notPinned(spec, line));
  const hashes: string[] = [];
  for (const option of options) {
    const hash = SHA256.exec(option)?.[1];
    if (hash === undefined) return err(notAHash(option, line));
    hashes.push(hash);
  }
  if (hashes.length === 0) return err(unhashed(line));
  const marker = (pinMarker ?? urlMarker)?.trim();
  if (marker !== undefined && !MARKER.test(marker)) return err(notPinned(spec, line));
  const name = normalised(written);
  const from =
    url === undefined
      ? {
          by: 'version' as const,
          equals: equals === '===' ? ('===' as const) : ('==' as const),
          version: version ?? '',
        }
      : {by: 'url' as const, url};
  const isSaidToBeSource = comments.some((comment) => namesSource(comment, name)) || isSourceFile(url ?? '');
  return ok({name, line, from, marker, hashes, isTool, isSaidToBeSource});
}

/** As in package indexes: one name for all spellings. */
export function normalised(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}

function isSourceFile(file: string): boolean {
  return /\.(tar\.gz|tgz|zip|tar\.bz2|tar\.xz)$/i.test(file);
}

/** `#   cellpylib-2.4.0.tar.gz`, as lock.py writes. */
function namesSource(comment: string, name: string): boolean {
  const file = comment.replace(/^#\s*/, '').trim();
  const end = file.lastIndexOf('-');
  return isSourceFile(file) && !/\s/.test(file) && end > 0 && normalised(file.slice(0, end)) === name;
}

function namedTwice(requirements: readonly Requirement[]): LockFault | undefined {
  const seen = new Map<string, Requirement>();
  for (const requirement of requirements) {
    const first = seen.get(requirement.name);
    if (first !== undefined && (first.marker === undefined || requirement.marker === undefined)) {
      const why = `${requirement.name} is already named in line ${first.line}`;
      return bad(requirement.line, why, 'keep one of them, or tell them apart by markers');
    }
    seen.set(requirement.name, requirement);
  }
  return undefined;
}

function bad(line: number, why: string, help: string): LockFault {
  return {code: 'bad-lock', line, why, help};
}

const WITH_HASHES =
  'write the lock with hashes: `pip-compile --generate-hashes` or `uv export --format requirements-txt`';

function unhashed(line: number): LockFault {
  const why = 'this requirement has no --hash, so the lock does not say which bytes to install';
  return {code: 'unhashed-lock', line, why, help: WITH_HASHES};
}

function notPinned(spec: string, line: number): LockFault {
  const why = `${JSON.stringify(spec)} is not one package with one version`;
  return bad(
    line,
    why,
    'write NAME==VERSION --hash=sha256:…, one a line; NAME @ https://… or file:///… names a file',
  );
}

function notAHash(option: string, line: number): LockFault {
  const why = `${JSON.stringify(option)} is no --hash=sha256: and 64 hex digits in lower case`;
  return bad(
    line,
    why,
    'a requirement may have hashes and nothing else; name a comment with a blank before its #',
  );
}

function refusedOption(option: string, line: number): LockFault {
  const why = `a lock may not say ${JSON.stringify(option)}: it could change what is installed, beside the hashes`;
  const help =
    option === '--no-binary'
      ? 'take it out: where a lock names the hash of a source package only, that is built'
      : 'take it out; what another file pins belongs into this one';
  return bad(line, why, help);
}

function oddValue(option: string, line: number): LockFault {
  return bad(
    line,
    `${option} needs one value, without quotes, variables or backslashes`,
    'an index of yours belongs into your pip.conf or PIP_INDEX_URL, not into a lock',
  );
}
