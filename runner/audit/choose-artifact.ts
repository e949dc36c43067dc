import type {Artifact} from '../../schemas/artifact.ts';
import {err, ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {doneStages} from './done-stages.ts';

/** Something that a run made. */
export interface MadeArtifact {
  readonly stage: string;
  readonly output: string;
  /** `model`, `problems`, … */
  readonly kind: string;
  readonly artifact: Artifact;
}

/** What `rl.3.train.model` or a digest means in a run; the last model it made when nobody says. */
export function chooseArtifact(record: RunRecord2, wanted: string | undefined): Result<MadeArtifact, string> {
  const all = madeBy(record);
  const found = wanted === undefined ? lastModel(all) : all.find((made) => isCalled(made, wanted));
  if (found !== undefined) return ok(found);
  const names = all.map(({stage, output}) => `${stage}.${output}`);
  const what = wanted === undefined ? 'the run made no model' : `the run made nothing called ${wanted}`;
  return err(names.length === 0 ? what : `${what}: it made ${names.join(', ')}`);
}

function madeBy(record: RunRecord2): readonly MadeArtifact[] {
  return doneStages(record).flatMap(({name: stage, receipt: {outputs, document}}) =>
    Object.entries(outputs).map(([output, artifact]) => {
      const kind = new Map(Object.entries(document.outputs)).get(output)?.kind ?? '';
      return {stage, output, kind, artifact};
    }),
  );
}

function lastModel(all: readonly MadeArtifact[]): MadeArtifact | undefined {
  return all.findLast(({kind}) => kind === 'model');
}

function isCalled({stage, output, artifact}: MadeArtifact, wanted: string): boolean {
  return wanted === `${stage}.${output}` || wanted === artifact.digest;
}
