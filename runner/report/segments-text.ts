import {unreachable} from '../../schemas/result.ts';
import type {
  AuditReplay,
  CatchChance,
  Draw,
  NotLookedAt,
  SegmentDifference,
  SegmentVerdict,
  TrainingAudit,
} from '../../schemas/segments.ts';
import {durationText, plural} from '../words/quantity-text.ts';
import {divergenceText} from './divergence-text.ts';
import {joinLines} from './lines.ts';
import {factText, uncheckedText} from './replay-text.ts';
import {strangerText} from './stranger-text.ts';
import {plainStyle, type Style} from './style.ts';

/** What was drawn, as this room needs it; `runner/replay/segments/draw-parts.ts: DrawnParts` is one. */
export interface DrawnText {
  readonly draw: Draw;
  readonly trainings: readonly {readonly training: {readonly segments: readonly unknown[]}}[];
  readonly notLookedAt: readonly NotLookedAt[];
}

export function wholeHead({stages}: {readonly stages: readonly unknown[]}, sandbox: string): string {
  const what = `replay: ${plural(stages.length, 'stage')}, each from its recorded inputs · sandbox ${sandbox}`;
  return joinLines(['', what]);
}

/** Before the work: what was drawn, of how much, and how anybody can see that nobody chose it. */
export function drawnHead(
  {draw, trainings}: DrawnText,
  recorded: ReadonlyMap<string, number>,
  sandbox: string,
  style: Style,
): string {
  const {budgetPercent, drawn, ranks, stages} = draw;
  const all = [...recorded.values()].reduce((sum, seconds) => sum + seconds, 0);
  const of = `${drawn} of ${plural(ranks.length, 'segment')} of ${plural(trainings.length, 'training')}`;
  return joinLines([
    '',
    `replay: a budget of ${budgetPercent} %: ${of}, ${plural(stages.length, 'whole stage')} · ${durationText(all)} recorded · sandbox ${sandbox}`,
    ...drawLines(draw).map(style.dim),
    '',
  ]);
}

function drawLines({seed, seedFrom, publication, ranks, drawn, stages}: Draw): readonly string[] {
  const [lowest] = ranks.length > 0 ? ranks : stages;
  if (lowest === undefined) return ['  there was nothing to draw from'];
  const text = JSON.stringify(['repro segments v1', publication, seed, lowest.stage, lowest.index]);
  const last = ranks[drawn - 1];
  return [
    `  drawn by the seed ${JSON.stringify(seed)}, ${SEEDS[seedFrom]}`,
    `  each part’s rank is a hash that anybody can make; those up to ${last?.rank.slice(0, 12) ?? '…'}… are drawn, first:`,
    `  printf %s ${quoted(text)} | sha256sum   # ${lowest.rank.slice(0, 12)}…`,
  ];
}

const SEEDS: Readonly<Record<Draw['seedFrom'], string>> = {
  named: 'which you named: it proves something to those who know that the author could not know it',
  beacon: 'the digest of your beacon file: its bytes must be of a time after the publication',
  random: 'random, made here and now; --seed draws the same again',
};

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `sft  segment 3   steps 61–80   exact` */
export function segmentLine(verdict: SegmentVerdict, width: number, style: Style): string {
  const {stage, index, after, steps} = verdict;
  const where = `segment ${index}, steps ${after + 1} to ${after + steps}`;
  return `${stage.padEnd(width)}  ${where.padEnd(34)}  ${findingText(verdict, style)}`;
}

function findingText(verdict: SegmentVerdict, style: Style): string {
  switch (verdict.verdict) {
    case 'exact':
      return style.green('exact');
    case 'different':
      return `${style.red('DIFFERENT')}  ${differenceText(verdict.difference)}`;
    case 'unsupported': {
      const {facts, operations} = verdict;
      const probe = operations.length === 0 ? [] : [`the probe differs in ${operations.join(', ')}`];
      return `${style.yellow('unsupported')}  ${[...facts.map(factText), ...probe].join('; ')}`;
    }
    case 'unchecked':
      return `${style.dim('unchecked')}  ${strangerText(uncheckedText(verdict.why))}`;
    default:
      return unreachable(verdict);
  }
}

/** `step 23 of 30: gradient differs first → …`, on one line. */
export function differenceText(difference: SegmentDifference): string {
  switch (difference.in) {
    case 'trace':
      return divergenceText(difference.divergence, plainStyle)[0] ?? 'its trace';
    case 'state': {
      const {step, differing} = difference;
      const more = differing.length > 3 ? ` and ${differing.length - 3} more` : '';
      return strangerText(`the state after step ${step}: ${differing.slice(0, 3).join(', ')}${more}`);
    }
    case 'rows':
      return `its rows of ${difference.logs.join(' and ')}`;
    case 'reply':
      return strangerText(difference.why);
    default:
      return unreachable(difference);
  }
}

/** After the work: what it cost, what it is worth, and what nobody looked at. */
export function replayedText(found: AuditReplay, style: Style): string {
  const lines = [
    ...found.trainings.flatMap((training) => trainingLines(training, style)),
    costLine(found),
    ...chanceLines(found.chances),
    ...found.notLookedAt.map(
      ({stage, what, why}, at) =>
        `${at === 0 ? 'not looked at  ' : '               '}${strangerText(`${stage}: ${what}`)} (${why})`,
    ),
  ];
  return joinLines(['', ...lines.map((line) => `  ${line}`), '']);
}

function trainingLines(training: TrainingAudit, style: Style): readonly string[] {
  const {stage, steps, every, segments, drawn, grade, findings, model} = training;
  const grades = grade === null ? '' : `; ${GRADES[grade]}`;
  const tie = model.tied
    ? 'the published model is the one that its trace ends in'
    : `the published model is NOT tied to its trace: ${strangerText(model.why)}`;
  const states =
    findings.length === 0 ? 'every state stands in it' : style.red(`${findings.length} findings`);
  return [
    `${stage}: ${steps} steps in segments of ${every}, ${drawn.length} of ${segments} drawn${grades}`,
    '  done again, of each drawn: its lines of the trace, the state that it ends in, its rows of metrics and rollouts',
    `  read, of all segments: the trace is one chain; ${states}; ${tie}`,
  ];
}

const GRADES: Readonly<Record<'full' | 'trainer', string>> = {
  full: 'grade full: rollouts generated again',
  trainer: 'grade trainer: trained on the recorded rollouts, NOT generated again',
};

function costLine({cost, draw}: AuditReplay): string {
  const {recordedTrainings, recordedAll, segments, stages, wall, ratio} = cost;
  const spent = `cost           ${durationText(segments + stages)} here of ${durationText(recordedAll)} recorded, in ${durationText(wall)}`;
  if (draw === null || ratio === null) return spent;
  return `${spent}; segments ${durationText(segments)} of ${durationText(recordedTrainings)} of training: ${ratio.toFixed(3)}`;
}

function chanceLines(chances: readonly CatchChance[]): readonly string[] {
  const [first] = chances;
  if (first === undefined) return [];
  const each = chances.map(({forged, chance}) => `${forged} with ${percentText(chance)}`).join(', ');
  return [
    `worth          of ${plural(first.of, 'segment')}, had so many been forged, one were caught: ${each}`,
  ];
}

export function percentText(chance: number): string {
  return `${(chance * 100).toFixed(1)} %`;
}
