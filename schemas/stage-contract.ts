import {z} from 'zod';
import {flag, mapOf, name, oneOf, text} from './describe.ts';
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
      kind: name.describe('What it is: model, problems, rollouts, report, …'),
      type: oneOf(['blob', 'tree']).describe('blob: one file. tree: a directory.'),
      description: text.optional(),
    },
    {error: 'expected an output: {kind: …, type: blob or tree}'},
  )
  .meta({id: 'output', description: 'A file or directory that the stage writes.'});

export const valueSpec = z
  .strictObject(
    {type: oneOf(['number', 'integer', 'string', 'boolean']), description: text.optional()},
    {error: 'expected a value: {type: number, integer, string or boolean}'},
  )
  .meta({id: 'value', description: 'A small scalar that the stage computes for later stages.'});

const inputSpec = z
  .strictObject(
    {
      kind: name.describe('The kind of artifact that fits; `any` takes every kind.'),
      optional: flag.default(false),
      many: flag.default(false).describe('A folder with one entry per label.'),
      description: text.optional(),
    },
    {error: 'expected an input: {kind: …}'},
  )
  .meta({id: 'input', description: 'An artifact that the stage reads.'});

/**
 * What the trace of such a stage (stages/TRACE.md) is held against. What is not named here, nobody can hold it
 * against; what is, is a promise: a publication that breaks it is refused by reading alone.
 */
export const traceSpec = z
  .strictObject(
    {
      unless: z
        .record(name, z.union([text, z.number(), flag]), {error: 'expected params and their values'})
        .optional()
        .describe('Params with which it writes no trace: {trace: off}.'),
      steps: name.optional().describe('The param that says how many steps there are.'),
      model: name
        .optional()
        .describe(
          'The output whose weights the last line has, as `saved` or else as `parameters`: all *.safetensors of it.',
        ),
      boundaries: z
        .strictObject({
          output: name.describe('The output with the recorded states.'),
          every: name.describe('The param that says after how many steps one is recorded.'),
        })
        .optional(),
      metrics: z
        .record(name, text, {error: 'expected a map from scalars of the trace to metrics'})
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
      $schema: text.optional(),
      stage: z.literal(1, {error: 'expected 1, the version of this format'}).describe('Format version.'),
      kind: name.describe('The name of the folder.'),
      description: text.optional(),
      command: z
        .array(text, {error: `expected a list of words, such as [python, "\${stage}/main.py"]`})
        .min(1, 'expected at least the program to run')
        .describe(
          `argv. May use \${stage}, \${params.x}, \${inputs.x}, \${outputs.x} and \${seed}; \`python\` is the environment's.`,
        ),
      seed: flag.default(false).describe("Takes the pipeline's seed."),
      determinism: determinism.default('bitwise'),
      reuse: reuse.default('same-class'),
      network: flag.default(false).describe('May reach the network.'),
      params: mapOf(paramSpec, 'params').default({}),
      inputs: mapOf(inputSpec, 'inputs').default({}),
      outputs: mapOf(outputSpec, 'outputs').default({}),
      values: mapOf(valueSpec, 'values').default({}),
      trace: traceSpec.optional(),
      live: text.optional().describe('The metric worth showing while it runs.'),
      open: flag.default(false).describe('The pipeline may declare further inputs, outputs and values.'),
    },
    {error: "expected a stage's contract, a map"},
  )
  .meta({title: 'stage.yaml', description: 'The contract of a kind of stage.'});

export type StageContract = z.infer<typeof stageContract>;
