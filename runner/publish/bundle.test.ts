import {expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson, type Json} from '../../schemas/canonical-json.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {
  runStatement,
  runStatement1,
  stageStatement,
  stageStatements,
  statementBytes,
} from '../attest/statements.ts';
import {publicationAfter} from './bundle.ts';
import {aRun} from './testing/a-run.ts';

const FACTS = {
  key: {id: 'f'.repeat(64), text: 'ed25519:…'},
  contents: 'all',
  publishedAt: '2026-01-02T03:04:05.000Z',
  recordSize: 1234,
} as const;

// Format 1. A change here is another format: an auditor makes these bytes again and compares.
it('a stage’s statement says what it took, gave, ran and where', () => {
  const run = aRun();
  const [[stage, receipt] = ['', undefined]] = run.receipts;
  if (receipt === undefined) throw new Error('no stage');
  expect(flat(stageStatement(run, stage, receipt))).toMatchInlineSnapshot(`
    "_type "https://in-toto.io/Statement/v1"
    subject.0.name "model"
    subject.0.digest.sha256 "dc9c…"
    subject.0.mediaType "application/vnd.repro.tree.v1+json"
    predicateType "https://slsa.dev/provenance/v1"
    predicate.buildDefinition.buildType "urn:repro:stage:v1"
    predicate.buildDefinition.externalParameters.pipeline "tiny"
    predicate.buildDefinition.externalParameters.file "p.yaml"
    predicate.buildDefinition.externalParameters.profile "default"
    predicate.buildDefinition.externalParameters.stage "first"
    predicate.buildDefinition.externalParameters.kind "grpo"
    predicate.buildDefinition.externalParameters.params.learning_rate 0.001
    predicate.buildDefinition.externalParameters.params.lengths.0 1
    predicate.buildDefinition.externalParameters.params.lengths.1 2
    predicate.buildDefinition.externalParameters.seed 42
    predicate.buildDefinition.internalParameters.key "sha256:8bf5…"
    predicate.buildDefinition.internalParameters.command.0 "python"
    predicate.buildDefinition.internalParameters.command.1 "stage/main.py"
    predicate.buildDefinition.internalParameters.hardware.cpu "x86-64-v3"
    predicate.buildDefinition.internalParameters.hardware.threads "1"
    predicate.buildDefinition.internalParameters.contract.OMP_NUM_THREADS "1"
    predicate.buildDefinition.internalParameters.environment.type "python"
    predicate.buildDefinition.internalParameters.environment.lock "sha256:0c03…"
    predicate.buildDefinition.internalParameters.environment.python "3.11"
    predicate.buildDefinition.internalParameters.variables {}
    predicate.buildDefinition.internalParameters.values.temperature 1.1
    predicate.buildDefinition.internalParameters.network false
    predicate.buildDefinition.internalParameters.sandbox "bubblewrap"
    predicate.buildDefinition.internalParameters.effective.threads 1
    predicate.buildDefinition.resolvedDependencies.0.name "input/models/sft"
    predicate.buildDefinition.resolvedDependencies.0.digest.sha256 "34ae…"
    predicate.buildDefinition.resolvedDependencies.1.name "input/problems"
    predicate.buildDefinition.resolvedDependencies.1.digest.sha256 "c187…"
    predicate.buildDefinition.resolvedDependencies.2.name "code"
    predicate.buildDefinition.resolvedDependencies.2.digest.sha256 "5694…"
    predicate.buildDefinition.resolvedDependencies.3.name "sdk"
    predicate.buildDefinition.resolvedDependencies.3.digest.sha256 "a9d0…"
    predicate.buildDefinition.resolvedDependencies.4.name "lock"
    predicate.buildDefinition.resolvedDependencies.4.digest.sha256 "0c03…"
    predicate.buildDefinition.resolvedDependencies.5.name "pipeline"
    predicate.buildDefinition.resolvedDependencies.5.digest.sha256 "23bf…"
    predicate.buildDefinition.resolvedDependencies.6.name "git"
    predicate.buildDefinition.resolvedDependencies.6.digest.gitCommit "cccc…"
    predicate.buildDefinition.resolvedDependencies.6.uri "git+https://example.org/tiny.git"
    predicate.buildDefinition.resolvedDependencies.6.annotations.clean true
    predicate.runDetails.builder.id "urn:repro:runner:v1"
    predicate.runDetails.builder.version.repro "0.1.0"
    predicate.runDetails.metadata.invocationId "sha256:0d8f…"
    predicate.runDetails.metadata.startedOn "2026-01-02T03:04:05Z"
    predicate.runDetails.metadata.finishedOn "2026-01-02T03:04:17.500Z"
    predicate.runDetails.byproducts []"
  `);
});

