import type {Receipt} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';

/** A stage of a run that has a result. */
export interface DoneStage {
  readonly name: string;
  readonly receipt: Receipt;
}

export function doneStages({stages}: RunRecord2): readonly DoneStage[] {
  return stages.flatMap((stage) =>
    stage.state === 'cached' || stage.state === 'executed'
      ? [{name: stage.name, receipt: stage.receipt}]
      : [],
  );
}
