import type {Json} from '../../schemas/canonical-json.ts';
import type {SchemaIssue} from '../../schemas/check.ts';
import {closest, listed} from '../words/suggest.ts';
import type {Problem} from './problems.ts';
import {childOf, keySpanAt, spanAt, toJson, writtenText, type YamlNode} from './yaml-node.ts';

/** A schema's issue as a problem with a place. `prefix` leads from `root` to what was checked. */
export function issueProblem(issue: SchemaIssue, root: YamlNode, prefix: readonly string[]): Problem {
  const path = [...prefix, ...issue.path];
  const key = `\`${path.at(-1) ?? ''}\``;
  const owner = path.length > 1 ? `\`${pathText(path.slice(0, -1))}\`` : 'the document';
  switch (issue.problem) {
    case 'missing':
      return {
        code: 'missing-key',
        message: `${key} is missing from ${owner}`,
        at: path.length > 1 ? spanAt(root, path) : {...root.span, end: root.span.start + 1},
        help: `add ${key}: ${plain(issue.expected).replace('expected ', '')}`,
      };
    case 'unknown-key':
      return {
        code: 'unknown-key',
        message: `${key} is not a key of ${owner}`,
        at: keySpanAt(root, path),
        help: keyHelp(String(path.at(-1)), issue.allowed),
      };
    case 'bad-key':
      return {
        code: 'bad-name',
        message: `${key} can't be a name`,
        at: keySpanAt(root, path),
        help: issue.expected,
      };
    case 'wrong-shape':
      return wrongShape(issue, root, path);
  }
}

function keyHelp(key: string, allowed: readonly string[]): string {
  const near = closest(key, allowed);
  return near === undefined ? `the keys are: ${listed(allowed, 20)}` : `did you mean \`${near}\`?`;
}

function wrongShape(issue: SchemaIssue, root: YamlNode, path: readonly (string | number)[]): Problem {
  const node = childOf(root, ...path);
  const found = node ? toJson(node) : null;
  const subject = path.length > 0 ? `\`${pathText(path)}\`` : 'the document';
  const expected = plain(issue.expected);
  return {
    code: 'wrong-shape',
    message:
      found === null
        ? `${subject} is empty`
        : `${subject} can't be ${describeJson(found, writtenText(node))}`,
    at: spanAt(root, path),
    help: `${expected}${quotingHelp(expected, found, writtenText(node))}`,
  };
}

/** The library's own words, for the few schemas that don't bring theirs. */
function plain(expected: string): string {
  if (expected.startsWith('expected ')) return expected;
  const [, type] = /expected (\w+)/.exec(expected) ?? [];
  return type ? `expected ${NOUNS[type] ?? type}` : 'expected something else';
}

const NOUNS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
};

function quotingHelp(expected: string, found: Json, written: string | undefined): string {
  if (/^expected (text|a name)/.test(expected) && (typeof found === 'number' || typeof found === 'boolean')) {
    return `: put it in quotes, "${written ?? found}"`;
  }
  if (expected.includes('true or false') && typeof found === 'string' && /^(yes|no|on|off)$/i.test(found)) {
    return `: write ${/^(yes|on)$/i.test(found) ? 'true' : 'false'}, since ${found} is text in YAML 1.2`;
  }
  return '';
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
}

/** A value in a few words: `the text "abc"`, `a list`, `3`; a number as it is written, where that is known. */
export function describeJson(value: Json, written?: string): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value)}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  return written ?? `${value}`;
}
