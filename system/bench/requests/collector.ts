// Takes traces over OTLP/HTTP, counts the deliveries and forgets them: whoever exports pays for the export, and nothing
// else runs beside it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function startCollector(): Promise<{ url: string; received(): number; stop(): void }> {
  let received = 0;
  const server = createServer((req, res) => {
    received++;
    req.resume().on('end', () => res.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
