import {digestOfBytes} from '../../artifacts/hashing.ts';
import {canonicalJson} from '../../schemas/canonical-json.ts';
import type {HardwareClass, HardwareFacts} from '../../schemas/hardware.ts';

export function hardwareClass(facts: HardwareFacts): HardwareClass {
  return {digest: digestOfBytes(Buffer.from(canonicalJson(facts))), facts};
}
