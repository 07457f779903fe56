import { createServer } from 'node:net';

/**
 * A port of 127.0.0.1 on which nothing listens now: the preferred one when it is free, else one that the system
 * picks. Somebody else may take it before it is used, so whoever uses it is ready to ask again.
 */
export async function freePort(preferred?: number): Promise<number> {
  const found = preferred === undefined ? null : await tryPort(preferred);
  const port = found ?? (await tryPort(0));
  if (port === null) throw new Error('No port is free on 127.0.0.1.');
  return port;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