it('a run’s statement names publication, record and every stage’s statement', () => {
  const run = aRun();
  const publication = publicationAfter(undefined, run, FACTS);
  expect(flat(runStatement(run, publication))).toMatchInlineSnapshot(`
    "_type "https://in-toto.io/Statement/v1"
    subject.0.name "publication.json"
    subject.0.digest.sha256 "d46d…"
    subject.1.name "run-record.json"
    subject.1.digest.sha256 "0d8f…"
    predicateType "https://slsa.dev/provenance/v1"
    predicate.buildDefinition.buildType "urn:repro:run:v2"
    predicate.buildDefinition.externalParameters.pipeline "tiny"
    predicate.buildDefinition.externalParameters.file "p.yaml"
    predicate.buildDefinition.externalParameters.profile "default"
    predicate.buildDefinition.externalParameters.params.n 1
    predicate.buildDefinition.externalParameters.overrides []
    predicate.buildDefinition.externalParameters.seed 1
    predicate.buildDefinition.internalParameters.results.first.result "executed"
    predicate.buildDefinition.internalParameters.results.first.startedOn "2026-01-02T03:04:05Z"
    predicate.buildDefinition.internalParameters.results.first.finishedOn "2026-01-02T03:04:17.500Z"
    predicate.buildDefinition.internalParameters.results.second.result "cached"
    predicate.buildDefinition.internalParameters.results.second.startedOn "2026-01-02T03:04:05Z"
    predicate.buildDefinition.internalParameters.results.second.finishedOn "2026-01-02T03:04:17.500Z"
    predicate.buildDefinition.resolvedDependencies.0.name "files"
    predicate.buildDefinition.resolvedDependencies.0.digest.sha256 "dc9c…"
    predicate.buildDefinition.resolvedDependencies.0.mediaType "application/vnd.repro.tree.v1+json"
    predicate.buildDefinition.resolvedDependencies.1.name "sdk"
    predicate.buildDefinition.resolvedDependencies.1.digest.sha256 "dc9c…"
    predicate.buildDefinition.resolvedDependencies.1.mediaType "application/vnd.repro.tree.v1+json"
    predicate.buildDefinition.resolvedDependencies.2.name "folder/builtin:sft"
    predicate.buildDefinition.resolvedDependencies.2.digest.sha256 "dc9c…"
    predicate.buildDefinition.resolvedDependencies.2.mediaType "application/vnd.repro.tree.v1+json"
    predicate.buildDefinition.resolvedDependencies.3.name "folder/own"
    predicate.buildDefinition.resolvedDependencies.3.digest.sha256 "dc9c…"
    predicate.buildDefinition.resolvedDependencies.3.mediaType "application/vnd.repro.tree.v1+json"
    predicate.buildDefinition.resolvedDependencies.4.name "pipeline"
    predicate.buildDefinition.resolvedDependencies.4.digest.sha256 "23bf…"
    predicate.buildDefinition.resolvedDependencies.5.name "git"
    predicate.buildDefinition.resolvedDependencies.5.digest.gitCommit "cccc…"
    predicate.buildDefinition.resolvedDependencies.5.uri "git+https://example.org/tiny.git"
    predicate.buildDefinition.resolvedDependencies.5.annotations.clean true
    predicate.runDetails.builder.id "urn:repro:runner:v1"
    predicate.runDetails.metadata.invocationId "sha256:0d8f…"
    predicate.runDetails.metadata.startedOn "2026-01-02T03:04:05.000Z"
    predicate.runDetails.metadata.finishedOn "2026-01-02T03:04:17.500Z"
    predicate.runDetails.byproducts.0.name "statement/first"
    predicate.runDetails.byproducts.0.digest.sha256 "154f…"
    predicate.runDetails.byproducts.1.name "statement/second"
    predicate.runDetails.byproducts.1.digest.sha256 "b588…""
  `);
  expect(flat(publication)).toMatchInlineSnapshot(`
    "publication 2
    name "tiny"
    sequence 1
    previous null
    publishedAt "2026-01-02T03:04:05.000Z"
    signer "ffff…"
    key "ed25519:…"
    contents "all"
    license "MIT"
    authors.0.name "Ada"
    authors.0.orcid "0000-0001-2345-6789"
    description "A test."
    citation null
    run.type "blob"
    run.digest "sha256:0d8f…"
    run.size 1234
    statements.first "sha256:154f…"
    statements.second "sha256:b588…""
  `);
});

