import type {Json} from '../../schemas/canonical-json.ts';
import type {Problem} from '../load/problems.ts';
import type {TextSpan} from '../load/text-file.ts';
import {childOf, spanAt, type YamlNode} from '../load/yaml-node.ts';
import {paramText} from './number-text.ts';
import type {Planner} from './planner.ts';
import {constant} from './resolve.ts';
import {type Resolved, resolvedJson} from './resolved.ts';
import type {AxisValue, Scope} from './scope.ts';

export interface Combination {
  /** One per axis, in the order of the axes' names. */
  readonly labels: readonly string[];
  readonly values: ReadonlyMap<string, AxisValue>;
}

interface Choice {
  readonly label: string;
  readonly value: AxisValue;
}

interface Around {
  readonly scope: Scope;
  /** What messages call the stage. */
  readonly written: string;
}

interface MatrixOf extends Around {
  /** The stage that has the matrix. */
  readonly node: YamlNode;
  readonly axes: readonly string[];
}

/** Every combination of the axes; without a matrix, one that is empty. */
export function combinationsOf(planner: Planner, {node: stage, axes, ...around}: MatrixOf): Combination[] {
  const choices = axes.map((axis) => {
    const node = childOf(stage, 'matrix', axis);
    return node ? choicesOf(planner, node, around, axis) : [];
  });
  const count = choices.reduce((product, {length}) => product * length, 1);
  if (count > MOST_COMBINATIONS) {
    planner.problems.report(tooMany(around.written, count, spanAt(stage, ['matrix'])));
    return [];
  }
  return choices.reduce<Combination[]>(
    (combinations, of, i) => extended(combinations, axes[i] ?? '', of),
    [{labels: [], values: new Map()}],
  );
}

function extended(
  combinations: readonly Combination[],
  axis: string,
  choices: readonly Choice[],
): Combination[] {
  return combinations.flatMap(({labels, values}) =>
    choices.map(({label, value}) => ({labels: [...labels, label], values: new Map(values).set(axis, value)})),
  );
}

const MOST_COMBINATIONS = 100_000;

function tooMany(written: string, count: number, at: TextSpan): Problem {
  const message = `the matrix of "${written}" has ${count} combinations: more than ${MOST_COMBINATIONS}`;
  return {code: 'too-many-stages', message, at, help: 'use fewer axes or values'};
}

function choicesOf(planner: Planner, node: YamlNode, {scope, written}: Around, axis: string): Choice[] {
  const reader = {who: `the matrix of "${written}"`};
  if (node.type === 'map') {
    const read = (value: YamlNode) => axisValue(value, (part) => planner.resolve(part, scope, reader));
    const choices = [...node.entries].map(([label, {key, value}]) => ({label, at: key, value: read(value)}));
    return sound(planner, choices, axis);
  }
  const items =
    node.type === 'list'
      ? node.items.map((item) => ({
          item: constant(planner, item, {scope, reader, where: 'as a label'}),
          at: item.span,
        }))
      : listItems(planner, node, constant(planner, node, {scope, reader, where: 'as an axis'}), axis);
  const known = items.flatMap(({item, at}) =>
    item === undefined
      ? []
      : [{label: paramText(item), at, value: {whole: () => resolvedJson(item), fields: new Map()}}],
  );
  return sound(planner, known, axis);
}

function listItems(planner: Planner, node: YamlNode, value: Json | undefined, axis: string) {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => ({item, at: node.span}));
  if (value !== undefined) {
    const message = `the axis \`${axis}\` needs a list`;
    planner.problems.report({
      code: 'wrong-type',
      message,
      at: node.span,
      help: 'write [a, b], or let the param be a list',
    });
  }
  return [];
}

/** Labels stand in names of stages and in file names. */
const LABEL = /^[A-Za-z0-9_+-][A-Za-z0-9_+.@=-]{0,63}$/;

function sound(
  planner: Planner,
  choices: readonly (Choice & {readonly at: TextSpan})[],
  axis: string,
): Choice[] {
  const seen = new Set<string>();
  return choices.filter(({label, at}) => {
    const twice = seen.has(label);
    seen.add(label);
    if (!twice && LABEL.test(label)) return true;
    const message = twice
      ? `the axis \`${axis}\` has \`${label}\` twice`
      : `\`${label}\` can't be a label of the axis \`${axis}\``;
    const help = twice
      ? 'remove one'
      : 'write a map from short labels to values: {small: …, large: …}; a label has letters, digits and _+-.@=';
    planner.problems.report({code: 'bad-label', message, at, help});
    return false;
  });
}

function axisValue(node: YamlNode, resolve: (part: YamlNode) => Resolved): AxisValue {
  const fields = node.type === 'map' ? [...node.entries] : [];
  return {
    whole: once(() => resolve(node)),
    fields: new Map(fields.map(([name, {value}]) => [name, once(() => resolve(value))])),
  };
}

function once(make: () => Resolved): () => Resolved {
  let made: Resolved | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
