import type {Json} from '../../../schemas/canonical-json.ts';

export type DataRow = Readonly<Record<string, Json>>;

/**
 * What may name a row, best first: problems have an `id`, rollouts a step, the problem's id and a sample, metrics a
 * step. The first that every row of both files has, and no two rows of one file share, is taken.
 */
export const KEYS: readonly (readonly string[])[] = [
  ['id'],
  ['step', 'id', 'sample'],
  ['id', 'sample'],
  ['step'],
  ['prompt'],
];

/** Undefined: the row lacks a field, or has something in it that names nothing. */
export function rowKeyOf(row: DataRow, fields: readonly string[]): string | undefined {
  const values = fields.map((field) => (Object.hasOwn(row, field) ? row[field] : undefined));
  const isKey = values.every((value) => typeof value === 'string' || typeof value === 'number');
  return isKey ? JSON.stringify(values) : undefined;
}

/** `id d21f1104`, `step 3, id d21f1104, sample 0` */
export function keyText(key: string, fields: readonly string[]): string {
  const values = JSON.parse(key) as readonly Json[];
  return fields.map((field, i) => `${field} ${cut(String(values[i]))}`).join(', ');
}

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= 40 ? line : `${line.slice(0, 39)}…`;
}
