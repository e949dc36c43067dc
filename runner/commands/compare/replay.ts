import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageName} from '../../../schemas/names.ts';
import {receiptsIn} from '../../../schemas/run-record.ts';
import type {ReplayReport, StageVerdict} from '../../../schemas/verdict.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import {openSession, type SessionParts} from '../../opening/pipeline/run-session.ts';
import {openRecordedProject, type RecordedProject} from '../../opening/recorded/find-recorded.ts';
import {openRecorded} from '../../opening/recorded/open-recorded.ts';
import {quietReporter} from '../../opening/recorded/quiet-reporter.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse, refuseUnknownStage} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {replayStages} from '../../replay/replay-stages.ts';
import {oneLine} from '../../report/lines.ts';
import {replayAdvice, replayHead, replaySummary, verdictLine} from '../../report/replay-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {machineFacts} from '../../run/gather-facts.ts';
import {selectStages} from '../../run/select-stages.ts';

export interface ReplayCommandOptions extends RunCommandOptions {
  /** Its name, its digest or its address; the newest by default. */
  readonly run: string | undefined;
  /** None: all. */
  readonly stages: readonly string[];
  readonly chained: boolean;
  readonly anyClass: boolean;
}

/** `repro replay`: executes a recorded run again, stage by stage, and says of each whether the bits are the same. */
export async function replay(options: ReplayCommandOptions, world: World): Promise<ExitCode> {
  const source = await openRecordedProject(options.run, options, world);
  if (!source.ok) return refuse(source.error, world, options.json);
  try {
    return await replaySource(source.value, options, world);
  } finally {
    await source.value.store.close();
  }
}

async function replaySource(
  source: RecordedProject,
  options: ReplayCommandOptions,
  world: World,
): Promise<ExitCode> {
  const startedAt = world.now();
  const recorded = await openRecorded(source);
  if (!recorded.ok) return refuse(recorded.error, world, options.json);
  const {opened, facts} = recorded.value;
  const {plan} = opened;
  const selection =
    options.stages.length > 0 ? ({what: 'only', names: options.stages} as const) : ({what: 'all'} as const);
  const chosen = selectStages(plan, selection);
  if (!chosen.ok) return refuseUnknownStage(chosen.unknown, plan, world);

  const project = join(projectRoot(world.directory), '.repro');
  const reporter = quietReporter(world, options.json);
  const parts: SessionParts = {
    options,
    opened,
    store: source.store,
    facts,
    project,
    shelf: 'replays',
    reporter,
  };
  const session = await openSession(parts, source.world);
  if (!session.ok) return refuse([session.error], world, options.json);
  const {context, directory} = session.value;
  try {
    const style = chooseStyle(world.variables, world.out.isTerminal);
    const about = {
      run: source.run,
      pipeline: plan.name,
      chained: options.chained,
      sandbox: context.sandbox.name,
    };
    const say = (text: string) => void (options.json || world.out.write(`${text}\n`));
    say(oneLine(replayHead(about, style)));
    const width = Math.max(...plan.stages.map(({name}) => name.length));
    const stages = await replayStages(
      {plan, receipts: receiptsIn(source.record)},
      {
        chained: options.chained,
        selected: chosen.selected,
        anyClass: options.anyClass,
        onVerdict: (verdict) => say(oneLine(verdictLine(verdict, width, style))),
      },
      context,
    );
    const report: ReplayReport = {
      replay: 1,
      ...about,
      startedAt: new Date(startedAt).toISOString(),
      seconds: Math.round(world.now() - startedAt) / 1000,
      reproVersion: world.version,
      facts: machineFacts(plan, facts),
      stages,
    };
    writeFileSync(directory.report, canonicalJson(report));
    if (options.json) world.out.write(`${JSON.stringify(report, null, 2)}\n`);
    say(`\n${replaySummary(report, style)}`);
    say(style.dim(`replay ${digestOfBytes(canonicalJson(report))}`));
    const advice = replayAdvice(report);
    if (advice !== undefined) say(advice);
    return context.stop.cleanly.aborted ? ExitCode.interrupted : exitCodeOfReplay(stages, chosen.selected);
  } finally {
    await session.value.close();
  }
}

/** Nothing but exact is nought; what was not asked for does not count. */
function exitCodeOfReplay(verdicts: readonly StageVerdict[], selected: ReadonlySet<StageName>): ExitCode {
  const asked = verdicts.filter(({stage}) => selected.has(stage as StageName));
  if (asked.some(({verdict}) => verdict === 'different')) return ExitCode.differentBits;
  return asked.every(({verdict}) => verdict === 'exact') ? ExitCode.ok : ExitCode.incomplete;
}
