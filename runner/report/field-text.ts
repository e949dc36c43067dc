import type {Json} from '../../schemas/canonical-json.ts';
import type {FieldDifference} from '../../schemas/comparison.ts';
import {isDigest, shortDigest} from '../../schemas/digest.ts';
import {printable} from './printable.ts';
import type {Style} from './style.ts';

const MOST_LINES = 8;

/** `path  before → after`, one a line. */
export function fieldLines(differences: readonly FieldDifference[], style: Style): readonly string[] {
  const lines = differences.slice(0, MOST_LINES).map((difference) => fieldText(difference, style));
  const more = differences.length - lines.length;
  return more > 0 ? [...lines, style.dim(`… and ${more} more`)] : lines;
}

export function fieldText({path, before, after}: FieldDifference, style: Style): string {
  return `${path === '' ? '(all of it)' : path}  ${style.red(valueText(before))} → ${style.green(valueText(after))}`;
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return '(absent)';
  if (isDigest(value)) return shortDigest(value);
  const text = printable(JSON.stringify(value));
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
