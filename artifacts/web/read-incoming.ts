import type {ClientRequest, IncomingMessage} from 'node:http';
import {brokenOff, nothingCame} from './transport-error.ts';

/**
 * The body of an answer. The watchdog runs only while somebody waits for bytes: a reader may take its time
 * between two chunks. An answer that nobody begins to read is given up like one that doesn't come.
 */
export function readIncoming(
  sent: ClientRequest,
  incoming: IncomingMessage,
  url: URL,
  idleMs: number,
): AsyncGenerator<Uint8Array> {
  let reader: 'waiting' | 'busy' = 'waiting';
  sent.on('timeout', () => {
    if (reader === 'waiting') incoming.destroy(nothingCame(url, idleMs));
  });
  // Whoever reads gets it from the iterator; without a reader it must not end the process.
  incoming.on('error', () => undefined);
  return read();

  async function* read(): AsyncGenerator<Uint8Array> {
    let at = 0;
    try {
      for await (const chunk of incoming) {
        at += chunk.length;
        reader = 'busy';
        yield chunk;
        reader = 'waiting';
        // It may have rung meanwhile, and rings only once.
        if (!incoming.complete) incoming.socket.setTimeout(idleMs);
      }
    } catch (error) {
      throw brokenOff(url, at, error);
    }
  }
}
