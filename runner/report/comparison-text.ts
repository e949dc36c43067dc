import type {Comparison, FieldDifference, TextComparison} from '../../schemas/comparison.ts';
import {unreachable} from '../../schemas/result.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {fieldLines, indented} from './field-text.ts';
import {rowsText} from './rows-text.ts';
import type {Style} from './style.ts';
import {grouped, tensorsText} from './tensors-text.ts';

/** One line that says it all, and what shows it. */
export interface Told {
  readonly headline: string;
  readonly details: readonly string[];
}

const MOST_FILES = 12;
const MOST_LINES = 8;

/** How two files or folders differ, for people: shortest first. */
export function comparisonText(comparison: Comparison, style: Style): Told {
  switch (comparison.kind) {
    case 'same':
      return told('the same');
    case 'tensors':
      return tensorsText(comparison, style);
    case 'rows':
      return rowsText(comparison, style);
    case 'json':
      return jsonText(comparison.count, comparison.differences, style);
    case 'text':
      return linesText(comparison, style);
    case 'parquet':
      return parquetText(comparison, style);
    case 'bytes':
      return bytesDifferText(comparison);
    case 'tree':
      return treeText(comparison, style);
    case 'unread':
      return told(`not looked into: ${comparison.why}`);
    default:
      return unreachable(comparison);
  }
}

function treeText(
  {files, same, added, removed, changed}: Extract<Comparison, {kind: 'tree'}>,
  style: Style,
): Told {
  const parts = [
    `${changed.length} of ${plural(same + changed.length, 'shared file')} differ${changed.length === 1 ? 's' : ''}`,
    ...(removed.length > 0 ? [`${removed.length} only in a`] : []),
    ...(added.length > 0 ? [`${added.length} only in b`] : []),
  ];
  const told = changed.slice(0, MOST_FILES).flatMap(({path, comparison, executable}) => {
    const {headline, details} = comparisonText(comparison, style);
    const bit = executable === undefined ? '' : `${executable[1] ? 'now' : 'no longer'} executable`;
    const what = comparison.kind === 'same' ? bit : [headline, bit].filter((text) => text !== '').join('; ');
    return [`${style.bold(path)}  ${what}`, ...indented(details)];
  });
  const names = [
    ...removed.map((path) => style.red(`- ${path}`)),
    ...added.map((path) => style.green(`+ ${path}`)),
  ];
  const hidden = changed.length - Math.min(changed.length, MOST_FILES) + names.slice(MOST_FILES).length;
  const more = hidden > 0 ? [style.dim(`… and ${hidden} more`)] : [];
  const counts = files[0] === files[1] ? '' : ` (${files[0]} and ${plural(files[1], 'file')})`;
  return {headline: parts.join(', ') + counts, details: [...told, ...names.slice(0, MOST_FILES), ...more]};
}

function jsonText(count: number, differences: readonly FieldDifference[], style: Style): Told {
  if (count === 0) return told('the same document, spelt differently');
  const shown = fieldLines(differences, style);
  const more = count - differences.length;
  return {
    headline: `${plural(count, 'value')} differ${count === 1 ? 's' : ''}`,
    details: more > 0 ? [...shown, `… ${more} more`] : shown,
  };
}

function linesText({lines, changes, firstLine}: TextComparison, style: Style): Told {
  const where = `from line ${firstLine} on`;
  if (changes === undefined) return told(`other text ${where} (${lines[0]} and ${lines[1]} lines)`);
  const shown = changes.hunks.flatMap(({at, removed, added}) => [
    style.dim(`@ ${at[0]} → ${at[1]}`),
    ...removed.map((line) => style.red(`- ${lineText(line)}`)),
    ...added.map((line) => style.green(`+ ${lineText(line)}`)),
  ]);
  return {
    headline: `${plural(changes.removed, 'line')} removed, ${changes.added} added, ${where}`,
    details: shown.length <= MOST_LINES ? shown : [...shown.slice(0, MOST_LINES), style.dim('…')],
  };
}

/** A line feed is what every line has; anything else at its end would not be seen. */
function lineText(line: string): string {
  const plain = line.replace(/\n$/, '');
  const visible = JSON.stringify(plain).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
  return `${visible.slice(0, 100)}${line.endsWith('\n') ? '' : ' (no line end)'}`;
}

function parquetText({rows, footer, columns}: Extract<Comparison, {kind: 'parquet'}>, style: Style): Told {
  const counts = rows[0] === rows[1] ? `${grouped(rows[0])} rows` : `${rows[0]} and ${rows[1]} rows`;
  if (columns === undefined)
    return {headline: `parquet of ${counts}: another layout`, details: fieldLines(footer, style)};
  if (columns.length === 0 && rows[0] === rows[1])
    return {
      headline: `parquet, metadata only: every column has the same bytes`,
      details: fieldLines(footer, style),
    };
  const where = columns.map(({name, rowGroup}) => `${name} (from row group ${rowGroup} on)`);
  return {
    headline: `parquet of ${counts}: ${plural(columns.length, 'column')} with other bytes; rows are not compared`,
    details: [...where.slice(0, MOST_LINES), ...fieldLines(footer, style)],
  };
}

function bytesDifferText({sizes, firstOffset, why}: Extract<Comparison, {kind: 'bytes'}>): Told {
  const sizeText =
    sizes[0] === sizes[1] ? bytesText(sizes[0]) : `${bytesText(sizes[0])} and ${bytesText(sizes[1])}`;
  const note = why === undefined ? '' : ` (${why})`;
  return told(`bytes differ from offset ${grouped(firstOffset)} on, ${sizeText}${note}`);
}

function told(headline: string): Told {
  return {headline, details: []};
}
