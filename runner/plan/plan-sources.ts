import {dirname, resolve} from 'node:path';
import {digestFromHex} from '../../schemas/digest.ts';
import {withoutSecrets} from '../../schemas/foreign-text.ts';
import type {SourceDefinition} from '../../schemas/pipeline.ts';
import type {PlannedSource, SourceLocation} from '../../schemas/plan.ts';
import type {FileReader} from '../load/file-reader.ts';
import type {LocatedEntry} from '../load/load-document.ts';
import type {Problem} from '../load/problems.ts';
import {positionOf} from '../load/text-file.ts';
import {entriesOf, spanAt} from '../load/yaml-node.ts';
import type {Planner} from './planner.ts';

export function planSources(planner: Planner, files: FileReader): Map<string, PlannedSource> {
  const sources = new Map<string, PlannedSource>();
  const keys = entriesOf(planner.document.root.entries.get('sources')?.value);
  for (const [name, located] of planner.document.sources.entries) {
    const location = locationOf(name, located, planner);
    if (!location) continue;
    const {kind, sha256} = located.definition;
    const digest = sha256 === 'unpinned' ? undefined : digestFromHex(sha256);
    const place = positionOf(keys.get(name)?.key ?? located.node.span);
    sources.set(name, {
      name,
      kind,
      type: typeOf(located.definition, location, files),
      digest,
      location,
      place,
    });
    for (const warning of warningsAbout(name, located, location, files)) {
      planner.problems.report({...warning, severity: 'warning'});
    }
  }
  return sources;
}

const FORMS = ['file', 'https', 'hf', 's3', 'git'] as const;
type Form = (typeof FORMS)[number];

function locationOf(name: string, {definition, node}: LocatedEntry<SourceDefinition>, planner: Planner) {
  const report = (problem: Problem, key?: string) =>
    void planner.problems.report({
      at: spanAt(planner.document.root, ['sources', name, ...(key ? [key] : [])]),
      ...problem,
    });
  const [form, ...others] = FORMS.filter((each) => definition[each] !== undefined);
  if (form === undefined || others.length > 0) return report(notOnePlace(name, form, others));
  const expected = wrongPlace(form, definition);
  if (expected) return report(expected, form);
  if (definition.files !== undefined && form !== 'hf') return report(misplacedFiles(name, form), 'files');
  for (const key of ['revision', 'commit'] as const) {
    const fits = (key === 'revision') === (form === 'hf') && (form === 'hf' || form === 'git');
    if (definition[key] !== undefined && !fits) return report(misplacedPin(name, key, form), key);
  }
  const from = dirname(node.span.file.path);
  return location(form, definition, from, (key) => report(missingPin(name, key, form)));
}

function location(
  form: Form,
  definition: SourceDefinition,
  from: string,
  reportMissing: (pin: string) => undefined,
): SourceLocation | undefined {
  const at = definition[form] ?? '';
  switch (form) {
    case 'file':
      return {from: 'file', path: resolve(from, at)};
    case 'https':
      return {from: 'https', url: at};
    case 's3':
      return {from: 's3', url: at};
    case 'hf':
      if (definition.revision === undefined) return reportMissing('revision');
      return {
        from: 'hf',
        repository: at,
        revision: definition.revision,
        ...(definition.files && {files: definition.files}),
      };
    case 'git':
      if (definition.commit === undefined) return reportMissing('commit');
      return {from: 'git', url: at, commit: definition.commit};
  }
}

