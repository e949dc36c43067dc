import {closeSync, openSync, writeSync} from 'node:fs';
import {diskTroubleOf} from '../../artifacts/disk-trouble.ts';
import type {DiskTrouble} from '../../schemas/disk-trouble.ts';
import type {RunEvent} from '../../schemas/event.ts';

export interface EventLog {
  /** What keeps it from being written, told once: from then on it isn't. */
  write(event: RunEvent): DiskTrouble | undefined;
  close(): void;
}

/** A run's events as NDJSON. A disk that is full may cost the log, and never what the run makes. */
export function openEventLog(file: string): EventLog {
  const descriptor = openSync(file, 'a');
  let lost = false;
  return {
    write(event) {
      if (lost) return undefined;
      try {
        writeFully(descriptor, Buffer.from(`${JSON.stringify(event)}\n`));
        return undefined;
      } catch (error) {
        const trouble = diskTroubleOf(error);
        if (trouble === undefined) throw error;
        lost = true;
        return {...trouble, path: trouble.path ?? file};
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** A full disk takes a part and says nothing: only the next write meets the error. */
function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
