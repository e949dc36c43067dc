import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {ownedName} from '../../../artifacts/owner.ts';
import type {SideAgain} from '../../../schemas/bisection.ts';
import type {Diagnostic} from '../../../schemas/diagnostic.ts';
import {shortDigest} from '../../../schemas/digest.ts';
import type {PlannedStage} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {receiptOfStage} from '../../../schemas/run-record.ts';
import type {Parting} from '../../bisect/find-parting.ts';
import {doStepAgain, type StepDone} from '../../bisect/replay-step.ts';
import {ArtifactReader} from '../../compare/artifact-reader.ts';
import {line} from '../../report/lines.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import type {RunContext} from '../../run/run-context.ts';
import type {OpenPipeline} from '../pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../pipeline/pipeline-options.ts';
import {openSession, type SessionParts} from '../pipeline/run-session.ts';
import {projectRoot} from '../world/directories.ts';
import type {World} from '../world/world.ts';
import {openRecordedProject, type RecordedProject} from './find-recorded.ts';
import {openRecorded} from './open-recorded.ts';
import {quietReporter} from './quiet-reporter.ts';

/** A recorded run that can be executed again, from its own code. */
export interface OpenSide {
  readonly label: string;
  readonly source: RecordedProject;
  readonly opened: OpenPipeline;
  readonly facts: GatheredFacts;
}

export async function openSide(
  run: string | undefined,
  options: RunCommandOptions,
  world: World,
): Promise<Result<OpenSide, readonly Diagnostic[]>> {
  const source = await openRecordedProject(run, options, world);
  if (!source.ok) return source;
  const recorded = await openRecorded(source.value);
  if (!recorded.ok) return closing(source.value, recorded.error);
  const {pipeline} = source.value.record;
  const label = `${pipeline.name} · ${pipeline.profile} · run ${run ?? ''} (${shortDigest(source.value.run)})`;
  return ok({
    label: label.replace('run  (', 'run ('),
    source: source.value,
    ...recorded.value,
  });
}

async function closing({store}: RecordedProject, error: readonly Diagnostic[]) {
  await store.close();
  return err(error);
}

export function stageOf({opened}: OpenSide, name: string): PlannedStage | undefined {
  return opened.plan.stages.find((stage) => stage.name === name);
}

export function receiptIn({source}: OpenSide, name: string): Receipt | undefined {
  return receiptOfStage(source.record, name);
}

/** One at a time: two sessions of one process would clear each other's scratch directories away. */
export async function inSession<T>(
  side: OpenSide,
  options: RunCommandOptions,
  world: World,
  act: (context: RunContext) => Promise<T>,
): Promise<Result<T, Diagnostic>> {
  const parts: SessionParts = {
    options,
    opened: side.opened,
    store: side.source.store,
    facts: side.facts,
    project: join(projectRoot(world.directory), '.repro'),
    shelf: 'replays',
    reporter: quietReporter(world, options.json),
  };
  const session = await openSession(parts, side.source.world);
  if (!session.ok) return session;
  try {
    return ok(await act(session.value.context));
  } finally {
    await session.value.close();
  }
}

/** Closing a session clears what its process left in the store, so a reader is opened when needed and gone before the next. */
export async function reading<T>(
  {source: {store}}: OpenSide,
  world: World,
  act: (reader: ArtifactReader) => Promise<T>,
): Promise<T> {
  using reader = new ArtifactReader(async () => ({
    store: store.artifacts,
    folder: join(store.layout.temporary, ownedName(world.owner, randomBytes(12).toString('hex'))),
  }));
  return await act(reader);
}

/** The step where they part, as this side did it; undefined where there is no such step. */
export async function stepAgain(
  side: OpenSide,
  name: SideAgain['side'],
  recorded: Receipt | undefined,
  {stage: stageName, trace}: Parting,
  options: RunCommandOptions,
  world: World,
): Promise<Result<StepDone | undefined, Diagnostic>> {
  const stage = stageOf(side, stageName);
  if (trace?.kind !== 'step' || stage === undefined || recorded === undefined) return ok(undefined);
  const {step} = trace;
  if (!options.json) world.err.write(line(`${stageName}: doing its steps to ${step} again (${name})`));
  const listener = join(world.installation, 'runner', 'bisect', 'listener.py');
  const receiptOf = (wanted: string) => given(wanted, receiptIn(side, wanted));
  return inSession(side, options, world, (context) =>
    doStepAgain({side: name, stage, recorded, receiptOf, step, listener}, context),
  );
}

function given(name: string, receipt: Receipt | undefined): Receipt {
  if (receipt !== undefined) return receipt;
  throw new Error(`${name} has no recorded result, which another stage needs`);
}
