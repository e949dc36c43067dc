import {digestOfBytes} from '../../artifacts/hashing.ts';
import type {Artifact} from '../../schemas/artifact.ts';
import {byCodeUnit, canonicalJson, type Json} from '../../schemas/canonical-json.ts';
import {type Digest, hexOf, isDigest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {type Receipt, traceOf} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {
  BUILDER,
  type BuildType,
  PROVENANCE_TYPE,
  type Provenance,
  type ResourceDescriptor,
  RUN_BUILD,
  RUN_BUILD_1,
  STAGE_BUILD,
  STATEMENT_TYPE,
  type Statement,
} from '../../schemas/statement.ts';
import {type Times, timesBetween, timesOfResult, timesOfRun} from './times.ts';

/** A run's record with the digest of its bytes, which is the run's id. */
export interface IdentifiedRun {
  readonly record: RunRecord2;
  readonly digest: Digest;
}

/** The bytes that are signed. */
export function statementBytes(statement: Statement): Uint8Array {
  return Buffer.from(canonicalJson(statement));
}

/**
 * What is claimed of one stage. A function of the record alone, so that an auditor makes it again and compares:
 * a statement that says something else than the record has another digest.
 */
export function stageStatement({record, digest}: IdentifiedRun, stage: string, receipt: Receipt): Statement {
  const {document, execution} = receipt;
  const trace = traceOf(receipt);
  return statement(subjectsOf(receipt), {
    buildDefinition: {
      buildType: STAGE_BUILD,
      externalParameters: {
        pipeline: record.pipeline.name,
        file: record.source.file,
        profile: record.pipeline.profile,
        stage,
        kind: document.kind,
        params: document.params,
        seed: document.seed,
      },
      internalParameters: {
        key: receipt.key,
        command: document.command,
        hardware: receipt.hardware.facts,
        contract: document.contract,
        environment: document.environment as unknown as Readonly<Record<string, string>>,
        variables: document.variables,
        values: receipt.values,
        network: document.network,
        sandbox: execution.sandbox,
        effective: execution.effective,
      },
      resolvedDependencies: [...inputsOf(receipt), ...codeOf(receipt), ...sourceOf(record)],
    },
    runDetails: {
      builder: {id: BUILDER, version: {repro: execution.reproVersion}},
      metadata: {invocationId: digest, ...timesOfResult(receipt)},
      byproducts: [
        ...(execution.log === null ? [] : [blob('log', execution.log)]),
        ...(execution.metrics === null ? [] : [blob('metrics', execution.metrics)]),
        ...(trace === null ? [] : [blob('trace', trace)]),
      ],
    },
  });
}

/** Every stage's statement, in the order of the run. */
export function stageStatements(run: IdentifiedRun): ReadonlyMap<string, Statement> {
  const statements = new Map<string, Statement>();
  for (const stage of run.record.stages) {
    if (stage.state === 'cached' || stage.state === 'executed')
      statements.set(stage.name, stageStatement(run, stage.name, stage.receipt));
  }
  return statements;
}

/**
 * What is claimed of the whole: a function of the publication and its record, as well. It names both and every
 * stage's statement by digest: an envelope that somebody took out of the bundle is missed.
 */
export function runStatement(run: IdentifiedRun, publication: Publication): Statement {
  const {record} = run;
  return wholeStatement(run, publication, {
    buildType: RUN_BUILD,
    internalParameters: {results: resultsOf(record)},
    times: timesOfRun(record),
  });
}

/** As repro 0.1 signed it, for what was published then. */
export function runStatement1(run: IdentifiedRun, publication: Publication): Statement {
  const {startedAt, seconds} = run.record;
  const times = timesBetween(startedAt, seconds);
  return wholeStatement(run, publication, {buildType: RUN_BUILD_1, internalParameters: {}, times});
}

/** What of a run its format decides. */
interface Telling {
  readonly buildType: BuildType;
  readonly internalParameters: Readonly<Record<string, Json>>;
  readonly times: Times;
}

function wholeStatement(
  {record, digest}: IdentifiedRun,
  publication: Publication,
  {buildType, internalParameters, times}: Telling,
): Statement {
  const {source, pipeline} = record;
  const published = digestOfBytes(canonicalJson(publication));
  return statement([blob('publication.json', published), blob('run-record.json', digest)], {
    buildDefinition: {
      buildType,
      externalParameters: {
        pipeline: pipeline.name,
        file: source.file,
        profile: pipeline.profile,
        params: pipeline.params,
        overrides: pipeline.overrides,
        seed: pipeline.seed,
      },
      internalParameters,
      resolvedDependencies: [
        artifact('files', source.files),
        artifact('sdk', source.sdk),
        ...inOrder(source.folders).map(([folder, tree]) => artifact(`folder/${folder}`, tree)),
        ...sourceOf(record),
      ],
    },
    runDetails: {
      builder: {id: BUILDER},
      metadata: {invocationId: digest, ...times},
      byproducts: inOrder(publication.statements).map(([stage, made]) => blob(`statement/${stage}`, made)),
    },
  });
}

/** Whether each stage was executed in this run, or its result reused; and when it was made. */
function resultsOf({stages}: RunRecord2): Json {
  return Object.fromEntries(
    stages.flatMap((stage) =>
      stage.state === 'cached' || stage.state === 'executed'
        ? [[stage.name, {result: stage.state, ...timesOfResult(stage.receipt)}] as const]
        : [],
    ),
  );
}

function statement(subject: readonly ResourceDescriptor[], predicate: Provenance): Statement {
  return {_type: STATEMENT_TYPE, subject, predicateType: PROVENANCE_TYPE, predicate};
}

/** in-toto matches by digest, so a stage that gives only values has the receipt's key to go by. */
function subjectsOf({outputs, key}: Receipt): readonly ResourceDescriptor[] {
  const named = inOrder(outputs).map(([name, made]) => artifact(name, made));
  return named.length > 0 ? named : [blob('key', key)];
}

function inputsOf({document}: Receipt): readonly ResourceDescriptor[] {
  return inOrder(document.inputs).flatMap(([name, input]) =>
    isDigest(input)
      ? [blob(`input/${name}`, input)]
      : inOrder(input).map(([label, digest]) => blob(`input/${name}/${label}`, digest)),
  );
}

function codeOf({document}: Receipt): readonly ResourceDescriptor[] {
  const {environment, code, sdk} = document;
  const lock = environment.type === 'python' ? [blob('lock', environment.lock)] : [];
  return [blob('code', code), blob('sdk', sdk), ...lock];
}

function sourceOf({pipeline, git}: RunRecord2): readonly ResourceDescriptor[] {
  const text = blob('pipeline', pipeline.text);
  if (git === null) return [text];
  const commit: ResourceDescriptor = {
    name: 'git',
    digest: {gitCommit: git.commit},
    ...(git.remote !== null && {uri: `git+${git.remote}`}),
    annotations: {clean: git.clean},
  };
  return [text, commit];
}

/** The order in which an object's members happen to be must not decide a statement's bytes. */
function inOrder<T>(members: Readonly<Record<string, T>>): readonly (readonly [name: string, member: T])[] {
  return Object.entries(members).sort(([a], [b]) => byCodeUnit(a, b));
}

const TREE = 'application/vnd.repro.tree.v1+json';

/** A tree is its manifest, a small JSON that names every file's digest. */
function artifact(name: string, {type, digest}: Artifact): ResourceDescriptor {
  return type === 'tree' ? {...blob(name, digest), mediaType: TREE} : blob(name, digest);
}

function blob(name: string, digest: Digest): ResourceDescriptor {
  return {name, digest: {sha256: hexOf(digest)}};
}
