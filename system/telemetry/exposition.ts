// The two text formats of metrics: OpenMetrics in, what the asker's Accept header wants out.
export interface Exposition {
  contentType: string;
  body: string;
}

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/** OpenMetrics when the asker names it, as Prometheus does; the older format for everybody else. */
export function expositionFor(accept: string | undefined, openMetrics: string): Exposition {
  return accept?.includes('application/openmetrics-text')
    ? { contentType: OPENMETRICS, body: openMetrics }
    : { contentType: PROMETHEUS, body: plain(openMetrics) };
}

/** The older format has no exemplars and no end mark, and a counter is declared with its `_total`. */
function plain(openMetrics: string): string {
  return openMetrics
    .replace(/ # \{[^\n]*/g, '')
    .replace(/^# HELP (\S+) (.*)\n# TYPE \1 counter$/gm, '# HELP $1_total $2\n# TYPE $1_total counter')
    .replace(/# EOF\n$/, '');
}
