import type {Json} from '../../schemas/canonical-json.ts';
import type {ParamSpec} from '../../schemas/param.ts';
import type {LoadedDocument, LocatedEntry} from '../load/load-document.ts';
import type {Problem, Problems} from '../load/problems.ts';
import {childOf, entriesOf, holdsRefused, spanAt} from '../load/yaml-node.ts';
import {objectionTo, typeNoun} from './param-value.ts';

/** The pipeline's own params, checked; undefined for one that is wrong, and reported. */
export function pipelineParams(
  {params, root}: LoadedDocument,
  problems: Problems,
): Map<string, Json | undefined> {
  const values = new Map<string, Json | undefined>();
  const keys = entriesOf(root.entries.get('params')?.value);
  for (const [name, located] of params.entries) {
    const isRefused = holdsRefused(childOf(located.node, 'default'));
    const objection = isRefused ? undefined : objectionToParam(name, located);
    if (objection) problems.report({at: keys.get(name)?.key, ...objection});
    values.set(name, objection || isRefused ? undefined : located.definition.default);
  }
  return values;
}

function objectionToParam(name: string, {definition, node}: LocatedEntry<ParamSpec>): Problem | undefined {
  const at = spanAt(node, ['default']);
  if (definition.default === undefined) {
    const help = `give it with -p ${name}=…, in a profile, or with \`default\``;
    return {
      code: 'missing-param',
      message: `param "${name}" has no value: it takes ${typeNoun(definition)}`,
      help,
    };
  }
  if (childOf(node, 'default')?.type === 'scalar' && /\$\{/.test(String(definition.default))) {
    const help = 'write the value: a param is where references lead, and has none of its own';
    return {code: 'bad-param', message: `param "${name}" can't be a reference`, at, help};
  }
  const objection = objectionTo(definition, definition.default, `param "${name}"`, childOf(node, 'default'));
  return objection && {...objection, at};
}