it('a run’s times are those of its executions: looking them up again takes a moment, and makes nothing', () => {
  const run = aRun();
  const stages = run.record.stages.map((stage) => {
    if (!('receipt' in stage)) throw new Error('no receipt');
    const execution = {...stage.receipt.execution, startedAt: '2026-01-01T10:00:00.000Z', seconds: 360};
    return {...stage, state: 'cached', receipt: {...stage.receipt, execution}} as const;
  });
  const cached = {...run, record: {...run.record, seconds: 0.42, stages: stages as RunRecord2['stages']}};
  const publication = publicationAfter(undefined, cached, FACTS);
  const {runDetails, buildDefinition} = runStatement(cached, publication).predicate;
  expect(runDetails.metadata).toMatchObject({
    startedOn: '2026-01-01T10:00:00.000Z',
    finishedOn: '2026-01-02T03:04:05.420Z',
  });
  const times = {startedOn: '2026-01-01T10:00:00.000Z', finishedOn: '2026-01-01T10:06:00.000Z'};
  expect(buildDefinition.internalParameters).toEqual({
    results: {first: {result: 'cached', ...times}, second: {result: 'cached', ...times}},
  });
  // As 0.1 signed it; what was published then is made again to the letter.
  const before = runStatement1(cached, publication).predicate;
  expect(before.buildDefinition).toMatchObject({buildType: 'urn:repro:run:v1', internalParameters: {}});
  expect(before.runDetails.metadata.finishedOn).toBe('2026-01-02T03:04:05.420Z');
  expect(before.runDetails.metadata.startedOn).toBe('2026-01-02T03:04:05.000Z');
});

it('the order in which members of a record happen to be decides nothing', () => {
  const run = aRun();
  const {record} = run;
  const backwards = {...run, record: reversed(record as unknown as Json) as unknown as RunRecord2};
  expect(canonicalJson(backwards.record)).toBe(canonicalJson(record));
  const bytes = (of: typeof run) =>
    [...stageStatements(of)].map(([, made]) => digestOfBytes(statementBytes(made)));
  expect(bytes(backwards)).toEqual(bytes(run));
  const publication = publicationAfter(undefined, run, FACTS);
  const other = reversed(publication as unknown as Json) as unknown as typeof publication;
  expect(statementBytes(runStatement(backwards, other))).toEqual(
    statementBytes(runStatement(run, publication)),
  );
});

/** One line for each value; digests and what is alike in both statements shortened. */
function flat(value: unknown, at = ''): string {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0)
    return `${at} ${JSON.stringify(value).replaceAll(/([0-9a-f]{4})[0-9a-f]{36,60}/g, '$1…')}`;
  const lines = Object.entries(value).map(([name, member]) =>
    flat(member, at === '' ? name : `${at}.${name}`),
  );
  return lines.join('\n');
}

/** The same JSON, written from the other end. */
function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member as Json)]),
  );
}
