import {z} from 'zod';
import {
  describedFlag,
  describedJson,
  describedText,
  MAXIMUM_SEED,
  mapOf,
  reference,
  whole,
  wholeOrReference,
} from './describe.ts';
import {determinism, outputSpec, reuse, valueSpec} from './stage-contract.ts';

/** One entry of `stages:` — a stage, a chain or a group, perhaps once per combination of a matrix. */
const scalar = z.union([describedText, z.number(), describedFlag], {
  error: 'expected text, a number, true or false',
});

const resources = z.strictObject(
  {
    cpus: wholeOrReference(1, 4096).optional(),
    memory: z
      .string({error: 'expected an amount with its unit, such as 2GiB'})
      .optional()
      .describe('Such as 2GiB.'),
    gpus: wholeOrReference(0, 1024).optional(),
    time: z
      .string({error: 'expected a duration with its units, such as 30m'})
      .optional()
      .describe('A limit such as 90s, 30m or 1h30m.'),
  },
  {error: 'expected resources: {cpus: …, memory: …, gpus: …, time: …}'},
);

const axis = z.union(
  [
    z.array(scalar).min(1, 'expected at least one value, or no such axis'),
    z
      .record(z.string(), describedJson)
      .refine((labels) => Object.keys(labels).length > 0, 'expected at least one label, or no such axis'),
    reference,
  ],
  {error: 'expected an axis: a list of scalars, or a map from labels to values or references; not empty'},
);

const inputs = mapOf(
  z.union([describedText, z.record(z.string(), describedText)], {
    error: `expected a reference such as \${sft.model}, or a map from labels to references`,
  }),
  'references',
);

const passed = mapOf(describedJson, 'references or values');

const rounds = z.union(
  [
    whole(1, 1000),
    z
      .array(z.record(z.string(), describedJson))
      .min(1, 'expected at least one round')
      .max(1000, 'expected at most 1000 rounds'),
    reference,
  ],
  {
    error: 'expected a number of rounds from 1 to 1000, or a list with one map per round; not empty',
  },
);

const chain = z.strictObject(
  {
    rounds: rounds.describe(
      `How often, or one map per round, read as \${round.x}; \${round.number} counts from 1.`,
    ),
    start: passed.optional().describe(`What \${chain.x} is in the first round.`),
    next: passed
      .optional()
      .describe(`What \${chain.x} is in the round after; the last one is read from outside.`),
    get stages() {
      return mapOf(stageDefinition, 'stages');
    },
  },
  {error: 'expected a chain: {rounds: …, start: …, next: …, stages: …}'},
);

export const stageDefinition = z
  .strictObject(
    {
      description: describedText.optional(),
      uses: describedText.optional().describe('A built-in kind such as sft, or a folder such as ./my-stage.'),
      with: mapOf(describedJson, 'values').optional().describe("The kind's params."),
      inputs: inputs.optional().describe(`Artifacts by reference, such as \${sft.model}.`),
      outputs: mapOf(outputSpec, 'outputs').optional().describe('Further outputs, where the kind is open.'),
      values: mapOf(valueSpec, 'values').optional().describe('Further values, where the kind is open.'),
      resources: resources.optional(),
      environment: describedText.optional().describe('The name of one of `environments`.'),
      determinism: determinism.optional(),
      reuse: reuse.optional(),
      network: describedFlag.optional(),
      retries: whole(0, 10).optional().describe('How often to try again after a failure.'),
      seed: wholeOrReference(0, MAXIMUM_SEED).optional(),
      variables: z
        .record(
          z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected a variable: capitals, digits and "_"'),
          scalar,
          {
            error: 'expected a map from environment variables to text',
          },
        )
        .optional(),
      matrix: mapOf(axis, 'axes')
        .optional()
        .describe('Once per combination of the axes, in order of their names.'),
      chain: chain.optional(),
      get stages() {
        return mapOf(stageDefinition, 'stages')
          .optional()
          .describe('A group: several stages per combination.');
      },
    },
    {error: 'expected a stage: a map with `uses`, `chain` or `stages`'},
  )
  .meta({
    id: 'stage',
    description: 'A stage, a chain of rounds, or a group.',
    oneOf: [{required: ['uses']}, {required: ['chain']}, {required: ['stages']}],
  });

export type StageDefinition = z.infer<typeof stageDefinition>;
