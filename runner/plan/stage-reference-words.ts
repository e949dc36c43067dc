import type {Problem} from '../load/problems.ts';
import {closest, listed} from '../words/suggest.ts';
import {outputsOf, valuesOf} from './declared-outputs.ts';
import {ROOTS} from './reference-roots.ts';
import type {ChainInstance, Member, Scope, StageInstance} from './scope.ts';
import type {ReferencePart, TemplateReference} from './template.ts';

/** What is said of a reference that leads nowhere. */
export interface Misread {
  readonly reference: TemplateReference;
  /** Such as `stage "train"`. */
  readonly who: string;
}

/** With what there is instead, said under the caret. */
export type ProblemWithin = Problem & {readonly within: string};

export function noSuchStage({who, reference}: Misread, first: ReferencePart, scope: Scope): Problem {
  const names: string[] = [];
  for (let at: Scope | undefined = scope; at; at = at.parent)
    for (const name of at.members.keys()) names.push(name);
  const near = closest(first.name, [...names, ...ROOTS]);
  return {
    code: 'unknown-reference',
    message: `${who} reads \`${reference.text}\`, but there is no stage \`${first.name}\``,
    help: near
      ? `did you mean \`${reference.text.replace(first.name, near)}\`?`
      : `the stages here are: ${listed(names)}`,
  };
}

export function noSuchOutput(
  {who, reference}: Misread,
  stage: StageInstance,
  rest: readonly ReferencePart[],
): ProblemWithin {
  const outputs = [...outputsOf(stage).keys()];
  const values = [...valuesOf(stage).keys()].map((name) => `values.${name}`);
  const wanted = rest.map(({name}) => name).join('.');
  const near = closest(wanted, outputs) ?? closest(`values.${wanted}`, values) ?? closest(wanted, values);
  const gives = [...outputs, ...values];
  const stem = wanted === '' ? `${reference.text}.` : reference.text.slice(0, -wanted.length);
  const fallback = wanted === '' ? outputs[0] : undefined;
  const better = near ?? fallback;
  return {
    code: 'unknown-output',
    message: `${who} reads \`${reference.text}\`, which ${wanted === '' ? 'is a stage, not one of its outputs' : 'does not exist'}`,
    within: `${stage.written} gives: ${gives.length > 0 ? listed(gives) : 'nothing'}`,
    help: better === undefined ? 'read one that exists' : `did you mean \`${stem}${better}\`?`,
  };
}

export function noSuchRound(
  {who, reference}: Misread,
  chain: ChainInstance,
  name: string,
  exports: readonly string[],
): ProblemWithin {
  const count = chain.rounds.length;
  const isNumber = /^[0-9]+$/.test(name);
  const what = isNumber ? `is not a round: there are ${count}, from 1` : 'does not exist';
  return {
    code: 'unknown-output',
    message: `${who} reads \`${reference.text}\`, which ${what}`,
    within: `${chain.written} hands on: ${exports.length > 0 ? listed(exports) : 'nothing'}`,
    help: roundHelp(reference.text, chain, name, exports),
  };
}

function roundHelp(text: string, chain: ChainInstance, name: string, exports: readonly string[]): string {
  const count = `${chain.rounds.length}`;
  const [before = '', after = ''] = splitAt(text, name);
  if (/^[0-9]+$/.test(name)) return `did you mean \`${before}${count}${after}\`?`;
  if (chain.rounds[0]?.scope.members.has(name))
    return `say which round: \`${before}${count}.${name}${after}\``;
  const near = closest(name, exports);
  if (near !== undefined) return `did you mean \`${before}${near}${after}\`?`;
  return 'hand it on with `next`, or name a round and a stage in it';
}

/** Around the first segment after the chain's own that is called `name`. */
function splitAt(text: string, name: string): readonly [string, string] {
  const at = text.indexOf(`.${name}`) + 1;
  return [text.slice(0, at), text.slice(at + name.length)];
}

export function wrongLabels(member: Member, labels: readonly string[] | undefined): Problem {
  const names = [...member.instances.keys()];
  const full = (label: string) => `${member.name}[${label}]`;
  if (member.axes.length === 0) {
    return {
      code: 'unknown-reference',
      message: `\`${member.name}\` has no matrix`,
      help: `write \`${member.name}\` without [${labels?.join(',')}]`,
    };
  }
  if (!labels) {
    const help = `write ${listed([...names.slice(0, 3).map(full), full('*')])}`;
    return {
      code: 'unknown-reference',
      message: `\`${member.name}\` runs once per ${member.axes.join(' and ')}: say which`,
      help,
    };
  }
  const near = closest(labels.join(','), names) ?? names.find((name) => sameSet(name.split(','), labels));
  return {
    code: 'unknown-reference',
    message: `there is no \`${full(labels.join(','))}\`; labels stand in the order ${member.axes.join(', ')}`,
    help: near !== undefined ? `did you mean \`${full(near)}\`?` : `there are: ${listed(names.map(full))}`,
  };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}
