// Puts something between every HTTP server of this process and its requests, without a line in the program itself.
import { type IncomingMessage, Server } from 'node:http';

/** Paths that a harness asks to know whether the process is well; holding those up would change more than the load sees. */
const SPARED = /^\/(metrics|actuator)(\/|\?|$)/;

/**
 * From now on each request reaches its server only when `hold` lets it through.
 * @param hold called once a request with the function that lets it through
 */
export function holdEveryRequest(hold: (letThrough: () => void, request: IncomingMessage) => void): void {
  const emit = Server.prototype.emit;
  Server.prototype.emit = function (this: Server, event: string | symbol, ...values: unknown[]): boolean {
    const pass = () => emit.call(this, event, ...values);
    const request = values[0] as IncomingMessage;
    if (event !== 'request' || SPARED.test(request.url ?? '')) return pass();
    hold(pass, request);
    return true;
  };
}
