import type {TreeArtifact} from '../../schemas/artifact.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Receipt} from '../../schemas/receipt.ts';
import {type CrateData, crateInputsOf} from './crate-data.ts';
import {contentUri, type Entity, localId, to} from './crate-entity.ts';
import type {PublishableRun} from './publishable.ts';

/** A kind of stage: code that stages run, with what goes in and comes out of it. */
export interface CrateTool {
  readonly id: string;
  readonly entities: readonly Entity[];
  /** What was given for its params, and the values it computed, by stage. */
  readonly values: ReadonlyMap<string, readonly Entity[]>;
  readonly results: ReadonlyMap<string, readonly Entity[]>;
}

/** By the digest of its code, which every receipt names. */
export function crateTools(run: PublishableRun, data: CrateData): ReadonlyMap<Digest, CrateTool> {
  const tools = new Map<Digest, CrateTool>();
  for (const [folder, code] of Object.entries(run.record.source.folders)) {
    const uses = [...run.receipts].filter(([, {document}]) => document.code === code.digest);
    if (uses.length > 0) tools.set(code.digest, toolOf(folder, code, uses, data));
  }
  return tools;
}

type Use = readonly [stage: string, receipt: Receipt];

function toolOf(folder: string, code: TreeArtifact, uses: readonly Use[], data: CrateData): CrateTool {
  const id = localId('kind', folder);
  const values = new Map(uses.map(([stage, receipt]) => [stage, paramsOf(stage, receipt)] as const));
  const results = new Map(
    uses.map(([stage, {values: made}]) => [stage, propertyValues('value', stage, made)] as const),
  );
  const params = parameters(folder, 'param', named(values));
  const computed = parameters(folder, 'value', named(results));
  const inputs = parameters(folder, 'input', linked(uses, data, crateInputsOf));
  const outputs = parameters(folder, 'output', linked(uses, data, outputsOf));
  const tool: Entity = {
    '@id': id,
    '@type': 'SoftwareSourceCode',
    name: folder,
    description: `The kind of stage that ${uses
      .map(([stage]) => stage)
      .slice(0, 5)
      .join(', ')} ran.`,
    identifier: code.digest,
    url: contentUri(code.digest),
    version: code.digest,
    programmingLanguage: 'Python',
    input: [...params, ...inputs].map((parameter) => to(parameter['@id'])),
    output: [...outputs, ...computed].map((parameter) => to(parameter['@id'])),
  };
  const formal = [...params, ...inputs, ...outputs, ...computed];
  return {id, values, results, entities: [tool, ...formal, ...all(values), ...all(results)]};
}

function outputsOf({outputs}: Receipt) {
  return Object.entries(outputs).map(([name, {digest}]) => ({name, digest}));
}

function linked(
  uses: readonly Use[],
  data: CrateData,
  of: (receipt: Receipt) => readonly {readonly name: string; readonly digest: Digest}[],
): readonly (readonly [name: string, entity: Entity])[] {
  return uses.flatMap(([, receipt]) =>
    of(receipt).flatMap(({name, digest}) => {
      const entity = data.byDigest.get(digest);
      return entity === undefined ? [] : [[name, entity] as const];
    }),
  );
}

function paramsOf(stage: string, {document}: Receipt): readonly Entity[] {
  const seed: Record<string, Json> = document.seed === null ? {} : {seed: document.seed};
  return propertyValues('param', stage, {...document.params, ...seed});
}

function propertyValues(
  role: 'param' | 'value',
  stage: string,
  given: Readonly<Record<string, Json>>,
): readonly Entity[] {
  return Object.entries(given).map(([name, value]) => ({
    '@id': localId(role, stage, name),
    '@type': 'PropertyValue',
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}

function named(
  values: ReadonlyMap<string, readonly Entity[]>,
): readonly (readonly [name: string, entity: Entity])[] {
  return all(values).map((value) => [String(value.name), value]);
}

function all(values: ReadonlyMap<string, readonly Entity[]>): readonly Entity[] {
  return [...values.values()].flat();
}

/** One for each name, and what was given for it. */
function parameters(
  folder: string,
  role: 'param' | 'input' | 'output' | 'value',
  given: readonly (readonly [name: string, entity: Entity])[],
): readonly Entity[] {
  const names = [...new Set(given.map(([name]) => name))];
  return names.map((name) => {
    const examples = given.filter(([of]) => of === name).map(([, entity]) => entity);
    return {
      '@id': localId('kind', folder, role, name),
      '@type': 'FormalParameter',
      name,
      additionalType: one([...new Set(examples.map(({'@type': type}) => String(type)))]),
      workExample: [...new Set(examples.map((entity) => entity['@id']))].map(to),
    };
  });
}

function one(items: readonly string[]): Json {
  return items.length === 1 ? (items[0] ?? '') : items;
}
