import {resolve as absolute} from 'node:path';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import type {Plan, PlannedStage} from '../../schemas/plan.ts';
import type {Author} from '../../schemas/publication.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import {diskFiles, type FileReader} from '../load/file-reader.ts';
import {type LoadedDocument, loadDocument} from '../load/load-document.ts';
import {collectProblems, type Problems} from '../load/problems.ts';
import {checkChain} from './chain-state.ts';
import {type Contracts, contractLibrary} from './contract.ts';
import {expand} from './expand.ts';
import {inOrder} from './order.ts';
import {pipelineParams} from './pipeline-params.ts';
import {planEnvironments} from './plan-environments.ts';
import {planSources} from './plan-sources.ts';
import {planStage} from './plan-stage.ts';
import type {Planner} from './planner.ts';
import {reportCycles} from './report-cycles.ts';
import {resolve} from './resolve.ts';

export interface LoadPlanOptions {
  /** The pipeline. */
  readonly file: string;
  readonly profile?: string | undefined;
  /** As given to `-p`: key=value. */
  readonly overrides: readonly string[];
  /** Where the built-in kinds are. */
  readonly stagesDirectory: string;
  readonly files?: FileReader;
}

export interface LoadedPlan {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  /** Every profile that the pipeline declares, for a check of them all. */
  readonly profiles: readonly string[];
}

/**
 * The one door from a pipeline file to a plan. Either everything is right, or all that is wrong is
 * told at once, in order of place. Reads files; changes nothing; never throws for what is in them.
 */
export function loadPlan(options: LoadPlanOptions): Result<LoadedPlan, readonly Diagnostic[]> {
  const file = absolute(options.file);
  const files = options.files ?? diskFiles;
  const problems = collectProblems(file);
  const document = loadDocument({...options, file, files}, problems);
  if (!document) return err(problems.errors());
  const contracts = contractLibrary({stagesDirectory: absolute(options.stagesDirectory), files, problems});
  const plan = planDocument(document, contracts, problems, files);
  const errors = problems.errors();
  if (errors.length > 0) return err([...errors, ...problems.warnings()]);
  return ok({plan, warnings: problems.warnings(), profiles: document.profiles});
}

function planDocument(
  document: LoadedDocument,
  contracts: Contracts,
  problems: Problems,
  files: FileReader,
): Plan {
  const params = pipelineParams(document, problems);
  const planner: Planner = {
    document,
    problems,
    contracts,
    params,
    resolve: (node, scope, reader) => resolve(planner, node, scope, reader),
  };
  return {
    name: document.name,
    file: document.files[0] ?? '',
    profile: document.profile,
    ...(document.license !== undefined && {license: document.license}),
    ...(document.description !== undefined && {description: document.description}),
    authors: authorsOf(document),
    citation: document.citation ?? null,
    ...(document.store !== undefined && {store: document.store}),
    seed: document.seed,
    params: known(params),
    environments: planEnvironments(planner, files),
    sources: planSources(planner, files),
    stages: planStages(planner),
    files: [...document.files, ...contracts.files()],
  };
}

/** Without the keys that nobody wrote: a record has no place for them. */
function authorsOf({authors = []}: LoadedDocument): readonly Author[] {
  return authors.map(({name, affiliation, email, orcid, url}) => ({
    name,
    ...(affiliation !== undefined && {affiliation}),
    ...(email !== undefined && {email}),
    ...(orcid !== undefined && {orcid}),
    ...(url !== undefined && {url}),
  }));
}

function planStages(planner: Planner): readonly PlannedStage[] {
  const {stages, chains} = expand(planner);
  const planned: PlannedStage[] = [];
  for (const stage of stages) {
    if (planner.problems.full()) return planned;
    if (stage.contract) planned.push(planStage(planner, stage, stage.contract));
  }
  for (const chain of chains) checkChain(planner, chain);
  if (stages.length === 0) reportNoStages(planner);
  const ordered = inOrder(planned);
  reportCycles(ordered.cycles, planner.problems, stages);
  return ordered.stages;
}

function reportNoStages({document, problems}: Planner): void {
  if (document.stages.broken.size > 0 || problems.errors().length > 0) return;
  const at = document.root.entries.get('stages')?.key ?? document.root.span;
  problems.report({
    code: 'no-stages',
    message: 'the pipeline has no stages',
    at,
    help: 'add one: stages: {NAME: {uses: KIND}}',
  });
}

function known(params: ReadonlyMap<string, Json | undefined>): Record<string, Json> {
  const record: Record<string, Json> = Object.create(null);
  for (const [name, value] of params) if (value !== undefined) record[name] = value;
  return record;
}
