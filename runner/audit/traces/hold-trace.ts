import type {Result} from '../../../schemas/result.ts';
import type {TraceStep} from '../../../schemas/trace.ts';
import {contentDigest} from '../../compare/tensors/tensor-digest.ts';
import type {HashedTensors} from '../../compare/tensors/tensor-hasher.ts';
import type {StateDocument} from '../../compare/trace/state-document.ts';
import {countParam} from '../../compare/trace/trace-terms.ts';
import {weightsOf} from './join-weights.ts';
import type {ReadTrace} from './read-trace.ts';
import {type FoundInBytes, leafKey} from './trace-bytes.ts';
import {type TraceQuestion, tensorName} from './trace-inquiry.ts';

/** What was found of one stage's trace. */
export interface Held {
  /** What contradicts what. */
  readonly findings: readonly string[];
  /** What could not be read, so that nobody knows. */
  readonly open: readonly string[];
  /** What its params or its kind excuse it from. */
  readonly excused: readonly string[];
  /** What nothing ties it to: nobody can say that it is the trace of what was published. */
  readonly untied: readonly string[];
  /** What there was to hold: a row must not speak of what nobody looked at. */
  readonly steps: number;
  readonly metrics: number;
  readonly states: number;
}

/** One trace against its header, its length, the published weights, the metrics, and the states on its way. */
export function holdTrace(question: TraceQuestion, found: FoundInBytes): Held {
  const notes = new Notes();
  const {stage, states} = question;
  if (stage.trace === null) {
    if (stage.excused === undefined) notes.finding('its kind writes a trace, and it has none');
    else notes.excused(`it was run with ${stage.excused}, and has no trace`);
    return notes.held(NOTHING);
  }
  const read = found.traces.get(stage.trace);
  if (read === undefined) notes.open('its trace can’t be read');
  else if (!read.ok) notes.finding(`its trace is refused: line ${read.error.line}: ${read.error.why}`);
  if (read?.ok !== true) return notes.held(NOTHING);
  const trace = read.value;
  if (stage.contract === undefined) holdAlone(stage.isBuiltIn, notes);
  else holdHead(question, trace, notes);
  holdWeights(question, trace, found, notes);
  holdMetrics(question, trace, found, notes);
  holdStates(question, trace, found, notes);
  return notes.held({
    steps: trace.steps,
    metrics: Object.keys(stage.contract?.metrics ?? {}).length,
    states: states.state === 'documents' ? states.documents.length : 0,
  });
}

const NOTHING = {steps: 0, metrics: 0, states: 0};

class Notes {
  readonly #findings: string[] = [];
  readonly #open: string[] = [];
  readonly #untied: string[] = [];
  readonly #excused: string[] = [];

  finding(why: string): undefined {
    this.#findings.push(why);
  }

  open(why: string): undefined {
    this.#open.push(why);
  }

  excused(why: string): undefined {
    this.#excused.push(why);
  }

  untied(why: string): undefined {
    this.#untied.push(why);
  }

