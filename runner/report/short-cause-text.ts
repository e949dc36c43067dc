import type {Cause} from '../../schemas/run-comparison.ts';
import {comparisonText} from './comparison-text.ts';
import {fieldText} from './field-text.ts';
import type {Style} from './style.ts';

const MOST = 3;

/** A cause in one line: which fields, packages or files. `repro diff` shows what is in them. */
export function shortCauseText({class: kind, differences, packages, trees}: Cause, style: Style): string {
  const files = Object.entries(trees ?? {}).flatMap(([field, {changed, added, removed}]) => [
    ...changed.map(
      ({path, comparison}) => `${field}/${path} (${comparisonText(comparison, style).headline})`,
    ),
    ...added.map((path) => `${field}/${path} (added)`),
    ...removed.map((path) => `${field}/${path} (removed)`),
  ]);
  const fields = packages !== undefined && packages.length > 0 ? packages : withoutCommand(differences);
  const all = files.length > 0 ? files : fields.map((difference) => fieldText(difference, style));
  const more = all.length - MOST;
  const shown = `${all.slice(0, MOST).join(' · ')}${more > 0 ? ` · … ${more} more` : ''}`;
  if (kind === 'unknown') return 'nothing that was recorded differs';
  // `seed  1 → 2` says it all.
  return fields.length === 1 && fields[0]?.path === kind ? shown : `${style.yellow(kind)}  ${shown}`;
}

/** A command repeats params; alone it is worth showing. */
function withoutCommand(differences: Cause['differences']): Cause['differences'] {
  const others = differences.filter(({path}) => !path.startsWith('command'));
  return others.length === 0 ? differences : others;
}
