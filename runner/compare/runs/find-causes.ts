import type {Json} from '../../../schemas/canonical-json.ts';
import type {FieldDifference} from '../../../schemas/comparison.ts';
import type {KeyDocument, Receipt} from '../../../schemas/receipt.ts';
import {CAUSE_CLASSES, type Cause, type CauseClass} from '../../../schemas/run-comparison.ts';
import {compareDocuments} from '../../identity/compare-documents.ts';
import {byTellingness} from './by-tellingness.ts';

/** Which field of a key document says what. A field that is added to the document must be named here to compile. */
const CLASS_OF_FIELD: Readonly<Record<keyof KeyDocument, CauseClass>> = {
  key: 'code',
  kind: 'code',
  command: 'params',
  code: 'code',
  sdk: 'code',
  params: 'params',
  seed: 'seed',
  inputs: 'input',
  outputs: 'code',
  values: 'code',
  environment: 'environment',
  variables: 'variables',
  contract: 'contract',
  network: 'contract',
};

/** What two receipts differ in that may have decided their results, most likely first. */
export function findCauses(a: Receipt, b: Receipt): readonly Cause[] {
  const found = new Map<CauseClass, FieldDifference[]>();
  const note = (kind: CauseClass, difference: FieldDifference) =>
    found.set(kind, [...(found.get(kind) ?? []), difference]);
  for (const difference of compareDocuments(a.document, b.document))
    note(classOf(difference.path), difference);
  for (const difference of hardwareDifferences(a, b)) note('hardware', difference);
  for (const difference of effectiveDifferences(a, b)) note('effective', difference);
  return CAUSE_CLASSES.flatMap((kind) => {
    const differences = found.get(kind);
    return differences === undefined ? [] : [{class: kind, differences}];
  });
}

function hardwareDifferences(a: Receipt, b: Receipt): readonly FieldDifference[] {
  return [...compareDocuments(a.hardware.facts, b.hardware.facts)].sort(byTellingness);
}

/** What took effect, and whether the stage was confined: it could have read what it did not declare. */
function effectiveDifferences(a: Receipt, b: Receipt): readonly FieldDifference[] {
  const said = ({execution: {effective, sandbox, resumed, reproVersion}}: Receipt) =>
    ({effective, repro: reproVersion, resumed, sandbox}) as Json;
  return compareDocuments(said(a), said(b)).map(({path, ...rest}) => ({
    path: path.replace(/^effective\./, ''),
    ...rest,
  }));
}

/** A command repeats its params: alone it is one of them. */
function classOf(path: string): CauseClass {
  const [field = ''] = path.split(/[.[]/);
  return CLASS_OF_FIELD[field as keyof KeyDocument] ?? 'unknown';
}

export const UNKNOWN: Cause = {class: 'unknown', differences: []};
