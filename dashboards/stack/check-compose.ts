// docker-compose.yml checked as far as it can be without Docker: everything it names exists, is pinned, stays on loopback and says
// whether it is healthy. Pure.
import { parse } from 'yaml';

interface Waiting {
  condition: string;
  required?: boolean;
}

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  /** Null: as it is outside, or not at all. */
  environment?: Record<string, string | null>;
  depends_on?: string[] | Record<string, Waiting>;
  profiles?: string[];
  network_mode?: string;
  volumes?: string[];
  ports?: string[];
  /** `no`: a job, which runs to its end and is not asked whether it is healthy. */
  restart?: string;
  healthcheck?: unknown;
  /** Why there is none. */
  'x-no-healthcheck'?: string;
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

export interface ComposeContext {
  /** Whether a path, relative to the file, exists. */
  exists: (path: string) => boolean;
  /** The variables that a service built here understands. */
  knownVariables: string[];
}

/** Notes one fact that was looked at, and the problem when it is not true. */
type Expect = (isTrue: boolean, problem: string) => void;
type Rule = (name: string, service: Service, compose: Compose, expect: Expect, context: ComposeContext) => void;

/** Every rule, over every service. Gives how many facts were looked at and one line for each that is wrong. */
export function checkCompose(text: string, context: ComposeContext): { count: number; problems: string[] } {
  const compose: Compose = { services: {}, volumes: {}, ...(parse(text, { merge: true }) as Partial<Compose> | null) };
  const problems: string[] = [];
  let count = 0;
  const expect: Expect = (isTrue, problem) => {
    count++;
    if (!isTrue) problems.push(problem);
  };
  for (const [name, service] of Object.entries(compose.services)) {
    for (const rule of [image, variables, network, health, files, dependencies])
      rule(name, service, compose, expect, context);
  }
  distinctPorts(compose, expect);
  usedVolumes(compose, expect);
  return { count, problems };
}

const image: Rule = (name, service, _, expect, { exists }) => {
  expect(Boolean(service.image), `${name}: no image`);
  if (service.build) expect(exists(service.build.dockerfile), `${name}: there is no ${service.build.dockerfile}`);
  else expect(/:[^:/]*\d/.test(service.image ?? ''), `${name}: image ${service.image} is not pinned to a version`);
};

const variables: Rule = (name, { build, environment = {} }, { services }, expect, { knownVariables }) => {
  for (const [variable, value] of Object.entries(environment)) {
    if (build) expect(knownVariables.includes(variable), `${name}: the service does not know the variable ${variable}`);
    const literal = (value ?? '').replace(/^\$\{\w+:-(.*)\}$/, '$1');
    const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^:/]+)/.exec(literal)?.[1];
    if (host) expect(host in services, `${name}: ${value} names no service of this file`);
  }
};

const network: Rule = (name, { ports = [], network_mode: mode = '' }, { services }, expect) => {
  for (const port of ports) expect(port.startsWith('127.0.0.1:'), `${name}: port ${port} is not bound to 127.0.0.1`);
  const shared = /^service:(.*)$/.exec(mode)?.[1];
  if (shared !== undefined) expect(shared in services, `${name}: shares the network of ${shared}, which is no service`);
};

const isJob = ({ restart }: Service) => restart === 'no';

const health: Rule = (name, service, _, expect) => {
  const says = isJob(service) || service.healthcheck !== undefined || Boolean(service['x-no-healthcheck']);
  expect(says, `${name}: has no health check, and no x-no-healthcheck that says why`);
};

/** Paths and volumes, each of them at a place of its own. */
const files: Rule = (name, service, { volumes }, expect, { exists }) => {
  const targets = new Set<string>();
  for (const volume of service.volumes ?? []) {
    const [source, target] = volume.split(':') as [string, string];
    const isPath = source.startsWith('.') || source.startsWith('/');
    expect(isPath ? exists(source) : source in volumes, `${name}: volume ${source} does not exist`);
    expect(!targets.has(target), `${name}: two volumes at ${target}`);
    targets.add(target);
  }
};

/** What is waited for exists whenever the waiting one does, and can come to what is waited for. */
const dependencies: Rule = (name, service, { services }, expect) => {
  const { depends_on: on = [], profiles = [] } = service;
  const all = Array.isArray(on)
    ? on.map((needed): [string, Waiting] => [needed, { condition: 'service_started' }])
    : Object.entries(on);
  for (const [needed, { condition, required = true }] of all) {
    const other = services[needed];
    expect(other !== undefined, `${name}: depends on ${needed}, which is no service`);
    if (!other) continue;
    const { profiles: its = [] } = other;
    const isThere = its.length === 0 || (profiles.length > 0 && profiles.every((profile) => its.includes(profile)));
    expect(isThere || !required, `${name}: depends on ${needed}, which is only in the profile ${its.join(', ')}`);
    if (condition === 'service_healthy') {
      const problem = `${name}: waits until ${needed} is healthy, which has no health check`;
      expect(other.healthcheck !== undefined, problem);
    }
    if (condition === 'service_completed_successfully') {
      expect(isJob(other), `${name}: waits until ${needed} has ended, which does not say restart: "no"`);
    }
  }
};

/** No port of this machine is published twice, in whatever profiles. */
function distinctPorts({ services }: Compose, expect: Expect): void {
  const owners = new Map<string, string>();
  for (const [name, { ports = [] }] of Object.entries(services)) {
    for (const port of ports) {
      const outside = port.split(':').at(-2) ?? port;
      expect(!owners.has(outside), `${name}: port ${outside} is that of ${owners.get(outside)}`);
      owners.set(outside, name);
    }
  }
}

function usedVolumes({ services, volumes }: Compose, expect: Expect): void {
  const used = Object.values(services).flatMap((service) => (service.volumes ?? []).map((one) => one.split(':')[0]));
  for (const volume of Object.keys(volumes ?? {})) expect(used.includes(volume), `volume ${volume}: nobody uses it`);
}
