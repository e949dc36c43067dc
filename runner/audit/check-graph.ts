import type {Json} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {plural} from '../words/quantity-text.ts';
import {type DoneStage, doneStages} from './done-stages.ts';
import {type AuditRow, judge, notChecked} from './row.ts';

/**
 * Whether every input was made by a stage before it, or is a source that the pipeline pins. Since stages are in
 * order and bytes are named by their hash, what passes has no cycle. `pinned`: undefined when nobody could plan.
 */
export function checkGraph(record: RunRecord2, pinned: ReadonlySet<Digest> | undefined): AuditRow {
  const made = new Set<Digest>();
  const findings = unfinished(record);
  const sourced: string[] = [];
  let edges = 0;
  let fromSources = 0;
  for (const stage of doneStages(record)) {
    for (const {input, digest} of inputsOf(stage.receipt)) {
      edges++;
      if (made.has(digest)) continue;
      if (pinned?.has(digest)) fromSources++;
      else sourced.push(`${stage.name}: nobody made its input ${input} (${digest})`);
    }
    findings.push(...undeclared(stage));
    for (const {digest} of Object.values(stage.receipt.outputs)) made.add(digest);
  }
  if (pinned !== undefined) findings.push(...sourced);
  else if (findings.length === 0 && sourced.length > 0)
    return notChecked('graph', `which sources it has, the pipeline could not be asked; ${sourced[0]}`);
  const sources = fromSources === 0 ? '' : `, ${fromSources} of them pinned sources`;
  return judge(
    'graph',
    findings,
    `${plural(record.stages.length, 'stage')} succeeded, and ${plural(edges, 'input')} accounted for${sources}`,
  );
}

function unfinished({stages, outcome}: RunRecord2): string[] {
  const without = stages.filter(({state}) => state === 'failed' || state === 'skipped');
  const found = without.map(({name, state}) => `${name} has no result: it was ${state}`);
  if (outcome !== 'succeeded' && found.length === 0) found.push(`the run was ${outcome}`);
  if (outcome === 'succeeded' && stages.length === 0) found.push('the run has no stages');
  return found;
}

export interface NamedInput {
  readonly input: string;
  readonly digest: Digest;
}

export function inputsOf({document}: Receipt): readonly NamedInput[] {
  return Object.entries(document.inputs).flatMap(([input, one]) =>
    typeof one === 'string'
      ? [{input, digest: one}]
      : Object.entries(one).map(([label, digest]) => ({input: `${input}[${label}]`, digest})),
  );
}

/** A stage gives what its key document declares: no more, no less, of that type. */
function undeclared({name, receipt: {document, outputs, values}}: DoneStage): readonly string[] {
  const declared = new Map(Object.entries(document.outputs));
  const given = new Map(Object.entries(outputs));
  const found: string[] = [];
  for (const [output, {type}] of declared) {
    const artifact = given.get(output);
    if (artifact === undefined) found.push(`${name}: its output ${output} is missing`);
    else if (artifact.type !== type) found.push(`${name}: its output ${output} is no ${type}`);
  }
  for (const output of given.keys())
    if (!declared.has(output)) found.push(`${name}: declares no output ${output}`);
  return [...found, ...wrongValues(name, new Map(Object.entries(document.values)), values)];
}

function wrongValues(
  name: string,
  declared: ReadonlyMap<string, string>,
  values: Readonly<Record<string, Json>>,
): readonly string[] {
  const given = new Map(Object.entries(values));
  const wrong = [...declared].filter(([value, type]) => !isOf(type, given.get(value)));
  const extra = [...given.keys()].filter((value) => !declared.has(value));
  return [
    ...wrong.map(([value, type]) => `${name}: its value ${value} is no ${type}`),
    ...extra.map((value) => `${name}: declares no value ${value}`),
  ];
}

function isOf(type: string, value: Json | undefined): boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  return typeof value === type;
}
