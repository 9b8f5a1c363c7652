// A server that does nothing: every request is answered at once with `{}`. What a load on it shows is the generator's own. Out: its port on standard output.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume();
  response.end('{}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`);
});
