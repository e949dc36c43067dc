import {writeFileSync} from 'node:fs';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {StageName} from '../../../schemas/names.ts';
import type {ReplayReport, StageVerdict} from '../../../schemas/verdict.ts';
import type {Session} from '../../opening/pipeline/run-session.ts';
import type {RecordedOptions} from '../../opening/recorded/bring-recorded.ts';
import {openRecordedRun, type RecordedRun} from '../../opening/recorded/recorded-run.ts';
import {inSession} from '../../opening/recorded/recorded-session.ts';
import {refuse, refuseUnknownStage} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {replayStages} from '../../replay/replay-stages.ts';
import {oneLine} from '../../report/lines.ts';
import {replayAdvice, replayHead, replaySummary, verdictLine} from '../../report/replay-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {machineFacts} from '../../run/gather-facts.ts';
import {selectStages} from '../../run/select-stages.ts';

export interface ReplayCommandOptions extends RecordedOptions {
  /** Its name, its digest or its address; the newest by default. */
  readonly run: string | undefined;
  /** None: all. */
  readonly stages: readonly string[];
  readonly chained: boolean;
  readonly anyClass: boolean;
}

/** `repro replay`: executes a recorded run again, stage by stage, and says of each whether the bits are the same. */
export async function replay(options: ReplayCommandOptions, world: World): Promise<ExitCode> {
  const recorded = await openRecordedRun(options.run, options, world);
  if (!recorded.ok) return refuse(recorded.error.diagnostics, world, options.json);
  await using run = recorded.value;
  const names = options.stages;
  const chosen = selectStages(run.plan, names.length > 0 ? {what: 'only', names} : {what: 'all'});
  if (!chosen.ok) return refuseUnknownStage(chosen.unknown, run.plan, world);
  const asked = {...options, selected: chosen.selected};
  const ended = await inSession(run, (session) => replayHere(run, asked, session));
  return ended.ok ? ended.value : refuse([ended.error], world, options.json);
}

interface Asked extends ReplayCommandOptions {
  readonly selected: ReadonlySet<StageName>;
}

async function replayHere(
  run: RecordedRun,
  {chained, anyClass, selected, json}: Asked,
  {context, directory}: Session,
): Promise<ExitCode> {
  const {plan, receipts, world} = run;
  const startedAt = world.now();
  const style = chooseStyle(world.variables, world.out.isTerminal);
  const say = (text: string) => void (json || world.out.write(`${text}\n`));
  const about = {run: run.digest, pipeline: plan.name, chained, sandbox: context.sandbox.name};
  say(oneLine(replayHead(about, style)));
  const width = Math.max(...plan.stages.map(({name}) => name.length));
  const onVerdict = (verdict: StageVerdict) => say(oneLine(verdictLine(verdict, width, style)));
  const stages = await replayStages({plan, receipts}, {chained, selected, anyClass, onVerdict}, context);
  const report: ReplayReport = {
    replay: 1,
    ...about,
    startedAt: new Date(startedAt).toISOString(),
    seconds: Math.round(world.now() - startedAt) / 1000,
    reproVersion: world.version,
    facts: machineFacts(plan, run.facts),
    stages,
  };
  writeFileSync(directory.report, canonicalJson(report));
  if (json) world.out.write(`${JSON.stringify(report, null, 2)}\n`);
  say(`\n${replaySummary(report, style)}`);
  say(style.dim(`replay ${digestOfBytes(canonicalJson(report))}`));
  const advice = replayAdvice(report);
  if (advice !== undefined) say(advice);
  return context.stop.cleanly.aborted ? ExitCode.interrupted : exitCodeOfReplay(stages, selected);
}

/** Nothing but exact is nought; what was not asked for does not count. */
function exitCodeOfReplay(verdicts: readonly StageVerdict[], selected: ReadonlySet<StageName>): ExitCode {
  const asked = verdicts.filter(({stage}) => selected.has(stage as StageName));
  if (asked.some(({verdict}) => verdict === 'different')) return ExitCode.differentBits;
  return asked.every(({verdict}) => verdict === 'exact') ? ExitCode.ok : ExitCode.incomplete;
}
