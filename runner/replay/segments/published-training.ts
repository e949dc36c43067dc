import type {ArtifactStore} from '../../../artifacts/store.ts';
import {StoreError} from '../../../artifacts/store-error.ts';
import type {Digest} from '../../../schemas/digest.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {ModelTie} from '../../../schemas/segments.ts';
import type {ArtifactReader} from '../../compare/artifact-reader.ts';
import {ByteFile} from '../../compare/byte-file.ts';
import {openTrace, type Trace} from '../../compare/trace/open-trace.ts';
import {modelOf} from './model-tie.ts';
import {type PublishedStates, readStates} from './published-states.ts';
import type {Training} from './training.ts';

/** What was published of a training, read whole and held against itself. Dispose of it. */
export interface PublishedTraining extends Disposable {
  /** Undefined where there is none to compare with. */
  readonly trace: Trace | undefined;
  readonly states: PublishedStates;
  readonly findings: readonly string[];
  readonly model: ModelTie;
}

const NO_STATES: PublishedStates = {entries: new Map(), findings: []};

/**
 * Executes nothing. The trace must be a chain of as many steps as the params say, each state must stand in it, and the
 * model be what it ends in: so that the segments together are the whole training, and none of them is another’s.
 */
export async function readPublished(
  training: Training,
  reader: ArtifactReader,
  store: ArtifactStore,
): Promise<PublishedTraining> {
  const opened = await openedTrace(training.trace, reader);
  if (!opened.ok) return without(opened.error);
  const {trace, file} = opened.value;
  const dispose = () => file[Symbol.dispose]();
  if (trace.steps !== training.steps) {
    dispose();
    return without(`its trace has ${trace.steps} steps, not ${training.steps}`);
  }
  const model = await modelOf(training, trace, reader);
  const states = await statesOf(training, trace, store);
  const findings = [...states.findings, ...(!model.tied && model.contradicts ? [model.why] : [])];
  return {trace, states, findings, model, [Symbol.dispose]: dispose};
}

async function openedTrace(
  digest: Digest,
  reader: ArtifactReader,
): Promise<Result<{readonly trace: Trace; readonly file: ByteFile}, string>> {
  const file = new ByteFile(await reader.file('the trace', digest).path());
  const trace = await openTrace(file);
  if (trace.ok) return ok({trace: trace.value, file});
  file[Symbol.dispose]();
  return err(`its trace is refused: line ${trace.error.line}: ${trace.error.why}`);
}

async function statesOf(training: Training, trace: Trace, store: ArtifactStore): Promise<PublishedStates> {
  try {
    return await readStates(training, (step) => trace.read(step - 1).chain, store);
  } catch (error) {
    if (!(error instanceof StoreError) || error.retryable) throw error;
    return {...NO_STATES, findings: [`its states can’t be read: ${error.message}`]};
  }
}

function without(finding: string): PublishedTraining {
  return {
    trace: undefined,
    states: NO_STATES,
    findings: [finding],
    model: {tied: false, why: 'there is no trace to hold it against', contradicts: false},
    [Symbol.dispose]: () => undefined,
  };
}
