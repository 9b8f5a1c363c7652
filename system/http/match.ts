// From a method and a path to a route of the table: one look-up by method and number of segments, then the few that share it.

interface Routed {
  method: string;
  /** `/api/v1/members/:id` */
  template: string;
}

export interface Match<R> {
  route: R;
  /** By the names of the template, still percent-encoded. */
  params: Record<string, string>;
}

/** Names never come first in a path, so that a path fits one template at most; written-out segments win over names. */
export function createMatcher<R extends Routed>(
  routes: readonly R[],
): (method: string, path: string) => Match<R> | undefined {
  const table = new Map<string, { route: R; segments: string[] }[]>();
  for (const route of routes) {
    const segments = route.template.split('/');
    const key = `${route.method} ${segments.length}`;
    table.set(key, [...(table.get(key) ?? []), { route, segments }]);
  }
  for (const candidates of table.values()) candidates.sort((a, b) => names(a.segments) - names(b.segments));

  return (method, path) => {
    const asked = path.split('/');
    const candidates = table.get(`${method === 'HEAD' ? 'GET' : method} ${asked.length}`);
    const found = candidates?.find(({ segments }) =>
      segments.every((segment, at) => segment === asked[at] || (segment[0] === ':' && asked[at] !== '')),
    );
    if (!found) return undefined;
    const params: Record<string, string> = {};
    found.segments.forEach((segment, at) => {
      if (segment[0] === ':') params[segment.slice(1)] = asked[at]!;
    });
    return { route: found.route, params };
  };
}

function names(segments: string[]): number {
  return segments.filter((segment) => segment[0] === ':').length;
}
