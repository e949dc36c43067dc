import type {CrateData} from './crate-data.ts';
import {allTo, type Entity, localId, moment, to} from './crate-entity.ts';
import type {PublishableRun} from './publishable.ts';

const PROFILES = {
  'https://w3id.org/ro/wfrun/process/0.5': ['Process Run Crate', '0.5'],
  'https://w3id.org/ro/wfrun/workflow/0.5': ['Workflow Run Crate', '0.5'],
  'https://w3id.org/ro/wfrun/provenance/0.5': ['Provenance Run Crate', '0.5'],
  'https://w3id.org/workflowhub/workflow-ro-crate/1.0': ['Workflow RO-Crate', '1.0'],
} as const;

export function descriptor(): Entity {
  return {
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    about: to('./'),
    conformsTo: [
      to('https://w3id.org/ro/crate/1.1'),
      to('https://w3id.org/workflowhub/workflow-ro-crate/1.0'),
    ],
  };
}

export interface RootParts {
  readonly now: number;
  readonly files: readonly Entity[];
  readonly data: CrateData;
  readonly persons: readonly Entity[];
  readonly organizations: readonly Entity[];
  readonly workflow: Entity;
  readonly actions: readonly Entity[];
}

export function root(
  run: PublishableRun,
  {now, files, data, persons, organizations, workflow, actions}: RootParts,
): Entity {
  const {pipeline} = run.record;
  const inCrate = [...data.byDigest.values()].filter(({'@type': type}) => type !== 'CreativeWork');
  return {
    '@id': './',
    '@type': 'Dataset',
    name: `A run of ${pipeline.name}`,
    description: pipeline.description ?? `A run of the pipeline ${pipeline.name}, recorded by repro.`,
    datePublished: moment(now),
    license: to(licenseUrl(run.license)),
    author: allTo(persons),
    publisher: allTo(organizations.slice(0, 1)),
    identifier: run.digest,
    conformsTo: Object.keys(PROFILES).map(to),
    mainEntity: to(workflow['@id']),
    hasPart: [...new Set([workflow, ...files, ...inCrate].map((entity) => entity['@id']))].map(to),
    mentions: [...allTo(actions), to(localId('organize'))],
  };
}

export function profiles(): readonly Entity[] {
  return Object.entries(PROFILES).map(([id, [name, version]]) => ({
    '@id': id,
    '@type': 'CreativeWork',
    name,
    version,
  }));
}

export function licenseUrl(spdx: string): string {
  return `https://spdx.org/licenses/${encodeURIComponent(spdx)}`;
}

export function licenseOf({license}: PublishableRun): Entity {
  const description = `Terms of use, by the SPDX identifier ${license}.`;
  return {
    '@id': licenseUrl(license),
    '@type': 'CreativeWork',
    name: license,
    description,
    identifier: license,
  };
}
