// Loaded into the target process of both arms with `node --import`: tells on a local socket how many bytes it has allocated so far.
// The build under test needs no line for it.
import { createServer } from 'node:net';
import path from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { socketDir } from './config.ts';

if (isMainThread) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(String(getHeapStatistics().total_allocated_bytes));
  });
  // A process that cannot tell must work all the same: its allocation is then not judged.
  server.on('error', () => {});
  server.listen(path.join(socketDir(), `${process.pid}.alloc`));
  server.unref();
}
