import {z} from 'zod';
import {describedJson, describedText, oneOf} from './describe.ts';

/** What a param may be. The same words serve pipelines and stage contracts. */
const PARAM_TYPES = ['number', 'integer', 'string', 'boolean', 'list', 'map'] as const;

const bound = z.number({error: 'expected a number'});

export const paramSpec = z
  .strictObject(
    {
      type: oneOf(PARAM_TYPES).describe('What values it takes. `map` is any JSON object.'),
      items: oneOf(PARAM_TYPES).optional().describe('For a list: the type of its items.'),
      default: describedJson.optional().describe('Without a default the param is required.'),
      minimum: bound.optional().describe('The least number allowed; for a list, of each item.'),
      maximum: bound.optional().describe('The greatest number allowed; for a list, of each item.'),
      enum: z
        .array(describedJson, {error: 'expected a list of the values allowed'})
        .min(1, 'expected at least one value')
        .optional(),
      description: describedText.optional(),
    },
    {error: 'expected a param: a map with `type`, and perhaps `default`, `minimum`, `maximum`, `enum`'},
  )
  .meta({id: 'param', description: 'A typed param.'});

export type ParamSpec = z.infer<typeof paramSpec>;
export type ParamType = (typeof PARAM_TYPES)[number];
