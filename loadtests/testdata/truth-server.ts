// A server whose answers are known beforehand, for the tests of what we print. In: the mode as first word. Out: its port on standard output.
// It records its own true durations; `GET /truth` gives them.
//   fixed    every answer after 50 ms: a timer to 49 ms, then spinning, since timers are no finer than 1 ms
//   stall    5 ms; the 300th read begins a stall of 1 s in which nothing is answered
//   failing  every 20th read is answered with a 503 after 5 ms
import { createServer } from 'node:http';
import { fromEnvironment } from '../run/config.ts';

const mode = process.argv[2] ?? 'fixed';
const STALL_MS = 1000;
const STALLED_REQUEST = 300;

const truth = { durationsMs: [] as number[], stallAtMs: 0 };
let requests = 0;
let stalledUntil = 0;

function answerAfter(ms: number, answer: () => void): void {
  if (mode !== 'fixed') {
    setTimeout(answer, ms);
    return;
  }
  const due = performance.now() + ms;
  const spin = () => {
    while (performance.now() < due);
    answer();
  };
  setTimeout(spin, ms - 1);
}

const server = createServer((request, response) => {
  const startedAt = performance.now();
  if (request.url === '/truth') {
    response.end(JSON.stringify(truth));
    return;
  }
  if (request.url === '/health') {
    response.end('{}');
    return;
  }
  if (request.method === 'GET') requests++;
  if (mode === 'stall' && requests === STALLED_REQUEST) {
    truth.stallAtMs = Date.now();
    stalledUntil = startedAt + STALL_MS;
  }
  const isFailing = mode === 'failing' && request.method === 'GET' && requests % 20 === 0;
  const baseMs = mode === 'fixed' ? 50 : 5;
  request.resume();
  answerAfter(baseMs + Math.max(0, stalledUntil - startedAt), () => {
    response.setHeader('ETag', 'W/"1"');
    response.statusCode = isFailing ? 503 : 200;
    response.end('{}', () => truth.durationsMs.push(performance.now() - startedAt));
  });
});

server.listen(Number(fromEnvironment(['PORT']).PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`);
});
