import {createServer, type Server} from 'node:net';
import {type StageText, shell} from './pipeline-text.ts';

/** A stage that says whether it got through. */
export function connecting(port: number): StageText {
  const program = [
    'import socket',
    'try:',
    `  socket.create_connection(("127.0.0.1", ${port}), timeout=5)`,
    '  answer = "connected"',
    'except OSError as error:',
    '  answer = type(error).__name__',
    'open("outputs/out", "w").write(answer)',
  ].join('\n');
  return {...shell(''), with: {argv: ['python', '-c', program]}};
}

/** Somebody on this machine who answers. */
export async function listen(): Promise<AsyncDisposable & {readonly port: number}> {
  const server: Server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
