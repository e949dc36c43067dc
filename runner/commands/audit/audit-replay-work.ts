import {writeFileSync} from 'node:fs';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {Plan} from '../../../schemas/plan.ts';
import type {AuditReplay, Draw, Grade} from '../../../schemas/segments.ts';
import type {ReplayReport, StageVerdict} from '../../../schemas/verdict.ts';
import {chanceToCatch} from '../../audit/sample.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import type {Session} from '../../opening/pipeline/run-session.ts';
import {type Recorded, replayStages} from '../../replay/replay-stages.ts';
import {costOf, forgedCounts} from '../../replay/segments/cost.ts';
import {type DrawnParts, drawParts} from '../../replay/segments/draw-parts.ts';
import {type ReplayedParts, replayParts} from '../../replay/segments/replay-parts.ts';
import {isProbe} from '../../replay/stage-roles.ts';
import {oneLine} from '../../report/lines.ts';
import {verdictLine} from '../../report/replay-text.ts';
import {drawnHead, segmentLine, wholeHead} from '../../report/segments-text.ts';
import type {Style} from '../../report/style.ts';
import {machineFacts} from '../../run/gather-facts.ts';
import {allOf} from '../../run/select-stages.ts';

/** An opened run, to be executed whole or in part. */
export interface AuditWork {
  readonly recorded: Recorded;
  readonly run: Digest;
  readonly publication: Digest;
  readonly session: Session;
  readonly reader: ArtifactReader;
  readonly style: Style;
  readonly say: (text: string) => void;
  readonly version: string;
  readonly now: () => number;
}

export interface DrawWishes {
  readonly budgetPercent: number;
  readonly seed: string;
  readonly seedFrom: Draw['seedFrom'];
  readonly grade: Grade;
}

/** Every stage, each from its recorded inputs. What it finds can be signed with `repro attest`. */
export async function replayWhole(work: AuditWork): Promise<AuditReplay> {
  const {recorded, session, style, say, now} = work;
  const {context, directory} = session;
  const startedAt = now();
  say(wholeHead(recorded.plan, context.sandbox.name));
  const width = widthOf(recorded.plan);
  const selected = allOf(recorded.plan);
  const onVerdict = (verdict: StageVerdict) => say(oneLine(`  ${verdictLine(verdict, width, style)}`));
  const flags = {chained: false, anyClass: false, selected, onVerdict};
  const stages = await replayStages(recorded, flags, context);
  const found = described(work, startedAt, {stages, trainings: []}, undefined);
  writeFileSync(directory.report, canonicalJson(attestable(found, recorded.plan)));
  return found;
}

/** As `repro replay` writes it. */
function attestable({run, startedAt, reproVersion, sandbox, facts, stages, cost}: AuditReplay, plan: Plan) {
  const pipeline = plan.name;
  const head = {replay: 1, run, pipeline, chained: false, startedAt, seconds: cost.wall} as const;
  return {...head, reproVersion, sandbox, facts, stages} satisfies ReplayReport;
}

/** A part that a public draw picks: segments of trainings, and whole stages of the rest. */
export async function replayDrawn(work: AuditWork, wishes: DrawWishes): Promise<AuditReplay> {
  const {recorded, session, reader, style, say, now, publication} = work;
  const {context, directory} = session;
  const startedAt = now();
  const parts = drawParts(recorded, {publication, ...wishes});
  say(drawnHead(parts, secondsIn(recorded), context.sandbox.name, style));
  const width = widthOf(recorded.plan);
  const about = {
    grade: wishes.grade,
    reader,
    onStage: (verdict: StageVerdict) => say(oneLine(`  ${verdictLine(verdict, width, style)}`)),
    onSegment: (verdict: Parameters<typeof segmentLine>[0]) =>
      say(oneLine(`  ${segmentLine(verdict, width, style)}`)),
  };
  const replayed = await replayParts(recorded, parts, about, context);
  const found = described(work, startedAt, replayed, parts);
  writeFileSync(directory.report, `${JSON.stringify(found)}\n`);
  return found;
}

function described(
  {recorded, run, session, publication, version, now}: AuditWork,
  startedAt: number,
  {stages, trainings}: ReplayedParts,
  parts: DrawnParts | undefined,
): AuditReplay {
  const {context} = session;
  const audits = trainings.map(({audit}) => audit);
  const [drawnCount, of] = [parts?.draw.drawn ?? 0, parts?.draw.ranks.length ?? 0];
  return {
    auditReplay: 1,
    publication,
    run,
    startedAt: new Date(startedAt).toISOString(),
    reproVersion: version,
    sandbox: context.sandbox.name,
    facts: machineFacts(recorded.plan, context.facts),
    draw: parts?.draw ?? null,
    trainings: audits,
    segments: trainings.flatMap(({verdicts}) => verdicts),
    stages,
    probes: recorded.plan.stages.filter(isProbe).map(({name}) => name),
    cost: costOf({
      trainings: audits,
      stages: stages.map(({seconds}) => seconds),
      recordedAll: [...secondsIn(recorded).values()].reduce((sum, seconds) => sum + seconds, 0),
      wall: (now() - startedAt) / 1000,
    }),
    chances: forgedCounts(of).map((forged) => ({
      forged,
      of,
      chance: chanceToCatch({size: drawnCount, of}, forged),
    })),
    notLookedAt: parts?.notLookedAt ?? [],
  };
}

function secondsIn({receipts}: Recorded): ReadonlyMap<string, number> {
  return new Map([...receipts].map(([name, {execution}]) => [name, execution.seconds]));
}

function widthOf({stages}: Plan): number {
  return Math.max(...stages.map(({name}) => name.length));
}
