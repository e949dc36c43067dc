import type {Json} from '../../schemas/canonical-json.ts';
import type {ParamSpec, ParamType} from '../../schemas/param.ts';
import type {ValueType} from '../../schemas/plan.ts';
import {describeJson} from '../load/issue-words.ts';
import type {Problem} from '../load/problems.ts';
import {childOf, writtenText, type YamlNode} from '../load/yaml-node.ts';
import {typeAdvice} from './type-advice.ts';

const NOUNS: Readonly<Record<ParamType, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  list: 'a list',
  map: 'a map',
};

export function typeNoun(spec: ParamSpec): string {
  return spec.type === 'list' && spec.items ? `a list, each item ${NOUNS[spec.items]}` : NOUNS[spec.type];
}

/** @returns what is wrong with `value`; `subject` is how the message begins, `node` where it is written */
export function objectionTo(
  spec: ParamSpec,
  value: Json,
  subject: string,
  node?: YamlNode,
): Problem | undefined {
  return (
    wrongType(spec, value, subject, node) ??
    outOfBounds(spec, value, subject, node) ??
    notAllowed(spec, value, subject, node)
  );
}

function wrongType(
  spec: ParamSpec,
  value: Json,
  subject: string,
  node: YamlNode | undefined,
): Problem | undefined {
  const {items} = spec;
  const at = items && Array.isArray(value) ? value.findIndex((item) => !fits(items, item)) : -1;
  const [type, wrong, written] = !fits(spec.type, value)
    ? [spec.type, value, node]
    : [items ?? 'string', Array.isArray(value) ? value[at] : undefined, childOf(node, at)];
  if (wrong === undefined) return undefined;
  return {
    code: 'wrong-type',
    message: `${subject} takes ${typeNoun(spec)}, found ${describeJson(wrong, writtenText(written))}`,
    help: typeAdvice(type, wrong, written) ?? `give ${NOUNS[type]}`,
  };
}

function fits(type: ParamType, value: Json): boolean {
  switch (type) {
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'map':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function outOfBounds(
  spec: ParamSpec,
  value: Json,
  subject: string,
  node: YamlNode | undefined,
): Problem | undefined {
  const {minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY} = spec;
  const numbers = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'number');
  const wrong = numbers.find((number) => number < minimum || number > maximum);
  if (wrong === undefined) return undefined;
  const [side, bound] = wrong < minimum ? ['at least', minimum] : ['at most', maximum];
  return {
    code: 'out-of-bounds',
    message: `${subject} must be ${side} ${bound}, found ${writtenText(node) ?? wrong}`,
    help: `give a number ${boundsText(spec)}`,
  };
}

function boundsText({minimum, maximum}: ParamSpec): string {
  if (minimum === undefined) return `up to ${maximum}`;
  return maximum === undefined ? `from ${minimum} upwards` : `from ${minimum} to ${maximum}`;
}

function notAllowed(
  spec: ParamSpec,
  value: Json,
  subject: string,
  node: YamlNode | undefined,
): Problem | undefined {
  if (!spec.enum || spec.enum.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value)))
    return undefined;
  return {
    code: 'not-in-enum',
    message: `${subject} can't be ${describeJson(value, writtenText(node))}`,
    help: `write one of: ${spec.enum.map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed))).join(', ')}`,
  };
}

/** A computed value's type against a param: its bounds can be checked only when it is known. */
export function valueFits(spec: ParamSpec, type: ValueType): boolean {
  return spec.type === type || (spec.type === 'number' && type === 'integer');
}
