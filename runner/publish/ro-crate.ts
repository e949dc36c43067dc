import type {TreeArtifact} from '../../schemas/artifact.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import {hexOf} from '../../schemas/digest.ts';
import {ENGINE, organizer, stageEntities, wholeAction, workflowId} from './crate-actions.ts';
import {crateData} from './crate-data.ts';
import {
  allTo,
  contentUri,
  type Entity,
  type EntityReference,
  localId,
  pathId,
  people,
  to,
} from './crate-entity.ts';
import {descriptor, licenseOf, licenseUrl, profiles, root} from './crate-root.ts';
import {type CrateTool, crateTools} from './crate-tools.ts';
import type {ExportFiles} from './export-files.ts';
import {readme} from './model-card.ts';
import type {PublishableRun} from './publishable.ts';

const BIOSCHEMAS = 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE';
const CONTEXT = ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'];
const LANGUAGE = localId('language');

/**
 * A run as a Workflow Run RO-Crate: Provenance Run Crate 0.5 on RO-Crate 1.1. A step and an action for each stage, a
 * tool for each kind of stage, a formal parameter for each thing that goes in or comes out.
 */
export function roCrate(run: PublishableRun, now: number): ExportFiles {
  const data = crateData(run);
  const tools = crateTools(run, data);
  const {persons, organizations} = people(run.record.pipeline.authors);
  const stages = [...run.receipts].map(([stage, receipt], i) =>
    stageEntities(stage, receipt, i, {data, tools, persons}),
  );
  const actions = stages.map(({action}) => action);
  const workflow = workflowOf(
    run,
    [...tools.values()],
    stages.map(({step}) => step),
  );
  const whole = wholeAction(run, data, persons);
  const files = documentFiles(run);
  const graph = [
    descriptor(),
    root(run, {now, files, data, persons, organizations, workflow, actions: [whole, ...actions]}),
    ...profiles(),
    licenseOf(run),
    ...persons,
    ...organizations,
    workflow,
    language(),
    engine(run),
    ...[...tools.values()].flatMap(({entities}) => entities),
    ...stages.flatMap(({step, control, action}) => [step, control, action]),
    organizer(
      run,
      stages.map(({control}) => control),
    ),
    whole,
    ...files,
    ...data.byDigest.values(),
  ];
  return {
    documents: new Map([
      [
        'ro-crate-metadata.json',
        `${JSON.stringify({'@context': CONTEXT, '@graph': finished(graph)}, null, 2)}\n`,
      ],
      ['run-record.json', canonicalJson(run.record)],
      ['README.md', readme(run)],
    ]),
    artifacts: new Map([['source/', run.record.source.files], ...codeOf(run), ...data.included]),
  };
}

function workflowOf(run: PublishableRun, tools: readonly CrateTool[], steps: readonly Entity[]): Entity {
  const {pipeline, git} = run.record;
  return {
    '@id': workflowId(run),
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', 'HowTo'],
    name: pipeline.name,
    ...(pipeline.description !== null && {description: pipeline.description}),
    conformsTo: to(BIOSCHEMAS),
    programmingLanguage: to(LANGUAGE),
    encodingFormat: 'text/yaml',
    license: to(licenseUrl(run.license)),
    sha256: hexOf(pipeline.text),
    url: git?.remote ?? contentUri(pipeline.text),
    version: git?.commit ?? pipeline.text,
    hasPart: tools.map(({id}) => to(id)),
    step: allTo(steps),
  };
}

function language(): Entity {
  return {'@id': LANGUAGE, '@type': 'ComputerLanguage', name: 'repro pipeline, format 1', url: to(ENGINE)};
}

function engine({receipts}: PublishableRun): Entity {
  const versions = new Set([...receipts.values()].map(({execution}) => execution.reproVersion));
  return {
    '@id': ENGINE,
    '@type': 'SoftwareApplication',
    name: 'repro',
    url: ENGINE,
    softwareVersion: [...versions].join(', '),
  };
}

/** What the tools are, to read and to run. */
function codeOf({record: {source}}: PublishableRun): ReadonlyMap<string, TreeArtifact> {
  const folders = Object.entries(source.folders).map(([folder, tree]) => [codePath(folder), tree] as const);
  return new Map([...folders, [codePath('repro-sdk'), source.sdk]]);
}

function codePath(folder: string): string {
  return `code/${folder.replace(':', '-')}/`;
}

function codeFolders(run: PublishableRun): readonly Entity[] {
  return [...codeOf(run)].map(([path, {digest}]) => ({
    '@id': pathId(path),
    '@type': 'Dataset',
    name: path.slice(0, -1),
    description: 'Code that stages ran.',
    identifier: digest,
  }));
}

function documentFiles(run: PublishableRun): readonly Entity[] {
  return [
    {
      '@id': 'run-record.json',
      '@type': 'File',
      name: 'run record',
      description: 'Every stage with its key document, outputs, values, hardware and environment.',
      encodingFormat: 'application/json',
      sha256: hexOf(run.digest),
    },
    ...codeFolders(run),
    {'@id': 'README.md', '@type': 'File', name: 'README', encodingFormat: 'text/markdown', about: to('./')},
    {
      '@id': 'source/',
      '@type': 'Dataset',
      name: 'source',
      description: 'The pipeline with all it includes, and locks.',
    },
  ];
}

/** Each thing once; the links from examples back to their parameters; and JSON-LD the way RO-Crate likes it. */
function finished(graph: readonly Entity[]): readonly Entity[] {
  const examples = new Map<string, EntityReference[]>();
  for (const {'@type': type, '@id': id, workExample} of graph) {
    if (type !== 'FormalParameter' || !Array.isArray(workExample)) continue;
    for (const {'@id': example} of workExample as readonly EntityReference[])
      examples.set(example, [...(examples.get(example) ?? []), to(id)]);
  }
  const once = new Map(graph.map((entity) => [entity['@id'], entity]));
  return [...once.values()].map((entity) =>
    compacted({
      ...entity,
      ...(examples.has(entity['@id']) && {exampleOfWork: examples.get(entity['@id']) ?? []}),
    }),
  );
}

/** A list of one is that one, a list of none is left out. */
function compacted(entity: Entity): Entity {
  const kept = Object.entries(entity).flatMap(([name, value]) => {
    if (!Array.isArray(value) || value.length > 1) return [[name, value] as const];
    return value.map((only) => [name, only] as const);
  });
  return Object.fromEntries(kept) as Entity;
}
