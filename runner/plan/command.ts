import type {Json} from '../../schemas/canonical-json.ts';
import type {CommandElement, CommandPart, ParamBinding} from '../../schemas/plan.ts';
import type {StageContract} from '../../schemas/stage-contract.ts';
import type {Problem} from '../load/problems.ts';
import {childOf, type YamlNode} from '../load/yaml-node.ts';
import {suggestion} from '../words/suggest.ts';
import {paramText} from './number-text.ts';
import {referenceSpan} from './reference-span.ts';
import {parseTemplate, type TemplateReference} from './template.ts';

/** What is wrong with a contract's command, before any stage uses it. */
export function commandProblems(contract: StageContract, root: YamlNode): Problem[] {
  return contract.command.flatMap((element, i) => {
    const node = childOf(root, 'command', i) ?? root;
    const parts = parseTemplate(element);
    if ('type' in parts) {
      const help = `write \${params.x}, \${inputs.x}, \${outputs.x}, \${stage} or \${seed}`;
      return [
        {
          code: 'bad-reference',
          message: `\`${parts.text}\` ${parts.why}`,
          at: referenceSpan(node, parts.text),
          help,
        },
      ];
    }
    return parts.flatMap((part) => (part.type === 'text' ? [] : referenceProblems(part, contract, node)));
  });
}

function referenceProblems(reference: TemplateReference, contract: StageContract, node: YamlNode): Problem[] {
  const allowed = commandNames(contract);
  if (allowed.includes(reference.text)) return [];
  const message = `the command reads \`${reference.text}\`, which the contract does not declare`;
  const help = suggestion(reference.text, allowed);
  return [{code: 'bad-contract', message, at: referenceSpan(node, reference.text), help}];
}

function commandNames({params, inputs, outputs, seed}: StageContract): string[] {
  return [
    'stage',
    ...(seed ? ['seed'] : []),
    ...Object.keys(params).map((name) => `params.${name}`),
    ...Object.keys(inputs).map((name) => `inputs.${name}`),
    ...Object.keys(outputs).map((name) => `outputs.${name}`),
  ];
}

/** argv, with what stages compute left open. An element that is exactly one list becomes its items. */
export function planCommand(
  contract: StageContract,
  params: ReadonlyMap<string, ParamBinding>,
  seed: number | undefined,
): CommandElement[] {
  return contract.command.flatMap((element) => {
    const parts = parseTemplate(element);
    if ('type' in parts) return [];
    const [only] = parts;
    const list = parts.length === 1 && only?.type === 'reference' ? listOf(only, params) : undefined;
    if (list) return list.map((item) => [{type: 'text', text: paramText(item)} as const]);
    return [joined(parts.map((part) => (part.type === 'text' ? part : filled(part, params, seed))))];
  });
}

function listOf(
  reference: TemplateReference,
  params: ReadonlyMap<string, ParamBinding>,
): readonly Json[] | undefined {
  const [root, name] = reference.segments;
  const binding = root?.name === 'params' ? params.get(name?.name ?? '') : undefined;
  return binding?.from === 'literal' && Array.isArray(binding.value) ? binding.value : undefined;
}

function filled(
  reference: TemplateReference,
  params: ReadonlyMap<string, ParamBinding>,
  seed: number | undefined,
): CommandPart {
  const [root, {name} = {name: ''}] = reference.segments;
  if (root?.name === 'stage') return {type: 'text', text: 'stage'};
  if (root?.name === 'seed') return {type: 'text', text: `${seed ?? ''}`};
  if (root?.name !== 'params') return {type: 'text', text: `${root?.name}/${name}`};
  const binding = params.get(name);
  return binding?.from === 'literal'
    ? {type: 'text', text: paramText(binding.value)}
    : {type: 'param', param: name};
}

function joined(parts: readonly CommandPart[]): CommandPart[] {
  const merged: CommandPart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.type === 'text' && last?.type === 'text')
      merged[merged.length - 1] = {type: 'text', text: last.text + part.text};
    else merged.push(part);
  }
  return merged;
}
