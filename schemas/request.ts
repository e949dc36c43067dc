import {z} from 'zod';
import {describedJson, describedName, describedText, MAXIMUM_SEED, whole} from './describe.ts';

/** No training has more. */
const MOST_STEPS = 1_000_000_000;

/** The three files between the runner and a stage's program. See stages/README.md. */
export const stageRequest = z
  .strictObject({
    contract: z.literal(1),
    stage: describedText.describe('The name of this instance, such as rl.2.train.'),
    kind: describedName,
    seed: whole(0, MAXIMUM_SEED).optional().describe('Absent when the kind takes none.'),
    params: z.record(describedName, describedJson),
    inputs: z
      .record(describedName, describedText)
      .describe('Path of each input; of a `many` input, the folder of its entries.'),
    outputs: z.record(describedName, describedText).describe('Path that each output is written to.'),
    values: z
      .record(describedName, z.enum(['number', 'integer', 'string', 'boolean']))
      .describe('To be computed.'),
    files: z.strictObject({
      values: describedText,
      metrics: describedText,
      trace: describedText,
      progress: describedText,
      effective: describedText,
    }),
    resume: describedText.describe('Folder for a checkpoint when told to stop.'),
    segments: z
      .strictObject({
        boundaries: describedText.describe('Path of the recorded states.'),
        ranges: z.array(z.strictObject({after: whole(0, MOST_STEPS), steps: whole(1, MOST_STEPS)})),
      })
      .optional()
      .describe('Steps to train again instead of the whole training, each range from a recorded state.'),
  })
  .meta({title: 'request.json', description: 'What a stage is asked to do.'});

export const stageValues = z
  .record(describedName, z.union([z.string(), z.number(), z.boolean()]))
  .meta({title: 'values.json', description: 'The values that a stage computed.'});

export const stageEffective = z
  .record(z.string(), describedJson)
  .meta({title: 'effective.json', description: 'What of the determinism contract took effect, read back.'});

export type StageRequest = z.infer<typeof stageRequest>;
