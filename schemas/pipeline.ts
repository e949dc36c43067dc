import {z} from 'zod';
import {flag, json, MAXIMUM_SEED, mapOf, name, oneOf, text, whole} from './describe.ts';
import {paramSpec} from './param.ts';
import {stageDefinition} from './pipeline-stage.ts';

/**
 * `pipelines/*.yaml`, as a person writes it. The loader checks `pipelineHeader` and then each entry
 * of each section by itself, so that one bad entry does not hide the others; editors get the whole.
 */
export const SECTIONS = ['params', 'environments', 'sources', 'stages'] as const;
export type Section = (typeof SECTIONS)[number];

const HEX_64 = 'expected the SHA-256 in hexadecimal, 64 small digits';
const sha256 = z.string({error: `${HEX_64}, in quotes`}).regex(/^[0-9a-f]{64}$/, HEX_64);
const pin = z.union([sha256, z.literal('unpinned')], {error: `${HEX_64}, in quotes, or "unpinned"`});
const commit = z
  .string({error: 'expected a full commit, 40 hexadecimal digits, in quotes'})
  .regex(/^[0-9a-f]{40}$/, 'expected a full commit, 40 hexadecimal digits: a branch or tag can move');

export const environment = z
  .union(
    [
      z.literal('host'),
      z.strictObject({
        python: z.strictObject({
          lock: text.describe('A pip lock file with hashes, relative to this file.'),
          installer: oneOf(['pip', 'uv']).default('pip'),
        }),
      }),
    ],
    {error: 'expected host, or {python: {lock: FILE, installer: pip or uv}}'},
  )
  .meta({id: 'environment', description: 'What the stages run in. `host` is whatever the machine has.'});

export const source = z
  .strictObject(
    {
      file: text.optional().describe('A file or folder, relative to this file.'),
      https: text.optional(),
      hf: text
        .optional()
        .describe('organisation/name of a model on the hub, datasets/organisation/name; needs `revision`.'),
      s3: text.optional().describe('s3://bucket/key, or s3://bucket/prefix/ for all under it.'),
      git: text.optional().describe('https:// URL of a repository; needs `commit`.'),
      revision: commit.optional(),
      commit: commit.optional(),
      files: z
        .array(text, {error: 'expected a list of file names, such as ["*.json", "model.safetensors"]'})
        .min(1, 'expected at least one file name')
        .optional()
        .describe('Of `hf`: these files only; `*` stands for any text. All when absent.'),
      sha256: pin.describe('Of the bytes, or of a tree; `unpinned` may be planned but not run.'),
      kind: name.describe('What it is: model, problems, …'),
      type: oneOf(['blob', 'tree']).optional().describe('When the place does not tell.'),
      description: text.optional(),
    },
    {error: 'expected a source: {file: …, sha256: …, kind: …}'},
  )
  .meta({
    id: 'source',
    description: 'Something made elsewhere, pinned by digest.',
    oneOf: ['file', 'https', 'hf', 's3', 'git'].map((from) => ({required: [from]})),
  });

export const includeEntry = z.strictObject(
  {file: text.describe('Relative to this file.'), sha256},
  {error: 'expected {file: …, sha256: …}'},
);

const partial = z.union([z.record(name, json), z.null()], {
  error: 'expected a map, or null to remove it all',
});
const overlay = z
  .strictObject(
    {
      description: z.union([text, z.null()]).optional(),
      seed: whole(0, MAXIMUM_SEED).nullable().optional(),
      portable: flag.nullable().optional(),
      params: partial.optional().describe('{x: 3} is short for {x: {default: 3}}.'),
      environments: partial.optional(),
      sources: partial.optional(),
      stages: partial.optional(),
    },
    {error: 'expected a profile: a map that is laid over the pipeline'},
  )
  .meta({id: 'profile', description: 'A merge patch (RFC 7396) over the pipeline: null removes.'});

const author = z.strictObject({
  name: text,
  affiliation: text.optional(),
  email: text.optional(),
  orcid: text.optional(),
  url: text.optional(),
});

const words = {
  $schema: text.optional(),
  repro: z.literal(1, {error: 'expected 1, the version of this format'}).describe('Format version.'),
  name: name.describe('What the pipeline is called.'),
  description: text.optional(),
  license: text.optional().describe('An SPDX identifier.'),
  authors: z.array(author, {error: 'expected a list such as [{name: Ada}]'}).optional(),
  citation: z.union([text, z.record(z.string(), json)], {error: 'expected text or a map'}).optional(),
  store: name
    .optional()
    .describe(
      "A store of the reader's own stores.yaml, by its name there: a file can't say where credentials go.",
    ),
  seed: whole(0, MAXIMUM_SEED).default(0).describe('Of all that is random; 0 when absent.'),
  portable: flag
    .default(false)
    .describe('Bits that do not depend on the make of the CPU, from x86-64-v3 on; slower matrix products.'),
  include: z.array(includeEntry, {error: 'expected a list such as [{file: …, sha256: …}]'}).optional(),
  profiles: mapOf(overlay, 'profiles').optional(),
};

/** The document without what is inside its sections. */
export const pipelineHeader = z.strictObject(
  {
    ...words,
    params: mapOf(json, 'params').default({}),
    environments: mapOf(json, 'environments').default({}),
    sources: mapOf(json, 'sources').default({}),
    stages: mapOf(json, 'stages').default({}),
  },
  {error: 'expected a pipeline: a map with `repro: 1`, `name` and `stages`'},
);

export const pipelineDocument = z
  .strictObject({
    ...words,
    params: mapOf(paramSpec, 'params').optional(),
    environments: mapOf(environment, 'environments').optional(),
    sources: mapOf(source, 'sources').optional(),
    stages: mapOf(stageDefinition, 'stages'),
  })
  .meta({title: 'repro pipeline', description: 'A pipeline of stages that repro runs.'});

export type PipelineHeader = z.infer<typeof pipelineHeader>;
export type EnvironmentDefinition = z.infer<typeof environment>;
export type SourceDefinition = z.infer<typeof source>;
