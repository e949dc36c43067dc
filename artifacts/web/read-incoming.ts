import type {IncomingMessage} from 'node:http';
import type {PaceLaw} from '../bucket/pace-law.ts';
import type {TransportTrouble} from './answer-to.ts';
import {PaceWatch} from './pace-watch.ts';

/**
 * The body of an answer, as it comes, held to the law while somebody waits for bytes. One that nobody begins to
 * read is given up like one that doesn't come.
 */
export function readIncoming(
  incoming: IncomingMessage,
  law: PaceLaw,
  trouble: TransportTrouble,
): AsyncGenerator<Uint8Array> {
  const watch = new PaceWatch(law, (brought) =>
    incoming.destroy(brought === 0 ? trouble.nothingCame() : trouble.tooSlow(brought, law.windowMs)),
  );
  const {longestMs, clock} = law;
  const cancel =
    longestMs === undefined
      ? undefined
      : clock.after(longestMs, () => incoming.destroy(trouble.nothingCame()));
  incoming.once('close', () => {
    watch.stop();
    cancel?.();
  });
  // Whoever reads gets it from the iterator; without a reader it must not end the process.
  incoming.on('error', () => undefined);
  if (!incoming.destroyed) watch.wait();
  return read();

  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
        watch.took(chunk.length);
        yield chunk;
        watch.wait();
      }
    } finally {
      watch.stop();
    }
  }
}
