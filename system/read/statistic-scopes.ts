// The cache scopes of the statistics: what a new count makes old.

/** One day of an academy (`?date=`), and all its periods. */
export function attendanceScopes(tenantId: string, date: string): [day: string, periods: string] {
  return [`attendance-statistic:${tenantId}:${date}`, `attendance-statistic:${tenantId}`];
}

export function paymentScope(tenantId: string): string {
  return `payment-statistic:${tenantId}`;
}
