// Answers every request after 1 ms of CPU and 4 ms of waiting.
import { createServer } from 'node:http';

createServer((_, response) => {
  const end = performance.now() + 1;
  while (performance.now() < end);
  setTimeout(() => response.end('{}'), 4);
}).listen(Number(process.env.PORT), '127.0.0.1');
