// docker-compose.yml checked as far as it can be without Docker: everything it names exists, is pinned and stays on loopback.
import { parse } from 'yaml';

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  environment?: Record<string, string>;
  depends_on?: string[] | Record<string, { condition: string }>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: unknown;
}

interface Compose {
  services?: Record<string, Service>;
  volumes?: Record<string, unknown>;
}

export interface ComposeContext {
  /** Whether a path, relative to the file, exists. */
  exists: (path: string) => boolean;
  /** The variables that a service built here understands. */
  knownVariables: string[];
}

/** Every rule, over every service. Gives how many facts were looked at and one line for each that is wrong. */
export function checkCompose(text: string, context: ComposeContext): { count: number; problems: string[] } {
  const compose = parse(text, { merge: true }) as Compose | null;
  const services = Object.entries(compose?.services ?? {});
  const problems: string[] = [];
  let count = 0;
  const expect = (isTrue: boolean, problem: string) => {
    count++;
    if (!isTrue) problems.push(problem);
  };
  const names = services.map(([name]) => name);
  for (const [name, service] of services) {
    expect(Boolean(service.image), `${name}: no image`);
    if (service.build) {
      expect(context.exists(service.build.dockerfile), `${name}: there is no ${service.build.dockerfile}`);
      for (const variable of Object.keys(service.environment ?? {})) {
        expect(
          context.knownVariables.includes(variable),
          `${name}: the service does not know the variable ${variable}`,
        );
      }
    } else {
      expect(/:[^:/]*\d/.test(service.image ?? ''), `${name}: image ${service.image} is not pinned to a version`);
    }
    for (const value of Object.values(service.environment ?? {})) {
      const literal = value.replace(/^\$\{\w+:-(.*)\}$/, '$1');
      const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^:/]+)/.exec(literal)?.[1];
      if (host) expect(names.includes(host), `${name}: ${value} names no service of this file`);
    }
    for (const port of service.ports ?? [])
      expect(port.startsWith('127.0.0.1:'), `${name}: port ${port} is not bound to 127.0.0.1`);
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0]!;
      const isPath = source.startsWith('.') || source.startsWith('/');
      expect(
        isPath ? context.exists(source) : source in (compose?.volumes ?? {}),
        `${name}: volume ${source} does not exist`,
      );
    }
    for (const [needed, condition] of dependencies(service)) {
      expect(names.includes(needed), `${name}: depends on ${needed}, which is no service`);
      if (condition === 'service_healthy') {
        const hasCheck = services.some(([other, { healthcheck }]) => other === needed && healthcheck !== undefined);
        expect(hasCheck, `${name}: waits until ${needed} is healthy, which has no health check`);
      }
    }
  }
  return { count, problems };
}

function dependencies({ depends_on: on }: Service): [string, string][] {
  if (Array.isArray(on)) return on.map((name) => [name, 'service_started']);
  return Object.entries(on ?? {}).map(([name, { condition }]) => [name, condition]);
}
