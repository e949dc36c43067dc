import type {AuditReplay, SegmentVerdict} from '../../../schemas/segments.ts';
import {type AuditRow, fail, notChecked, pass} from '../../audit/row.ts';
import {differenceText, percentText} from '../../report/segments-text.ts';

/**
 * What an execution says of the run, as one of an audit's rows. It passes when all that was to be executed was, and
 * came out bit for bit; how much that is, the row says itself.
 */
export function rowOfReplay(found: AuditReplay): AuditRow {
  const denials = [...readingFindings(found), ...differences(found)];
  if (denials.length > 0) return fail('replay', denials, 'repro bisect says which operation differs first');
  const open = openQuestions(found);
  return open === undefined ? pass('replay', whatHolds(found)) : open;
}

function readingFindings({trainings}: AuditReplay): readonly string[] {
  return trainings.flatMap(({stage, findings}) => findings.map((finding) => `${stage}: ${finding}`));
}

function differences({segments, stages, probes}: AuditReplay): readonly string[] {
  return [
    ...segments.flatMap((segment) =>
      segment.verdict === 'different'
        ? [`${segment.stage} segment ${segment.index}: ${differenceText(segment.difference)}`]
        : [],
    ),
    ...stages.flatMap((stage) =>
      stage.verdict === 'different' && !probes.includes(stage.stage)
        ? [`${stage.stage}: other ${stage.differing.join(', ')}`]
        : [],
    ),
  ];
}

/** What was to be executed and was not, or can't be tied to what was published. */
function openQuestions({segments, stages, trainings, draw, probes}: AuditReplay): AuditRow | undefined {
  const all: readonly Pick<SegmentVerdict, 'verdict' | 'stage'>[] = [...segments, ...stages];
  const count = (wanted: SegmentVerdict['verdict']) => all.filter(({verdict}) => verdict === wanted).length;
  const [unsupported, unchecked] = [count('unsupported'), count('unchecked')];
  const probe = stages.find(({stage, verdict}) => verdict === 'different' && probes.includes(stage));
  if (probe !== undefined)
    return notChecked(
      'replay',
      `this machine can’t be expected to give these bits: the probe ${probe.stage} comes out otherwise here`,
      'audit on a machine where the probe is the same',
    );
  if (unsupported > 0)
    return notChecked(
      'replay',
      `this machine can’t be expected to give these bits: ${unsupported} of ${all.length} parts not executed`,
      'audit on a machine of the recorded hardware class',
    );
  if (unchecked > 0)
    return notChecked(
      'replay',
      `${unchecked} of ${all.length} parts could not be done again; their lines say why`,
    );
  if (all.length === 0)
    return notChecked(
      'replay',
      'nothing of it was executed: no part fits the budget',
      'name a larger --budget',
    );
  const loose = trainings.find(({model}) => !model.tied);
  if (draw === null || loose === undefined || loose.model.tied) return undefined;
  return notChecked(
    'replay',
    `every part is exact, but the model of ${loose.stage} can’t be tied to its trace: ${loose.model.why}`,
    'without --budget every stage is executed whole, its model included',
  );
}

function whatHolds({draw, segments, stages, chances}: AuditReplay): string {
  if (draw === null)
    return `${stages.length} stages executed again, each from its recorded inputs: bit for bit`;
  const [one] = chances;
  const parts = [
    ...(segments.length > 0 ? [`${segments.length} of ${draw.ranks.length} segments`] : []),
    ...(stages.length > 0 ? [`${stages.length} whole stages`] : []),
  ];
  const chance =
    one === undefined
      ? ''
      : `; a single forged segment would have been caught with ${percentText(one.chance)}`;
  return `${parts.join(' and ')}, drawn and executed again: bit for bit${chance}`;
}
