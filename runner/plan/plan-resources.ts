import type {Json} from '../../schemas/canonical-json.ts';
import type {Resources} from '../../schemas/plan.ts';
import {describeJson} from '../load/issue-words.ts';
import {childOf} from '../load/yaml-node.ts';
import {parseBytes, parseSeconds} from './parse-quantity.ts';
import type {Planner, Reader} from './planner.ts';
import {constant} from './resolve.ts';
import type {StageInstance} from './scope.ts';

export function planResources(planner: Planner, stage: StageInstance, reader: Reader): Resources {
  const read = <T>(
    name: string,
    otherwise: T,
    parse: (value: Json) => T | undefined,
    expected: string,
  ): T => {
    const node = childOf(stage.entry.value, 'resources', name);
    const value = node && constant(planner, node, {scope: stage.scope, reader, where: `as \`${name}\``});
    if (node === undefined || value === undefined) return otherwise;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    const message = `${reader.who}: \`${name}\` is ${expected}, found ${describeJson(value)}`;
    planner.problems.report({code: 'bad-resource', message, at: node.span, help: EXAMPLES[name]});
    return otherwise;
  };
  return {
    cpus: read('cpus', 1, countFrom(1), 'a whole number from 1'),
    memory: read<number | undefined>('memory', undefined, ofText(parseBytes), 'an amount with its unit'),
    gpus: read('gpus', 0, countFrom(0), 'a whole number from 0'),
    time: read<number | undefined>('time', undefined, ofText(parseSeconds), 'a duration with its units'),
    ...(planner.document.portable && {portable: true}),
  };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  cpus: 'write cpus: 4',
  memory: 'write it like 512MiB or 2GiB',
  gpus: 'write gpus: 1',
  time: 'write it like 90s, 30m or 1h30m',
};

function countFrom(least: number) {
  return (value: Json) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least ? value : undefined;
}

function ofText(parse: (text: string) => number | undefined) {
  return (value: Json) => (typeof value === 'string' ? parse(value) : undefined);
}
