// For the known-truth test: a server that uses BURN_MS of CPU for each request and answers ANSWER with status 200.
import { createServer } from 'node:http';

const burnUs = Number(process.env.BURN_MS) * 1000;
const usedUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

createServer((req, res) => {
  if (!req.url!.startsWith('/actuator')) for (const endUs = usedUs() + burnUs; usedUs() < endUs; );
  res.end(process.env.ANSWER ?? 'ok');
}).listen(Number(process.env.PORT), '127.0.0.1');