  held(counts: Pick<Held, 'steps' | 'metrics' | 'states'>): Held {
    const [findings, open, untied, excused] = [this.#findings, this.#open, this.#untied, this.#excused];
    return {findings, open, untied, excused, ...counts};
  }
}

/** A kind of the author's own promised no more; of those that come with repro, newer releases do. */
function holdAlone(isBuiltIn: boolean, notes: Notes): undefined {
  const why = 'no contract ties its trace to steps, weights or metrics';
  if (isBuiltIn) notes.untied(why);
  else notes.excused(why);
}

function holdHead({stage: {contract, receipt}}: TraceQuestion, trace: ReadTrace, notes: Notes): undefined {
  const {what} = trace.header;
  if (what !== 'training')
    notes.finding(`its trace is of ${JSON.stringify(what.slice(0, 40))}, not of a training`);
  if (contract?.steps === undefined) return notes.untied('its contract does not say how many steps it has');
  const steps = countParam(receipt.document.params, contract.steps);
  if (steps !== trace.steps)
    notes.finding(
      `its trace has ${trace.steps} steps, and its params say ${contract.steps}: ${steps ?? 'no count'}`,
    );
}

/** The type of saved weights may be another than they are trained in: then the last line has them as they are saved. */
function holdWeights(
  {stage: {contract}, weights}: TraceQuestion,
  {last}: ReadTrace,
  found: FoundInBytes,
  notes: Notes,
): undefined {
  if (weights.state === 'unnamed') {
    if (contract !== undefined) notes.untied('its contract does not say which weights its trace ends in');
    return;
  }
  if (weights.state !== 'files') {
    if (contract !== undefined)
      (weights.state === 'wrong' ? notes.finding : notes.open).call(notes, weights.why);
    return;
  }
  const end = last?.parts.saved ?? last?.parts.parameters;
  const {output, others} = weights;
  const model = joined(weights.files, found.tensors);
  // Where nothing promises that they are the same, that they are not says nothing.
  if (contract === undefined) return;
  for (const finding of others.findings) notes.finding(`${output}: ${finding}`);
  for (const path of others.beside)
    notes.untied(
      `${output} has other weights beside those of its trace: ${JSON.stringify(path.slice(0, 80))}`,
    );
  if (end === undefined) return notes.finding('the last line of its trace says nothing of the weights');
  if (model === undefined) return notes.open(`${output} can’t be read`);
  if (!model.ok) return notes.finding(`${output} can’t be hashed tensor by tensor: ${model.error}`);
  if (model.value.content === end) return;
  notes.finding(
    `${output} holds other weights than its trace ends in (${short(model.value.content)}, not ${short(end)})`,
  );
}

function joined(
  files: readonly {readonly name: string; readonly digest: Parameters<FoundInBytes['tensors']['get']>[0]}[],
  tensors: FoundInBytes['tensors'],
) {
  const read: {readonly name: string; readonly tensors: HashedTensors}[] = [];
  for (const {name, digest} of files) {
    const found: Result<HashedTensors, string> | undefined = tensors.get(digest);
    if (found?.ok !== true) return found;
    read.push({name, tensors: found.value});
  }
  return weightsOf(read);
}

function holdMetrics(
  {stage: {contract, receipt}}: TraceQuestion,
  trace: ReadTrace,
  found: FoundInBytes,
  notes: Notes,
): undefined {
  if (contract?.metrics === undefined) return;
  const {metrics: digest} = receipt.execution;
  if (digest === null) return notes.finding('it has a trace, and no metrics');
  const metrics = found.metrics.get(digest);
  if (metrics === undefined) return notes.open('its metrics can’t be read');
  if (!metrics.ok) return notes.finding(metrics.error);
  if (metrics.value.rows !== trace.steps)
    return notes.finding(`its metrics have ${metrics.value.rows} rows, and its trace ${trace.steps} steps`);
  for (const [scalar, name] of Object.entries(contract.metrics)) {
    const [bits, numbers] = [trace.scalars.get(scalar), metrics.value.columns.get(name)];
    for (let step = 1; step <= trace.steps; step++) {
      const [traced, told] = [bits?.get(step), numbers?.get(step)];
      // Bit for bit, and one NaN is as good as another.
      if (traced !== undefined && Object.is(traced, told)) continue;
      const words = `${name} of step ${step} is ${numberText(told)} in its metrics, ${numberText(traced)} in its trace`;
      notes.finding(words);
      break;
    }
  }
}

function holdStates({states}: TraceQuestion, trace: ReadTrace, found: FoundInBytes, notes: Notes): undefined {
  if (states.state === 'unread') notes.open(states.why);
  if (states.state !== 'documents') return;
  for (const finding of states.findings) notes.finding(finding);
  for (const state of states.documents) {
    const why = contradiction(state, trace.at.get(state.step), found);
    if (why !== undefined) notes.finding(`the state after step ${state.step} ${why}`);
  }
}

const GROUPS = ['parameters', 'optimizer', 'rng'] as const;

function contradiction(
  state: StateDocument,
  line: TraceStep | undefined,
  found: FoundInBytes,
): string | undefined {
  if (line === undefined || state.chain !== line.chain)
    return 'is of another trace: its chain is not the trace’s there';
  if (line.parts.parameters === undefined) return 'is of a step of which its trace has no parameters';
  for (const group of GROUPS) {
    const names = namesIn(state, group);
    const traced = line.parts[group];
    if (names.length === 0 && traced !== undefined && traced !== NOTHING_IN_IT)
      return `lacks what its trace has there: ${group}`;
    if (names.length > 0 && traced === undefined) return `has what its trace lacks there: ${group}`;
    const content = contentOf(state, names, found);
    if (content !== undefined && traced !== undefined && content !== traced)
      return `has other tensors than its trace there: ${group}`;
  }
  return undefined;
}

/** Of an optimizer that keeps nothing. */
const NOTHING_IN_IT = contentDigest(new Map());

function namesIn(state: StateDocument, group: string): readonly string[] {
  return Object.keys(state.tensors).filter((name) => name.startsWith(`${group}/`));
}

/** Undefined where not all were read: another row says so. */
function contentOf(state: StateDocument, names: readonly string[], found: FoundInBytes): string | undefined {
  const leaves = new Map<string, string>();
  for (const name of names) {
    const tensor = state.tensors[name];
    const leaf = tensor === undefined ? undefined : found.leaves.get(leafKey(tensorName(name), tensor));
    if (leaf === undefined) return undefined;
    leaves.set(tensorName(name), leaf);
  }
  return contentDigest(leaves);
}

function short(hex: string): string {
  return hex.slice(0, 8);
}

function numberText(value: number | undefined): string {
  if (value === undefined) return 'not there';
  return Object.is(value, -0) ? '-0' : String(value);
}
