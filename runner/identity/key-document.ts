import {keyOf} from '../../artifacts/receipts/key-of.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {StageName} from '../../schemas/names.ts';
import type {CommandElement, InputBinding, PlannedStage, SingleInput} from '../../schemas/plan.ts';
import type {EnvironmentIdentity, KeyDocument, Receipt} from '../../schemas/receipt.ts';
import {contractVariables} from './determinism-contract.ts';

/** What must be known of the world before a stage's key is. */
export interface Known {
  receipt(stage: StageName): Receipt;
  source(name: string): Artifact;
  environment(name: string): EnvironmentIdentity;
  code(folder: string): Digest;
  readonly sdk: Digest;
}

export interface Identified {
  readonly key: Digest;
  readonly document: KeyDocument;
}

/** `plan`, `why`, `run` and `replay` all come here, so that they can't disagree. */
export function identify(stage: PlannedStage, known: Known): Identified {
  const document = keyDocument(stage, known);
  return {key: keyOf(document), document};
}

/** A document that was recorded, as if it had just been made: to execute what it says, whatever the plan is now. */
export function keyedBy(document: KeyDocument): Identified {
  return {key: keyOf(document), document};
}

function keyDocument(stage: PlannedStage, known: Known): KeyDocument {
  const params = boundParams(stage, known);
  return {
    key: 1,
    kind: stage.kind,
    command: stage.command.map((element) => fillElement(element, params)),
    code: known.code(stage.folder),
    sdk: known.sdk,
    params,
    seed: stage.seed ?? null,
    inputs: mapToObject(stage.inputs, (input) => digestsOf(input, known)),
    outputs: mapToObject(stage.outputs, ({type, kind}) => ({type, kind})),
    values: mapToObject(stage.values, (type) => type),
    environment: known.environment(stage.environment),
    variables: stage.variables,
    contract: contractVariables(stage.resources),
    network: stage.network,
  };
}

function boundParams(stage: PlannedStage, known: Known): Readonly<Record<string, Json>> {
  return mapToObject(stage.params, (binding) => {
    if (binding.from === 'literal') return binding.value;
    const value = known.receipt(binding.stage).values[binding.value];
    if (value === undefined) throw new Error(`${binding.stage} gave no value ${binding.value}`);
    return value;
  });
}

function fillElement(element: CommandElement, params: Readonly<Record<string, Json>>): string {
  return element
    .map((part) => (part.type === 'text' ? part.text : renderScalar(params[part.param] ?? null)))
    .join('');
}

function renderScalar(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function digestsOf(input: InputBinding, known: Known): Digest | Readonly<Record<string, Digest>> {
  if (input.from !== 'many') return artifactOf(input, known).digest;
  return Object.fromEntries(
    input.members.map((member) => [member.label, artifactOf(member.input, known).digest]),
  );
}

export function artifactOf(input: SingleInput, known: Pick<Known, 'receipt' | 'source'>): Artifact {
  if (input.from === 'source') return known.source(input.source);
  const artifact = known.receipt(input.stage).outputs[input.output];
  if (artifact === undefined) throw new Error(`${input.stage} gave no output ${input.output}`);
  return artifact;
}

function mapToObject<T, U>(
  map: ReadonlyMap<string, T>,
  convert: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries([...map].map(([name, value]) => [name, convert(value)]));
}
