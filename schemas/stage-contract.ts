import {z} from 'zod';
import {describedFlag, describedName, describedText, mapOf, oneOf} from './describe.ts';
import {paramSpec} from './param.ts';

/** `stage.yaml`: what a kind of stage takes, gives and runs. */
export const determinism = oneOf(['bitwise', 'pure', 'none']).describe(
  'bitwise: same bytes on the same class of hardware. pure: same bytes everywhere. none: not promised.',
);

export const reuse = oneOf(['any', 'same-class', 'none']).describe(
  'Whose results may be used again: made on any hardware, on the same class of it, or never.',
);

export const outputSpec = z
  .strictObject(
    {
      kind: describedName.describe('What it is: model, problems, rollouts, report, …'),
      type: oneOf(['blob', 'tree']).describe('blob: one file. tree: a directory.'),
      description: describedText.optional(),
    },
    {error: 'expected an output: {kind: …, type: blob or tree}'},
  )
  .meta({id: 'output', description: 'A file or directory that the stage writes.'});

export const valueSpec = z
  .strictObject(
    {type: oneOf(['number', 'integer', 'string', 'boolean']), description: describedText.optional()},
    {error: 'expected a value: {type: number, integer, string or boolean}'},
  )
  .meta({id: 'value', description: 'A small scalar that the stage computes for later stages.'});

const inputSpec = z
  .strictObject(
    {
      kind: describedName.describe('The kind of artifact that fits; `any` takes every kind.'),
      optional: describedFlag.default(false),
      many: describedFlag.default(false).describe('A folder with one entry per label.'),
      description: describedText.optional(),
    },
    {error: 'expected an input: {kind: …}'},
  )
  .meta({id: 'input', description: 'An artifact that the stage reads.'});

/**
 * What the trace of such a stage (stages/TRACE.md) is held against. What is not named here, nobody can hold it
 * against; what is, is a promise: a publication that breaks it is refused by reading alone.
 */
const traceSpec = z
  .strictObject(
    {
      unless: z
        .record(describedName, z.union([describedText, z.number(), describedFlag]), {
          error: 'expected params and their values',
        })
        .optional()
        .describe('Params with which it writes no trace: {trace: off}.'),
      steps: describedName.optional().describe('The param that says how many steps there are.'),
      model: describedName
        .optional()
        .describe(
          'The output whose weights the last line has, as `saved` or else as `parameters`: all *.safetensors of it.',
        ),
      boundaries: z
        .strictObject({
          output: describedName.describe('The output with the recorded states.'),
          every: describedName.describe('The param that says after how many steps one is recorded.'),
        })
        .optional(),
      metrics: z
        .record(describedName, describedText, {error: 'expected a map from scalars of the trace to metrics'})
        .optional()
        .describe('Numbers of the trace that are in metrics.jsonl too, bit for bit, in one row a step.'),
    },
    {error: 'expected what a trace is held against, a map such as {steps: steps, model: model}'},
  )
  .meta({id: 'trace', description: 'That the stage writes a trace, and what it is held against.'});

export type TraceContract = z.infer<typeof traceSpec>;

export const stageContract = z
  .strictObject(
    {
      $schema: describedText.optional(),
      stage: z.literal(1, {error: 'expected 1, the version of this format'}).describe('Format version.'),
      kind: describedName.describe('The name of the folder.'),
      description: describedText.optional(),
      command: z
        .array(describedText, {error: `expected a list of words, such as [python, "\${stage}/main.py"]`})
        .min(1, 'expected at least the program to run')
        .describe(
          `argv. May use \${stage}, \${params.x}, \${inputs.x}, \${outputs.x} and \${seed}; \`python\` is the environment's.`,
        ),
      seed: describedFlag.default(false).describe("Takes the pipeline's seed."),
      determinism: determinism.default('bitwise'),
      reuse: reuse.default('same-class'),
      network: describedFlag.default(false).describe('May reach the network.'),
      params: mapOf(paramSpec, 'params').default({}),
      inputs: mapOf(inputSpec, 'inputs').default({}),
      outputs: mapOf(outputSpec, 'outputs').default({}),
      values: mapOf(valueSpec, 'values').default({}),
      trace: traceSpec.optional(),
      live: describedText.optional().describe('The metric worth showing while it runs.'),
      open: describedFlag
        .default(false)
        .describe('The pipeline may declare further inputs, outputs and values.'),
    },
    {error: "expected a stage's contract, a map"},
  )
  .meta({title: 'stage.yaml', description: 'The contract of a kind of stage.'});

export type StageContract = z.infer<typeof stageContract>;
