import type {StageContract} from '../../schemas/stage-contract.ts';
import type {Problem} from '../load/problems.ts';
import {keySpanAt, type YamlNode} from '../load/yaml-node.ts';

/** What a contract says of its trace must be about params and outputs that it has. */
export function traceProblems({trace, params, outputs}: StageContract, root: YamlNode): Problem[] {
  if (trace === undefined) return [];
  const {steps, unless, model, boundaries} = trace;
  const mentions: readonly Mention[] = [
    {what: 'param', name: steps, at: ['steps']},
    ...Object.keys(unless ?? {}).map((name) => ({what: 'param', name, at: ['unless', name]}) as const),
    {what: 'output', name: model, at: ['model']},
    {what: 'output', name: boundaries?.output, at: ['boundaries', 'output']},
    {what: 'param', name: boundaries?.every, at: ['boundaries', 'every']},
  ];
  const declared = {param: Object.keys(params), output: Object.keys(outputs)};
  return mentions.flatMap(({what, name, at}) => {
    if (name === undefined || declared[what].includes(name)) return [];
    const message = `its trace is held against the ${what} \`${name}\`, which it does not declare`;
    const known = declared[what].join(', ');
    const help = known === '' ? `it declares no ${what}s` : `there are: ${known}`;
    return [{code: 'bad-contract', message, at: keySpanAt(root, ['trace', ...at]), help} as const];
  });
}

interface Mention {
  readonly what: 'param' | 'output';
  readonly name: string | undefined;
  readonly at: readonly string[];
}
