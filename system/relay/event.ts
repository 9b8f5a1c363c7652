// One committed event, as the relay hands it to the projections.
export interface OutboxEvent {
  /** `<tenant>/<aggregateId>/<version>`: the same whenever and however often it comes. */
  id: string;
  /** Events of one aggregate always have the same lane. */
  lane: number;
  tenantId: string;
  aggregateType: string;
  aggregateId: string;
  /** Version of the aggregate after this event: 1, 2, 3 ... without gaps. */
  version: number;
  type: string;
  data: Record<string, unknown>;
  /** W3C traceparent of the command's span. */
  traceParent: string | null;
  /** When the event was appended, by PostgreSQL's clock, a moment before its commit. */
  occurredAt: Date;
}
