import {join} from 'node:path';
import {diskFiles} from '../../load/file-reader.ts';
import type {World} from '../world/world.ts';
import type {OwnContract} from './plan-published.ts';

/** No contract is larger. */
const LIMIT = 2 ** 20;

export function ownContracts({installation}: World): OwnContract {
  return (kind) => {
    const text = diskFiles.read(join(installation, 'stages', kind, 'stage.yaml'), LIMIT);
    return text instanceof Uint8Array ? text : undefined;
  };
}
