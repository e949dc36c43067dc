import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Plan, PlannedStage} from '../../schemas/plan.ts';
import type {EnvironmentIdentity, Receipt} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {compareDocuments} from '../identity/compare-documents.ts';
import {identify, type Known} from '../identity/key-document.ts';
import {type DoneStage, doneStages} from './done-stages.ts';
import {type AuditRow, fail, judge, notChecked} from './row.ts';

/** The published source, planned again by this machine's repro; made in runner/opening. */
export interface Planned {
  readonly plan: Plan;
  /** Of a lock file that the plan names by its path. */
  lock(path: string): Digest | undefined;
  /** Of the code in a stage's folder. */
  code(folder: string): Digest | undefined;
}

/**
 * Makes the key document of every stage again, from the published pipeline file with the published profile and
 * params, and compares. What passes ran exactly what the pipeline says: these commands, params, inputs, this code.
 */
export function checkPlan(record: RunRecord2, planned: Planned, version: string): AuditRow {
  const {plan} = planned;
  const stages = new Map(plan.stages.map((stage) => [stage.name as string, stage]));
  const results = new Map(doneStages(record).map((stage) => [stage.name, stage.receipt]));
  const findings = headFindings(record, plan);
  const foreign = new Set<string>();
  for (const {name, receipt} of doneStages(record)) {
    const stage = stages.get(name);
    if (stage === undefined) {
      findings.push(`${name}: the pipeline has no such stage`);
      continue;
    }
    const differing = differencesOf({name, receipt}, stage, results, {planned, record});
    // Another release may set other variables: that is no lie of the author's.
    const other = receipt.execution.reproVersion;
    if (differing.length > 0 && other !== version && differing.every(isContract)) foreign.add(other);
    else findings.push(...differing.map((path) => `${name}: ${path}`));
  }
  if (findings.length > 0) return fail('plan', findings);
  if (foreign.size > 0) {
    const release = [...foreign].join(', ');
    return notChecked(
      'plan',
      `repro ${release} set other variables than ${version} does`,
      `audit it with repro ${release}`,
    );
  }
  return judge('plan', [], wordsOf(plan.stages.length, results.size));
}

function wordsOf(planned: number, run: number): string {
  const part = planned === run ? `${run} stages` : `${run} of its ${planned} stages, which were run,`;
  return `planned again from the published pipeline: ${part} come out with the same commands, params and inputs`;
}

function isContract(path: string): boolean {
  return path.startsWith('contract.');
}

function headFindings({pipeline}: RunRecord2, plan: Plan): string[] {
  const found: string[] = [];
  if (plan.name !== pipeline.name) found.push(`the pipeline is called ${plan.name}, not ${pipeline.name}`);
  if (plan.profile !== pipeline.profile)
    found.push(`its profile is ${plan.profile}, not ${pipeline.profile}`);
  if (plan.seed !== pipeline.seed) found.push(`its seed is ${plan.seed}, not ${pipeline.seed}`);
  if (canonicalJson(plan.params) !== canonicalJson(pipeline.params))
    found.push('its params are not those of the run');
  return found;
}

/** Paths in the key document, and what else keeps it from being made. */
function differencesOf(
  {receipt}: DoneStage,
  stage: PlannedStage,
  results: ReadonlyMap<string, Receipt>,
  {planned, record}: {readonly planned: Planned; readonly record: RunRecord2},
): readonly string[] {
  try {
    const {document} = identify(stage, knownOf(receipt, results, planned, record));
    return compareDocuments(receipt.document, document).map(
      ({path, before, after}) => `${path} is ${brief(before)}, the pipeline says ${brief(after)}`,
    );
  } catch (error) {
    if (error instanceof Unknown) return [error.message];
    throw error;
  }
}

class Unknown extends Error {}

function knownOf(
  receipt: Receipt,
  results: ReadonlyMap<string, Receipt>,
  planned: Planned,
  {source}: RunRecord2,
): Known {
  return {
    sdk: source.sdk.digest,
    receipt: (name) => results.get(name) ?? unknown(`it needs ${name}, which has no result`),
    code: (folder) => planned.code(folder) ?? unknown('the code of its folder is not published'),
    source: (name) => {
      const pin = planned.plan.sources.get(name)?.digest ?? unknown(`its source ${name} is not pinned`);
      return {type: 'blob', digest: pin, size: 0};
    },
    environment: (name) => environmentOf(name, receipt.document.environment, planned),
  };
}

/** Which Python ran it only the record can say; which lock, the pipeline does. */
function environmentOf(
  name: string,
  recorded: EnvironmentIdentity,
  {plan, lock}: Planned,
): EnvironmentIdentity {
  const declared = plan.environments.get(name);
  if (declared?.type !== recorded.type) return unknown(`its environment ${name} is of another type`);
  if (declared.type === 'host' || recorded.type === 'host') return recorded;
  const digest = lock(declared.lock) ?? unknown(`the lock of ${name} is not published`);
  return {type: 'python', lock: digest, python: recorded.python};
}

function unknown(why: string): never {
  throw new Unknown(why);
}

function brief(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
