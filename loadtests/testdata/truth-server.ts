// A server whose answers are known beforehand, for the tests of what we print. In: the mode as first word. Out: its port on standard output.
// It records its own true durations; `GET /truth` gives them, `GET /metrics` how many requests came.
//   fixed    every answer after 50 ms: a timer to 49 ms, then spinning, since timers are no finer than 1 ms
//   stall    5 ms; the 300th read begins a stall of 1 s in which nothing is answered
//   failing  every 20th read is answered with a 503 after 5 ms
//   queue:SERVERS:MEAN_MS  so many servers with exponential service times (one seed) and one queue: M/M/c when arrivals are Poisson
import { createServer } from 'node:http';
import { fromEnvironment } from '../run/config.ts';
import { seeded } from '../workload/random.ts';
import { multiServer } from './queue.ts';

const mode = process.argv[2] ?? 'fixed';
const STALL_MS = 1000;
const STALLED_REQUEST = 300;

const [, servers, meanMs] = /^queue:(\d+):([\d.]+)$/.exec(mode) ?? [];
const queue = servers === undefined ? undefined : multiServer(Number(servers));
const random = seeded('service');

const truth = {
  durationsMs: [] as number[],
  stallAtMs: 0,
  endsMs: [] as number[],
  arrivalsMs: [] as number[],
  servicesMs: [] as number[],
};
let requests = 0;
let stalledUntil = 0;

function answerAfter(ms: number, answer: () => void): void {
  if (mode !== 'fixed' && !queue) {
    setTimeout(answer, ms);
    return;
  }
  const due = performance.now() + ms;
  const spin = () => {
    while (performance.now() < due);
    answer();
  };
  // Between two looks others have their turn.
  const look = () => (performance.now() < due ? setImmediate(look) : answer());
  setTimeout(queue ? look : spin, Math.max(0, ms - (queue ? 2 : 1)));
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
  if (request.url === '/metrics') {
    response.end(`truth_requests_total ${requests}\n`);
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
  let afterMs = baseMs + Math.max(0, stalledUntil - startedAt);
  if (queue) {
    const serviceMs = -Math.log(1 - random()) * Number(meanMs);
    truth.arrivalsMs.push(startedAt);
    truth.servicesMs.push(serviceMs);
    afterMs = queue(startedAt, serviceMs) + serviceMs;
  }
  answerAfter(afterMs, () => {
    response.setHeader('ETag', 'W/"1"');
    response.statusCode = isFailing ? 503 : 200;
    response.end('{}', () => {
      truth.durationsMs.push(performance.now() - startedAt);
      truth.endsMs.push(performance.timeOrigin + performance.now());
    });
  });
});

server.listen(Number(fromEnvironment(['PORT']).PORT ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as { port: number }).port}\n`);
});
