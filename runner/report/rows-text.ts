import type {RowComparison} from '../../schemas/comparison.ts';
import {fieldLines, indented} from './field-text.ts';
import type {Style} from './style.ts';
import {grouped} from './tensors-text.ts';

const MOST_FIELDS = 8;

/** Which rows differ, by what names them, and in which fields. */
export function rowsText(
  {rows, key, added, removed, changed, moved, fields, lookedInto}: RowComparison,
  style: Style,
): {readonly headline: string; readonly details: readonly string[]} {
  const unnamed = moved === undefined ? 'by number' : 'by all that they hold';
  const by = key.length === 0 ? `${unnamed}: no field names every row` : `by ${key.join(', ')}`;
  const parts = [
    ...(changed.count > 0 ? [`${grouped(changed.count)} changed`] : []),
    ...(removed.count > 0 ? [`${grouped(removed.count)} only in a`] : []),
    ...(added.count > 0 ? [`${grouped(added.count)} only in b`] : []),
    ...(moved === undefined ? [] : [parted(changed.count + added.count + removed.count)]),
  ];
  const counts = rows[0] === rows[1] ? '' : `${grouped(rows[0])} and `;
  const lines = changed.rows
    .slice(0, 3)
    .flatMap(({row, lines, differences}) => [
      `${row}  ${style.dim(`line ${lines[0]}${lines[0] === lines[1] ? '' : ` → ${lines[1]}`}`)}`,
      ...indented(
        differences.length === 0
          ? ['the same, spelt differently']
          : fieldLines(differences.slice(0, 3), style),
      ),
    ]);
  return {
    headline: `of ${counts}${grouped(rows[1])} ${rows[1] === 1 ? 'row' : 'rows'}, ${parts.join(', ')} (${by})`,
    details: [
      ...(moved === undefined || changed.count > 0
        ? []
        : [`${moved.row}  ${style.dim(`line ${moved.from} → ${moved.to}`)}`]),
      ...(changed.count > 1
        ? [
            `fields  ${fieldCounts(fields)}${changed.count > lookedInto ? ` (of the first ${grouped(lookedInto)})` : ''}`,
          ]
        : []),
      ...lines,
      ...removed.names.slice(0, 3).map((name) => style.red(`- ${name}`)),
      ...added.names.slice(0, 3).map((name) => style.green(`+ ${name}`)),
    ],
  };
}

function parted(others: number): string {
  return others === 0 ? 'all are in both, in another order' : 'the others in another order';
}

function fieldCounts(fields: Readonly<Record<string, number>>): string {
  return Object.entries(fields)
    .slice(0, MOST_FIELDS)
    .map(([field, count]) => `${field} ${grouped(count)}`)
    .join(' · ');
}
