import { createServer } from 'node:net';
import { failures } from './failures.ts';

/** A port on 127.0.0.1 that is free now. With a `wanted` one: that, or `port.in-use`. */
export function freePort(wanted = 0, forWhat = 'a server'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', () => reject(failures.portInUse(wanted, forWhat)));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : wanted));
    });
  });
}
