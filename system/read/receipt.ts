// The receipt of a payment, read from the write model, because it is asked for right after paying: from the replica where that has it,
// else from the primary.
import type pg from 'pg';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Replica } from './replica.ts';

export interface Receipt {
  id: string;
  version: number;
  studentId: string;
  amountWon: number;
  method: string;
  forMonth: string;
  receiptNumber: string;
  status: 'recorded' | 'refunded';
  refundReason: string | null;
  recordedAt: string;
}

export interface ReceiptParts {
  primary: Pick<pg.Pool, 'query'>;
  /** Without one the primary answers everything. */
  replica?: Pick<Replica, 'query' | 'state' | 'failed'> | undefined;
  metrics: Pick<Metrics, 'replicaReadsTotal'>;
}

/**
 * @returns null when there is no such payment
 * @throws AmsError part.unavailable when neither server answers
 */
export function receipts({ primary, replica, metrics }: ReceiptParts) {
  const count = (source: 'replica' | 'primary', reason: string) => metrics.replicaReadsTotal.inc({ source, reason });

  /** The receipt, or why the primary must be asked. */
  async function fromReplica(tenantId: string, paymentId: string, minVersion: number): Promise<Receipt | string> {
    if (!replica) return 'away';
    const state = replica.state();
    if (state !== 'ok') return state;
    try {
      const receipt = await read(replica, tenantId, paymentId);
      return receipt && receipt.version >= minVersion ? receipt : 'missing';
    } catch {
      replica.failed();
      return 'away';
    }
  }

  return async (tenantId: string, paymentId: string, minVersion = 1): Promise<Receipt | null> => {
    const found = await fromReplica(tenantId, paymentId, minVersion);
    if (typeof found !== 'string') {
      count('replica', 'ok');
      return found;
    }
    count('primary', found);
    return read(primary, tenantId, paymentId).catch((error: unknown) => {
      throw new AmsError('part.unavailable', 'the write model', { cause: error });
    });
  };
}

async function read(server: Pick<pg.Pool, 'query'>, tenantId: string, paymentId: string): Promise<Receipt | null> {
  const { rows } = await server.query<{ version: number; state: object; createdAt: Date }>({
    name: 'receipt',
    text: 'select version, state, created_at as "createdAt" from payment where tenant_id = $1 and id = $2',
    values: [tenantId, paymentId],
  });
  const [row] = rows;
  if (!row) return null;
  return { id: paymentId, version: row.version, ...row.state, recordedAt: row.createdAt.toISOString() } as Receipt;
}
