// One committed event, as the relay hands it to the projections.
export interface OutboxEvent {
  tenantId: string;
  aggregateType: string;
  aggregateId: string;
  /** Version of the aggregate after this event: 1, 2, 3 ... without gaps. */
  version: number;
  type: string;
  data: Record<string, unknown>;
  traceId: string | null;
  /** When the event was appended, by PostgreSQL's clock, a moment before its commit. */
  occurredAt: Date;
}
