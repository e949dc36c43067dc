import type {ArtifactStore} from '../../../artifacts/store.ts';
import {readManifest} from '../../../artifacts/trees/materialise.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {Segment, SegmentFinding, SegmentVerdict} from '../../../schemas/segments.ts';
import type {TraceHeader, TraceStep} from '../../../schemas/trace.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {firstDivergence, type SearchedTrace} from '../../compare/trace/first-divergence.ts';
import {NO_HEADER, type TraceFault} from '../../compare/trace/open-trace.ts';
import {readTrace, TraceReader} from '../../compare/trace/trace-reader.ts';
import type {SegmentsDone} from './execute-segments.ts';
import {differingRows} from './judge-rows.ts';
import {compareStates, type StateFiles} from './judge-states.ts';
import {COMPLETIONS} from './published-states.ts';

/** What was published, and what doing some of it again gave. */
export interface Done {
  /** In the order in which they were done. */
  readonly segments: readonly Segment[];
  readonly done: SegmentsDone;
  /** Verified whole. */
  readonly trace: SearchedTrace;
  readonly entries: StateFiles;
  /** Of the whole training: the state after it is not published. */
  readonly steps: number;
  /** The record's; null where it kept none. */
  readonly metrics: Digest | null;
}

/**
 * Bit for bit: each line that a segment gave must be the recorded line, and the state that it ends in the recorded
 * file. A line's chain is the hash of the line with the chain before it, so equal chains are equal lines.
 */
export async function judgeSegments(
  about: Done,
  store: ArtifactStore,
  reader: ArtifactReader,
): Promise<readonly SegmentVerdict[]> {
  const {segments, done, trace, entries, steps} = about;
  const lines = await readLines(segments, done, trace, store);
  if (!lines.ok) return segments.map((segment) => ({...segment, ...reply(lines.error)}));
  const {entries: found} = await readManifest(store, done.states);
  const states = new Map(found.map((entry) => [entry.path, entry]));
  const rows = await differingLogs(about, states, reader);
  const verdicts: SegmentVerdict[] = [];
  for (const [at, segment] of segments.entries()) {
    const differs = compareLines(segment, lines.value[at] ?? [], trace);
    const end = segment.after + segment.steps;
    const finding = differs ?? (end < steps ? await compareStates(end, [entries, states], store) : EXACT);
    verdicts.push({...segment, ...(finding.verdict === 'exact' ? rows(segment) : finding)});
  }
  return verdicts;
}

/** What a segment logged of its steps beside the trace. */
async function differingLogs(
  {segments, done, entries, metrics}: Done,
  states: StateFiles,
  reader: ArtifactReader,
): Promise<(segment: Segment) => SegmentFinding> {
  const completions = {
    recorded: entries.get(COMPLETIONS)?.digest ?? null,
    found: states.get(COMPLETIONS)?.digest ?? null,
  };
  const wrong = {
    metrics: await differingRows({recorded: metrics, found: done.metrics}, segments, reader),
    completions: await differingRows(completions, segments, reader),
  };
  return ({index}) => {
    const logs = (['metrics', 'completions'] as const).filter((log) => wrong[log].has(index));
    return logs.length === 0 ? EXACT : {verdict: 'different', difference: {in: 'rows', logs}};
  };
}

const EXACT: SegmentFinding = {verdict: 'exact'};

function reply(why: string): SegmentFinding {
  return {verdict: 'different', difference: {in: 'reply', why}};
}

/** The lines of each segment, which stand one after another behind the header. */
async function readLines(
  segments: readonly Segment[],
  {trace}: SegmentsDone,
  recorded: SearchedTrace,
  store: ArtifactStore,
): Promise<Result<readonly (readonly TraceStep[])[], string>> {
  if (trace === null) return err('it wrote no trace');
  const wanted = segments.reduce((sum, {steps}) => sum + steps, 0);
  const lines: TraceStep[] = [];
  // Of more lines than were asked for, only their number is told.
  const keep = (line: TraceStep) => void (lines.length < wanted && lines.push(line));
  const reader = new TraceReader(keep, 'parts');
  const read = await readTrace(store.stream(trace), reader);
  const {header} = reader;
  if (header !== undefined && header.chain !== recorded.header.chain)
    return err('its trace has another header');
  if (!read.ok) return err(whyRefused(read.error, header));
  if (read.value.steps !== wanted) return err(`it gave ${read.value.steps} lines of trace, not ${wanted}`);
  let from = 0;
  return ok(
    segments.map(({steps}) => {
      from += steps;
      return lines.slice(from - steps, from);
    }),
  );
}

function whyRefused({line, why}: TraceFault, header: TraceHeader | undefined): string {
  if (header !== undefined) return `line ${line} of its trace is none: ${why}`;
  return `its trace has no header: ${why === NO_HEADER ? 'not a JSON object in UTF-8' : why}`;
}

/** Undefined where every line is the recorded one. */
function compareLines(
  {after, steps}: Segment,
  lines: readonly TraceStep[],
  recorded: SearchedTrace,
): SegmentFinding | undefined {
  if (lines.every((line, at) => line.chain === recorded.read(after + at).chain)) return undefined;
  // The line before a segment is common to both: it starts from the state that was recorded there.
  const before = after === 0 ? [] : [recorded.read(after - 1)];
  const was = [...before, ...Array.from({length: steps}, (_, at) => recorded.read(after + at))];
  const {header} = recorded;
  const found = firstDivergence(searched(was, header), searched([...before, ...lines], header), {
    sameStart: true,
  });
  // Of the whole training, not of the lines that were looked at.
  const divergence =
    found.kind === 'step' ? {...found, steps: [recorded.steps, recorded.steps] as const} : found;
  return {verdict: 'different', difference: {in: 'trace', divergence}};
}

function searched(lines: readonly TraceStep[], header: SearchedTrace['header']): SearchedTrace {
  return {
    header,
    steps: lines.length,
    read(index) {
      const line = lines[index];
      if (line === undefined) throw new Error(`there is no line ${index}`);
      return line;
    },
  };
}
