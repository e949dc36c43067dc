import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {HardwareClass, HardwareFacts} from '../../schemas/hardware.ts';

export function hardwareClass(facts: HardwareFacts): HardwareClass {
  return {digest: digestOfBytes(Buffer.from(canonicalJson(facts))), facts};
}

/** How many GPUs the facts speak of. */
export function countGpus(facts: HardwareFacts): number {
  return Object.keys(facts).filter((name) => /^gpu\.\d+\.name$/.test(name)).length;
}
