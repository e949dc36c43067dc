import type {Artifact} from '../../schemas/artifact.ts';
import type {StageFailure} from '../../schemas/failure.ts';
import type {PlannedStage} from '../../schemas/plan.ts';
import {ok, type Result} from '../../schemas/result.ts';
import type {RunContext} from './run-context.ts';

/** After this the bytes of the stage's sources are in the store, and their sizes known. */
export async function bringSources(
  stage: PlannedStage,
  {supplies}: RunContext,
): Promise<Result<ReadonlyMap<string, Artifact>, StageFailure>> {
  const brought = new Map<string, Artifact>();
  for (const binding of stage.inputs.values()) {
    const inputs = binding.from === 'many' ? binding.members.map(({input}) => input) : [binding];
    for (const input of inputs) {
      if (input.from !== 'source') continue;
      const artifact = await supplies.source(input.source);
      if (!artifact.ok) return artifact;
      brought.set(input.source, artifact.value);
    }
  }
  return ok(brought);
}
