import type {Grade, SegmentFinding, SegmentVerdict, TrainingAudit} from '../../../schemas/segments.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {compareDocuments} from '../../identity/compare-documents.ts';
import {identify, type Known} from '../../identity/key-document.ts';
import type {Admission} from '../../run/admission.ts';
import type {RunContext} from '../../run/run-context.ts';
import {compareFacts} from '../compare-stage-results.ts';
import type {TrainingDrawn} from './draw-parts.ts';
import {COMPLETIONS} from './published-states.ts';
import {type PublishedTraining, readPublished} from './published-training.ts';
import {doAgain} from './replay-segments.ts';
import {hasRollouts, type Training} from './training.ts';

export interface TrainingContext {
  /** What is recorded. */
  readonly known: Known;
  readonly grade: Grade;
  readonly admission: Admission;
  readonly reader: ArtifactReader;
  /** Operations that this machine computes otherwise: then nothing is worth trying. */
  readonly operations: readonly string[];
  readonly onVerdict: (verdict: SegmentVerdict) => void;
}

export interface AuditedTraining {
  readonly audit: TrainingAudit;
  readonly verdicts: readonly SegmentVerdict[];
}

/**
 * A training in segments. All that was published of it is read and held against itself; the drawn segments are done
 * again, in one process, for a start of Python costs seconds.
 */
export async function auditTraining(
  {training, drawn}: TrainingDrawn,
  about: TrainingContext,
  context: RunContext,
): Promise<AuditedTraining> {
  // First, since it takes no time: whether this machine can answer at all.
  const hindrance = hindranceOf(training, about, context);
  const tell = (verdicts: readonly SegmentVerdict[]) => {
    for (const verdict of verdicts) about.onVerdict(verdict);
    return verdicts;
  };
  const hindered = hindrance === undefined ? undefined : tell(drawn.map((each) => ({...each, ...hindrance})));
  using published = await readPublished(training, about.reader, context.store.artifacts);
  const {trace, states} = published;
  const grade = gradeOf(training, about.grade, published);
  const audit = described({training, drawn}, published, grade);
  if (hindered !== undefined) return {audit, verdicts: hindered};
  if (trace === undefined) {
    const [why = 'there is no trace'] = published.findings;
    const verdict = {verdict: 'different', difference: {in: 'reply', why}} as const;
    return {audit, verdicts: tell(drawn.map((each) => ({...each, ...verdict})))};
  }
  const {known, admission, reader} = about;
  const again = {training, trace, states, grade: grade ?? 'full', known, admission, reader};
  const {verdicts, seconds} = await doAgain(drawn, again, context);
  return {audit: {...audit, seconds}, verdicts: tell(verdicts)};
}

/** Why doing it again here would say nothing. */
function hindranceOf(
  {stage, recorded}: Training,
  {known, operations}: TrainingContext,
  context: RunContext,
): SegmentFinding | undefined {
  const {key, document} = identify(stage, known);
  if (key !== recorded.key) {
    const fields = compareDocuments(recorded.document, document).map(({path}) => path);
    return {verdict: 'unchecked', why: {code: 'another-key', fields}};
  }
  const facts = compareFacts(recorded.hardware.facts, context.facts.hardware(stage.resources).facts);
  return facts.length + operations.length === 0 ? undefined : {verdict: 'unsupported', facts, operations};
}

/** Null where nothing is drawn: there is one grade only. Without the recorded token ids all must be drawn again. */
function gradeOf(training: Training, wanted: Grade, {states}: PublishedTraining): Grade | null {
  if (!hasRollouts(training)) return null;
  return wanted === 'trainer' && states.entries.has(COMPLETIONS) ? 'trainer' : 'full';
}

function described(
  {training, drawn}: TrainingDrawn,
  {findings, model}: PublishedTraining,
  grade: Grade | null,
): TrainingAudit {
  return {
    stage: training.stage.name,
    steps: training.steps,
    every: training.every,
    segments: training.segments.length,
    drawn: drawn.map(({index}) => index),
    grade,
    findings,
    model,
    recordedSeconds: training.recorded.execution.seconds,
    seconds: null,
  };
}
