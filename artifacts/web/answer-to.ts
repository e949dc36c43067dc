import type {ClientRequest, IncomingMessage} from 'node:http';
import {answerMs, forSending, type PaceLaw} from '../bucket/pace-law.ts';
import {PaceWatch} from './pace-watch.ts';

/** Bytes, or a way to make them chunk by chunk; a chunk may be overwritten when the next one is asked for. */
export type HttpBody = Uint8Array | (() => Iterable<Uint8Array>);

/** What the trouble of a connection is called where it is used. */
export interface TransportTrouble {
  nothingCame(): Error;
  tooSlow(brought: number, waitedMs: number): Error;
  /** What a socket, a resolver or TLS threw; also what the two above made, which it gives back. */
  because(error: Error): Error;
  /** While the bytes of an answer were read, after so many of them. */
  brokenOff(at: number, error: unknown): Error;
}

/** Sends a request, and waits for the head of its answer as long as the law allows. */
export function answerTo(
  sent: ClientRequest,
  body: HttpBody | undefined,
  law: PaceLaw,
  trouble: TransportTrouble,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const watch = new HeadWatch(sent, law, trouble);
    sent.once('response', (incoming) => {
      watch.stop();
      resolve(incoming);
    });
    // Stays for the whole exchange: what happens after the answer is thrown where that is read.
    sent.on('error', (error) => {
      watch.stop();
      reject(trouble.because(error));
    });
    sent.once('close', () => watch.stop());
    watch.start();
    send(sent, body, forSending(law), watch, trouble).catch((error: unknown) => {
      watch.stop();
      reject(error);
      sent.destroy();
    });
  });
}

/**
 * From the first step to a host until its answer begins. One window of silence is the end; and so are two, whatever
 * came in them: a handshake, a head, a flood of "100 Continue", byte by byte.
 */
class HeadWatch {
  readonly #sent: ClientRequest;
  readonly #law: PaceLaw;
  readonly #trouble: TransportTrouble;
  #cancel: () => void = () => undefined;
  /** What a connection that is used again had read for the requests before this one. */
  #readBefore = 0;

  constructor(sent: ClientRequest, law: PaceLaw, trouble: TransportTrouble) {
    this.#sent = sent;
    this.#law = law;
    this.#trouble = trouble;
    sent.once('socket', (socket) => {
      this.#readBefore = socket.bytesRead;
    });
  }

  start(): void {
    this.stop();
    const {clock, windowMs} = this.#law;
    const before = this.#read();
    this.#cancel = clock.after(windowMs, () => {
      if (this.#read() === before) this.#sent.destroy(this.#trouble.nothingCame());
      else
        this.#cancel = clock.after(answerMs(this.#law) - windowMs, () =>
          this.#sent.destroy(this.#trouble.tooSlow(this.#read() - before, answerMs(this.#law))),
        );
    });
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
  }

  #read(): number {
    const {socket} = this.#sent;
    // Before it has a connection nothing came, however much that one brought to others.
    return socket === null ? 0 : socket.bytesRead - this.#readBefore;
  }
}

/** While bytes are taken it is them that are watched; before the first and after the last one, the answer. */
async function send(
  sent: ClientRequest,
  body: HttpBody | undefined,
  law: PaceLaw,
  head: HeadWatch,
  trouble: TransportTrouble,
): Promise<void> {
  if (body === undefined || (typeof body !== 'function' && body.length <= PIECE)) {
    sent.end(body);
    return;
  }
  let wanted = true;
  for (const over of ['response', 'close'])
    sent.once(over, () => {
      wanted = false;
    });
  const watch = new PaceWatch(law, (taken) =>
    sent.destroy(taken === 0 ? trouble.nothingCame() : trouble.tooSlow(taken, law.windowMs)),
  );
  try {
    for (const piece of piecesOf(body)) {
      if (!wanted) return;
      await take(sent, piece);
      head.stop();
      watch.took(piece.length);
      watch.wait();
    }
  } finally {
    watch.stop();
  }
  if (wanted) head.start();
  sent.end();
}

/** Small enough to show whether anything moves. */
const PIECE = 2 ** 17;

function* piecesOf(body: HttpBody): Generator<Uint8Array> {
  for (const chunk of typeof body === 'function' ? body() : [body])
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
}

/** Until the kernel has all of the piece, so that its memory is free again; or until that no longer matters. */
function take(sent: ClientRequest, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      sent.off('response', done).off('close', done);
      resolve();
    };
    sent.once('response', done).once('close', done).write(piece, done);
  });
}
