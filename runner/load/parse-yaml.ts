import {Composer, isMap, isPair, isScalar, isSeq, type Node, type YAMLError} from 'yaml';
import type {Problem, Problems} from './problems.ts';
import {scanYaml} from './scan-yaml.ts';
import type {TextFile, TextSpan} from './text-file.ts';
import type {MapEntry, ScalarNode, YamlNode} from './yaml-node.ts';
import {syntaxProblem} from './yaml-words.ts';

/** Text to values with places, by the rules in README.md; undefined when it can't be read at all. */
export function parseYaml(file: TextFile, problems: Problems): YamlNode | undefined {
  const tokens = scanYaml(file);
  if ('code' in tokens) {
    problems.report(tokens);
    return undefined;
  }
  const documents = [...new Composer(OPTIONS).compose(tokens, true, file.text.length)];
  const trouble = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  const [first] = trouble.sort((a, b) => a.pos[0] - b.pos[0]);
  if (first) problems.report(syntaxProblem(file, first satisfies YAMLError));
  else if (documents.length > 1) problems.report(secondDocument(file, documents[1]?.range?.[0] ?? 0));
  else return convert(documents[0]?.contents ?? null, wholeOf(file), {file, problems});
  return undefined;
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  stringKeys: true,
  // The library's own check is quadratic; `convertMap` does it.
  uniqueKeys: false,
  intAsBigInt: true,
  merge: false,
  prettyErrors: false,
} as const;

interface Context {
  readonly file: TextFile;
  readonly problems: Problems;
}

function convert(node: unknown, around: TextSpan, context: Context): YamlNode {
  const span = spanOf(node, around, context);
  if (isMap(node)) return {type: 'map', entries: convertMap(node.items, span, context), span};
  if (isSeq(node)) return {type: 'list', items: node.items.map((item) => convert(item, span, context)), span};
  return {type: 'scalar', ...(isScalar(node) ? scalarOf(node.value, span, context) : {value: null}), span};
}

function convertMap(items: readonly unknown[], around: TextSpan, context: Context): Map<string, MapEntry> {
  const entries = new Map<string, MapEntry>();
  for (const pair of items) {
    if (!isPair(pair)) continue;
    const span = spanOf(pair.key, around, context);
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const objection = forbiddenKey(key) ?? forbiddenText(key) ?? duplicateKey(key, entries.get(key));
    if (objection) context.problems.report({...objection, at: span});
    else entries.set(key, {key: span, value: convert(pair.value, span, context)});
  }
  return entries;
}

function forbiddenKey(key: string): Problem | undefined {
  if (key !== '__proto__' && key !== 'constructor' && key !== 'prototype') return undefined;
  return {code: 'forbidden-key', message: `\`${key}\` can't be a key`, help: 'choose another name'};
}

function duplicateKey(key: string, earlier: MapEntry | undefined): Problem | undefined {
  if (!earlier) return undefined;
  return {
    code: 'duplicate-key',
    message: `\`${key}\` is given twice in this map`,
    related: [{message: 'first given here', at: earlier.key}],
    help: 'remove one of the two',
  };
}

type Scalar = Pick<ScalarNode, 'value' | 'refused'>;

function scalarOf(value: unknown, at: TextSpan, {problems}: Context): Scalar {
  const refuse = (objection: Problem): Scalar => {
    problems.report({...objection, at});
    return {value: typeof value === 'string' ? value : 0, refused: true};
  };
  const written = at.file.text.slice(at.start, at.end);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? {value: number} : refuse(tooLarge(written));
  }
  if (typeof value === 'number') {
    const objection = changedNumber(value, written);
    return objection === undefined ? {value} : refuse(objection);
  }
  if (typeof value === 'boolean') return {value};
  if (typeof value !== 'string') return {value: null};
  const objection = forbiddenText(value);
  return objection === undefined ? {value} : refuse(objection);
}

/** What a double can't hold must not become another number: a rate of 1e-400 would be a rate of 0. */
function changedNumber(value: number, written: string): Problem | undefined {
  if (!Number.isFinite(value)) return notFinite(written);
  const digits = (written.split(/[eE]/)[0] ?? '').replace(/[-+]/, '');
  if (value === 0 && /[1-9]/.test(digits)) return tooSmall(written);
  const whole = /^(\d+)\.0*$/.exec(written.replace(/^[-+]/, ''))?.[1];
  return whole !== undefined && BigInt(whole) !== BigInt(Math.abs(value)) ? tooLarge(written) : undefined;
}

function tooSmall(written: string): Problem {
  return {
    code: 'number-range',
    message: `${written} is too small: it would be 0`,
    help: 'use 0, or a number of at least 5e-324',
  };
}

function tooLarge(written: string): Problem {
  return {
    code: 'number-range',
    message: `${written} is too large: whole numbers beyond 9007199254740991 lose digits`,
    help: `use a smaller number, or text in quotes: "${written}"`,
  };
}

function notFinite(written: string): Problem {
  return {
    code: 'number-range',
    message: `${written} is not a JSON number`,
    help: 'use a finite number, or text in quotes',
  };
}

/** Escapes can write what no program's arguments can carry, and no canonical JSON either. */
function forbiddenText(value: string): Problem | undefined {
  if (value.isWellFormed() && !value.includes('\0')) return undefined;
  const what = value.includes('\0') ? 'a NUL character' : 'half of a surrogate pair';
  return {code: 'control-character', message: `this text holds ${what}`, help: 'remove the escape'};
}

function spanOf(node: unknown, around: TextSpan, context: Context): TextSpan {
  const range = (node as Node | null | undefined)?.range;
  return range ? {file: context.file, start: range[0], end: range[1]} : around;
}

function wholeOf(file: TextFile): TextSpan {
  return {file, start: 0, end: file.text.length};
}

function secondDocument(file: TextFile, start: number): Problem {
  return {
    code: 'yaml-feature',
    message: 'a second document is not allowed here',
    at: {file, start, end: start + 1},
    help: 'keep one document a file',
  };
}
