import {z} from 'zod';
import {pipelineDocument} from './pipeline.ts';
import {stageEffective, stageRequest, stageValues} from './request.ts';
import {stageContract} from './stage-contract.ts';

/** File name to text, as it lies in `schemas/generated`: for editors, and for programs in other languages. */
export function generatedSchemas(): Readonly<Record<string, string>> {
  return {
    'pipeline.schema.json': print(draft7(pipelineDocument)),
    'stage.schema.json': print(draft7(stageContract)),
    'request.schema.json': print({
      ...draft7(stageRequest),
      definitions: {values: draft7(stageValues), effective: draft7(stageEffective)},
    }),
  };
}

function draft7(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {target: 'draft-7', io: 'input', unrepresentable: 'any'});
}

function print(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
