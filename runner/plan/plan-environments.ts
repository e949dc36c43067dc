import {dirname, resolve} from 'node:path';
import type {PlannedEnvironment} from '../../schemas/plan.ts';
import type {FileReader} from '../load/file-reader.ts';
import type {TextSpan} from '../load/text-file.ts';
import {childOf} from '../load/yaml-node.ts';
import {listed, suggestion} from '../words/suggest.ts';
import type {Planner, Reader} from './planner.ts';
import {constant} from './resolve.ts';
import type {StageInstance} from './scope.ts';

export function planEnvironments(planner: Planner, files: FileReader): Map<string, PlannedEnvironment> {
  const environments = new Map<string, PlannedEnvironment>();
  for (const [name, {definition, node}] of planner.document.environments.entries) {
    if (definition === 'host') {
      environments.set(name, {type: 'host'});
      continue;
    }
    const at = childOf(node, 'python', 'lock')?.span ?? node.span;
    const lock = resolve(dirname(at.file.path), definition.python.lock);
    environments.set(name, {type: 'python', lock, installer: definition.python.installer});
    if (files.kindOf(lock) === 'file') continue;
    planner.problems.report({
      code: 'missing-file',
      severity: 'warning',
      message: `environment "${name}" needs the lock file ${definition.python.lock}, which is not there`,
      at,
      help: 'create it, or choose another environment before you run',
    });
  }
  return environments;
}

/** The stage's own; else the only one there is, or the one called `default`. */
export function planEnvironmentName(planner: Planner, stage: StageInstance, reader: Reader): string {
  const {entries, broken} = planner.document.environments;
  const node = childOf(stage.entry.value, 'environment');
  const written = node && constant(planner, node, {scope: stage.scope, reader, where: 'as `environment`'});
  if (node && written === undefined) return '';
  const names = [...entries.keys()];
  const name = node ? String(written) : names.length === 1 ? names[0] : 'default';
  if (name !== undefined && (entries.has(name) || broken.has(name))) return name;
  if (broken.size > 0 && !node) return '';
  if (node) reportUnknown(planner, stage, {name: String(written), at: node.span}, names);
  else reportNone(planner, stage, names);
  return '';
}

function reportUnknown(
  planner: Planner,
  stage: StageInstance,
  {name, at}: {readonly name: string; readonly at: TextSpan},
  names: readonly string[],
): void {
  const message = `stage "${stage.written}" runs in \`${name}\`, which is not one of \`environments\``;
  const help = suggestion(name, names, 'declare it: environments: {NAME: host}');
  planner.problems.report({code: 'unknown-environment', message, at, help});
}

function reportNone(planner: Planner, stage: StageInstance, names: readonly string[]): void {
  const {root} = planner.document;
  if (names.length === 0) {
    planner.problems.report({
      code: 'unknown-environment',
      message: 'the pipeline declares no environment to run in',
      at: root.entries.get('stages')?.key,
      help: 'declare one: environments: {default: {python: {lock: FILE}}}, or {default: host}',
    });
    return;
  }
  planner.problems.report({
    code: 'ambiguous-environment',
    message: `stage "${stage.written}" does not say which environment it runs in`,
    at: stage.entry.key,
    help: `add environment: ${listed(names).replaceAll(', ', ' or ')}; or call one of them \`default\``,
  });
}
