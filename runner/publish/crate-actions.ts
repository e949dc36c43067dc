import type {Json} from '../../schemas/canonical-json.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {timesOfRun} from '../attest/times.ts';
import {type CrateData, crateInputsOf} from './crate-data.ts';
import {allTo, type Entity, localId, moment, pathId, to} from './crate-entity.ts';
import type {CrateTool} from './crate-tools.ts';
import type {PublishableRun} from './publishable.ts';

/** What conducts the steps: repro itself. */
export const ENGINE = 'urn:repro:runner:v1';
const WORKFLOW_RUN = localId('run');

export interface StageParts {
  readonly data: CrateData;
  readonly tools: ReadonlyMap<string, CrateTool>;
  readonly persons: readonly Entity[];
}

/** The step that the pipeline has, the execution of its tool, and what ties the two together. */
export function stageEntities(
  stage: string,
  receipt: Receipt,
  i: number,
  {data, tools, persons}: StageParts,
) {
  const tool = tools.get(receipt.document.code);
  if (tool === undefined) throw new Error(`the record has no code for ${stage}`);
  const started = Date.parse(receipt.execution.startedAt);
  const given = crateInputsOf(receipt).map(({digest}) => data.byDigest.get(digest));
  const made = Object.values(receipt.outputs).map(({digest}) => data.byDigest.get(digest));
  const values = tool.values.get(stage) ?? [];
  const [agent] = persons;
  const step: Entity = {
    '@id': localId('step', stage),
    '@type': 'HowToStep',
    name: stage,
    position: String(i + 1),
    workExample: to(tool.id),
  };
  const action: Entity = {
    '@id': localId('action', stage),
    '@type': 'CreateAction',
    name: stage,
    description: receipt.document.command.join(' '),
    instrument: to(tool.id),
    startTime: moment(started),
    endTime: moment(started + receipt.execution.seconds * 1000),
    actionStatus: 'http://schema.org/CompletedActionStatus',
    ...(agent !== undefined && {agent: to(agent['@id'])}),
    identifier: receipt.key,
    object: refer([...given, ...values]),
    result: refer([...made, ...(tool.results.get(stage) ?? [])]),
  };
  const control: Entity = {
    '@id': localId('control', stage),
    '@type': 'ControlAction',
    name: `orchestrate ${stage}`,
    instrument: to(step['@id']),
    object: to(action['@id']),
  };
  return {step, action, control};
}

function refer(entities: readonly (Entity | undefined)[]): Json {
  return [...new Set(entities.flatMap((entity) => entity?.['@id'] ?? []))].map(to);
}

export function organizer(run: PublishableRun, controls: readonly Entity[]): Entity {
  return {
    '@id': localId('organize'),
    '@type': 'OrganizeAction',
    name: `repro run of ${run.record.pipeline.name}`,
    instrument: to(ENGINE),
    object: allTo(controls),
    result: to(WORKFLOW_RUN),
    ...times(run),
  };
}

/** Of all that made the results, also those that this run only looked up. */
function times({record}: PublishableRun) {
  const {startedOn, finishedOn} = timesOfRun(record);
  return {startTime: moment(Date.parse(startedOn)), endTime: moment(Date.parse(finishedOn))};
}

/** The run as a whole: what came from outside, and everything that was made. */
export function wholeAction(run: PublishableRun, data: CrateData, [agent]: readonly Entity[]): Entity {
  const receipts = [...run.receipts.values()];
  const made = new Set(receipts.flatMap(({outputs}) => Object.values(outputs).map(({digest}) => digest)));
  const taken = receipts.flatMap(crateInputsOf).filter(({digest}) => !made.has(digest));
  return {
    '@id': WORKFLOW_RUN,
    '@type': 'CreateAction',
    name: `run ${run.digest}`,
    description: `Profile ${run.record.pipeline.profile}, seed ${run.record.pipeline.seed}.`,
    instrument: to(workflowId(run)),
    ...times(run),
    actionStatus: 'http://schema.org/CompletedActionStatus',
    ...(agent !== undefined && {agent: to(agent['@id'])}),
    identifier: run.digest,
    object: refer(taken.map(({digest}) => data.byDigest.get(digest))),
    result: refer([...made].map((digest) => data.byDigest.get(digest))),
  };
}

export function workflowId({record}: PublishableRun): string {
  return pathId(`source/${record.source.file}`);
}
