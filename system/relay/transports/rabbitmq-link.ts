// A connection to RabbitMQ that comes back by itself.
import { type ChannelModel, connect } from 'amqplib';

const CONNECT_MS = 5000;
const HEARTBEAT_SECONDS = 10;
const RECONNECT = { initialDelay: 100, maxDelay: 2000, factor: 2, jitter: 0.2 };

export interface Link {
  /** The connection, while there is one. */
  model(): ChannelModel | undefined;
  /** Begins to connect, for ever; the second time nothing happens. */
  open(): void;
  /** Called on every new connection. */
  onConnect(listener: (model: ChannelModel) => Promise<void>): () => void;
  close(): Promise<void>;
}

/** Connects when it is opened. @param onAway hears of every absence once */
export function createLink(url: string, onAway: (error: unknown) => void): Link {
  const listeners = new Set<(model: ChannelModel) => Promise<void>>();
  let model: ChannelModel | undefined;
  let opened: ReturnType<typeof connectForEver> | undefined;
  let isAway = false;
  const away = (error: unknown) => {
    model = undefined;
    if (!isAway) onAway(error);
    isAway = true;
  };

  async function connectForEver() {
    const address = new URL(url);
    address.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
    const connection = await connect(address.href, {
      timeout: CONNECT_MS,
      noDelay: true,
      recovery: { ...RECONNECT, waitForConnect: false },
    });
    connection.on('connect', (connected: ChannelModel) => {
      model = connected;
      isAway = false;
      for (const listener of listeners) listener(connected).catch(away);
    });
    connection.on('disconnect', away);
    connection.on('connect-failed', away);
    connection.on('error', () => {});
    return connection;
  }

  return {
    model: () => model,
    open() {
      opened ??= connectForEver();
    },
    onConnect(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      await (await opened)?.close();
    },
  };
}
