import type {ArtifactStore} from '../../artifacts/store.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {Plan} from '../../schemas/plan.ts';
import type {RunCode} from '../../schemas/publication.ts';
import type {RunRecord, RunRecord2, StageRecord} from '../../schemas/run-record.ts';
import {stageFailureOf} from './execute-stage.ts';
import type {RunDirectory} from './run-directory.ts';
import {writeRecord} from './run-directory.ts';
import type {RunResult} from './run-plan.ts';

export interface RunFacts {
  readonly startedAt: number;
  readonly seconds: number;
  readonly git: RunRecord['git'];
  readonly interrupted: boolean;
  /** Of the pipeline file. */
  readonly text: Digest;
  /** What was given with -p. */
  readonly overrides: readonly string[];
  /** In the store by now. */
  readonly source: RunCode;
}

/** What a run claims, for ever: every stage with its receipt, or why it has none. */
export function runRecord(plan: Plan, {outcomes}: RunResult, facts: RunFacts): RunRecord2 {
  const stages: StageRecord[] = [];
  for (const [name, outcome] of outcomes) {
    if (outcome.state === 'skipped' && outcome.reason.code === 'not-selected') continue;
    // Where its folder is kept is this machine's, for a while.
    if (outcome.state === 'failed') stages.push({name, state: 'failed', failure: outcome.failure});
    else stages.push({name, ...outcome});
  }
  const order = new Map(plan.stages.map((stage, i) => [stage.name as string, i]));
  stages.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  return {
    run: 2,
    pipeline: {
      name: plan.name,
      profile: plan.profile,
      params: plan.params,
      seed: plan.seed,
      text: facts.text,
      overrides: facts.overrides,
      license: plan.license ?? null,
      authors: plan.authors,
      description: plan.description ?? null,
      citation: plan.citation,
    },
    source: facts.source,
    startedAt: new Date(facts.startedAt).toISOString(),
    seconds: Math.round(facts.seconds * 1000) / 1000,
    git: facts.git,
    outcome: outcomeOf(stages, facts.interrupted),
    stages,
  };
}

function outcomeOf(stages: readonly StageRecord[], interrupted: boolean): RunRecord['outcome'] {
  if (interrupted) return 'interrupted';
  return stages.every(({state}) => state === 'cached' || state === 'executed') ? 'succeeded' : 'failed';
}

export interface KeptRecord {
  /** The run's id; null when the store could not take the record. */
  readonly run: Digest | null;
  /** Why nobody will find the run by its folder, or at all. Its results are kept all the same. */
  readonly trouble: StageFailure | undefined;
}

/** Into the store, under its digest, which is the run's id; and into the run's folder, for people. */
export async function keepRecord(
  record: RunRecord2,
  store: ArtifactStore,
  directory: RunDirectory,
): Promise<KeptRecord> {
  const bytes = Buffer.from(canonicalJson(record));
  let run: Digest | null = null;
  try {
    run = (await store.write(bytes)).digest;
    writeRecord(directory.record, bytes);
    return {run, trouble: undefined};
  } catch (error) {
    const trouble = stageFailureOf(error, directory.record);
    if (trouble.code === 'unexpected') throw error;
    return {run, trouble};
  }
}
