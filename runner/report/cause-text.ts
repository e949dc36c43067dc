import type {Cause} from '../../schemas/run-comparison.ts';
import {comparisonText} from './comparison-text.ts';
import {fieldText, indented} from './field-text.ts';
import type {Style} from './style.ts';

/** The first cause is the most likely one. */
export function causeLines(causes: readonly Cause[], style: Style): readonly string[] {
  return causes.flatMap((cause, index) => {
    const [head = '', ...more] = causeText(cause, style);
    return [`${index === 0 ? 'most likely' : 'also       '}  ${head}`, ...indented(more)];
  });
}

function causeText(cause: Cause, style: Style): readonly string[] {
  const name = style.yellow(cause.class);
  if (cause.class === 'unknown') return [`${name}  ${NOTHING_DIFFERS}`];
  const inside = Object.entries(cause.trees ?? {}).flatMap(([field, tree]) => {
    const {details} = comparisonText(tree, style);
    return field === 'code' ? details : [field, ...indented(details)];
  });
  if (inside.length > 0) return [name, ...inside];
  const found = cause.packages ?? [];
  const shown = found.length > 0 ? found : withoutCommand(cause.differences);
  const texts = shown.slice(0, MOST_FIELDS).map((difference) => fieldText(difference, style));
  const more = shown.length - texts.length;
  // `seed  1 → 2` says it all.
  const isNamed = shown.length === 1 && shown[0]?.path === cause.class;
  return [`${isNamed ? '' : `${name}  `}${texts.join(' · ')}${more > 0 ? ` · … ${more} more` : ''}`];
}

const MOST_FIELDS = 3;
const NOTHING_DIFFERS =
  'nothing that was recorded differs: look for what is not declared, or not deterministic';

/** A command repeats params; alone it is worth showing. */
function withoutCommand(differences: Cause['differences']): Cause['differences'] {
  const others = differences.filter(({path}) => !path.startsWith('command'));
  return others.length === 0 ? differences : others;
}
