// The request histogram for the hot path: the series of a route is looked up once for each status, not for each request.
import type { Metrics } from './metrics.ts';
import type { TraceParent } from './trace-parent.ts';
import type { HistogramSeries } from './traced-histogram.ts';

/** Takes the status, the response time in seconds, and the request's span. */
export type ObserveRequest = (status: number, seconds: number, span?: TraceParent) => void;

const WARM_UP_REQUESTS = 1000;

type HttpMetrics = Pick<
  Metrics,
  'httpServerRequestDurationSeconds' | 'httpServerWarmUpRequestDurationSeconds' | 'processWarmUpSeconds'
>;

/**
 * `requestObserver(metrics, sinceStartSeconds)('GET', '/api/v1/members/:id')` gives what observes the requests of that route.
 * The first 1,000 requests of the process, of whatever route, are observed as its warm-up too.
 * @param sinceStartSeconds the age of the process
 */
export function requestObserver(
  metrics: HttpMetrics,
  sinceStartSeconds: () => number,
): (method: string, route: string) => ObserveRequest {
  const all = metrics.httpServerRequestDurationSeconds;
  let answered = 0;
  function warmUp(seconds: number): void {
    metrics.httpServerWarmUpRequestDurationSeconds.observe(seconds);
    if (++answered === WARM_UP_REQUESTS) {
      metrics.processWarmUpSeconds.set({ stage: 'thousand_requests' }, sinceStartSeconds());
    }
  }
  return (method, route) => {
    const byStatus = new Map<number, HistogramSeries>();
    const seriesOf = (status: number) =>
      all.of({ http_request_method: method, http_route: route, http_response_status_code: status });
    return (status, seconds, span) => {
      let series = byStatus.get(status);
      if (!series) {
        series = seriesOf(status);
        byStatus.set(status, series);
      }
      series.observe(seconds, span);
      if (answered < WARM_UP_REQUESTS) warmUp(seconds);
    };
  };
}