/** No control, no backslash, no half of a character: what lies there becomes files, and its key a part of a URL. */
const S3_PART = String.raw`(?!\.{1,2}(?:/|$))[^/\\\p{Cc}\p{Cs}\u2028\u2029]+`;
const S3_PATTERN = new RegExp(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/${S3_PART})+/?$`, 'u');

const RULES: Readonly<Record<Form, {readonly pattern: RegExp; readonly help: string}>> = {
  file: {pattern: /^[^\0]+$/, help: 'write a path relative to this file'},
  https: {
    pattern: /^https:\/\/[a-z0-9.-]+(:[0-9]+)?\/[^\s#]*$/i,
    help: 'write https://host/path, without user name, blanks or #',
  },
  hf: {
    pattern: /^(?!(datasets|spaces)\/[^/]*$)(datasets\/)?[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/,
    help: 'write organisation/name as the hub calls it, without https://, or datasets/organisation/name',
  },
  s3: {
    pattern: S3_PATTERN,
    help: 'write s3://bucket/key as it is, without % escapes; its parts between single slashes, none of them . or ..',
  },
  git: {
    pattern: /^https:\/\/[a-z0-9.-]+(:[0-9]+)?\/[^\s#?]+$/i,
    help: 'write https://host/repository.git: over ssh a stranger could not fetch it',
  },
};

function wrongPlace(form: Form, definition: SourceDefinition): Problem | undefined {
  const {pattern, help} = RULES[form];
  const text = definition[form] ?? '';
  if (pattern.test(text)) return undefined;
  // A mistyped URL may have a password in it, and this goes to terminals and logs.
  const shown = form === 'file' ? text : withoutSecrets(text);
  return {code: 'bad-source', message: `\`${shown}\` is not a place to get a source from by ${form}`, help};
}

function notOnePlace(name: string, form: string | undefined, others: readonly string[]): Problem {
  const has =
    form === undefined ? 'says not where it is' : `has ${[form, ...others].join(' and ')}: one too many`;
  return {
    code: 'bad-source',
    message: `source "${name}" ${has}`,
    help: `give exactly one of: ${FORMS.join(', ')}`,
  };
}

function missingPin(name: string, key: string, form: string): Problem {
  const message = `source "${name}" is from ${form} and lacks \`${key}\``;
  return {code: 'bad-source', message, help: `add ${key}: the full commit, 40 hexadecimal digits`};
}

function misplacedPin(name: string, key: string, form: string): Problem {
  const message = `source "${name}" is from ${form}, which has no \`${key}\``;
  return {code: 'bad-source', message, help: 'remove the line: `sha256` pins it'};
}

function misplacedFiles(name: string, form: string): Problem {
  const message = `source "${name}" is from ${form}, which has no \`files\``;
  return {code: 'bad-source', message, help: 'remove it: only a repository of the hub is taken in part'};
}

function typeOf(definition: SourceDefinition, at: SourceLocation, files: FileReader): 'blob' | 'tree' {
  if (definition.type) return definition.type;
  if (at.from === 'hf' || at.from === 'git') return 'tree';
  if (at.from === 'file') return files.kindOf(at.path) === 'directory' ? 'tree' : 'blob';
  return at.url.endsWith('/') ? 'tree' : 'blob';
}

function warningsAbout(
  name: string,
  {definition, node}: LocatedEntry<SourceDefinition>,
  at: SourceLocation,
  files: FileReader,
) {
  const warnings: Problem[] = [];
  if (definition.sha256 === 'unpinned') {
    warnings.push({
      code: 'unpinned-source',
      message: `source "${name}" is not pinned: it can be planned, but not run`,
      at: spanAt(node, ['sha256']),
      help: '`repro lock` fetches it, shows what it is, and pins it',
    });
  }
  const secret = at.from === 'https' ? secretParameter(at.url) : undefined;
  if (secret !== undefined) {
    warnings.push({
      code: 'bad-source',
      message: `source "${name}" has something like a secret in its URL: ${secret}=…`,
      at: spanAt(node, ['https']),
      help: 'a pipeline is published with its run, and strangers fetch what it names: use a URL that is open to all',
    });
  }
  if (at.from === 'file' && files.kindOf(at.path) === 'missing') {
    warnings.push({
      code: 'missing-file',
      message: `source "${name}" is the file ${definition.file}, which is not there`,
      at: spanAt(node, ['file']),
      help: 'a path is relative to the file that names it; put it there before you run',
    });
  }
  return warnings;
}

function secretParameter(url: string): string | undefined {
  const names = [...new URL(url).searchParams.keys()];
  return names.find((name) =>
    /token|secret|signature|password|passwd|api-?_?key|^(sig|auth|key)$/i.test(name),
  );
}
