// For fault tests: a system to hurt, a load with a fault in its middle, and what to say of its outcomes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { readService, type ServiceSpec } from '../../system/local/service-spec.ts';
import { audit } from '../probes/audit.ts';
import { type Acknowledged, seedService } from '../run/seed.ts';
import { drawPlan, readModel, seedCalls } from '../workload/ams.ts';
import type { Inject } from './fault.ts';
import { type Faulty, type FaultyOptions, startFaulty } from './faulty.ts';
import { slow } from './slow.ts';
import { type Carried, carrySteadily, isFailed, type Outcome } from './steady.ts';

const root = path.join(import.meta.dirname, '..', '..');
const whole = readModel(readFileSync(path.join(root, 'loadtests', 'workload', 'ams.yaml'), 'utf8'));
/** Small, so that seeding takes a second. */
const model = { ...whole, data: { ...whole.data, members: 64, classes: 16, pendingAttendances: 32 } };
const RATE_PER_SECOND = 40;
const LENGTH_MS = 5500;
const AFTERWARDS_MS = 1500;
const FAULT_AT_MS = 1000;
const FAULT_MS = 2500;
/** Far beyond what any part may take; only keeps a broken build from hanging. */
const TIMEOUT_MS = 20_000;

export interface Patient {
  system: Faulty;
  headers: Record<string, string>[];
  /** Everything that was acknowledged so far: the audit asks for all of it. */
  acknowledged: Acknowledged[];
  /** Of the next plan. */
  seed: number;
}

/**
 * Two instances of the API, seeded.
 * @param change what is to be different from system/service.yaml
 */
export async function startPatient(
  options: Pick<FaultyOptions, 'extras' | 'instead' | 'env' | 'split'> = {},
  change: (spec: ServiceSpec) => void = () => {},
): Promise<Patient> {
  const spec = await readService(path.join(root, 'system', 'service.yaml'));
  change(spec);
  const env = { LOG_LEVEL: 'error', ...options.env };
  const system = await startFaulty(spec, { ...options, checkout: root, instances: { api: 2 }, env, progress: silent });
  try {
    const { calls, identities } = seedCalls(model);
    const headers = await system.headers(identities);
    const { acknowledged } = await seedService(system.baseUrl, headers, calls);
    return { system, headers, acknowledged, seed: 1 };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

export interface Seen extends Carried {
  /** Planned while the fault lasted. */
  during: Outcome[];
}

/** A load with a fault in its middle. The fault has ended when this returns, and the audit is whole. */
export async function loadThrough(patient: Patient, inject: Inject, name: string): Promise<Seen> {
  const { system } = patient;
  const startedAt = performance.now();
  const load = carry(patient, LENGTH_MS);
  await sleep(FAULT_AT_MS);
  const beganMs = performance.now() - startedAt;
  const fault = await inject(system, name);
  await sleep(FAULT_MS);
  const endedMs = performance.now() - startedAt;
  await fault.end();
  const carried = await load;
  const audited = await audit(patient.acknowledged, system.audit);
  assert.ok(audited.checked && audited.whole, JSON.stringify(audited, null, 1).slice(0, 2000));
  return { ...carried, during: carried.outcomes.filter(({ atMs }) => atMs > beganMs && atMs < endedMs) };
}

/** A short load after a fault. */
export async function afterwards(patient: Patient): Promise<Outcome[]> {
  return (await carry(patient, AFTERWARDS_MS)).outcomes;
}

async function carry(patient: Patient, durationMs: number): Promise<Carried> {
  const plan = drawPlan(model, { ratePerSecond: RATE_PER_SECOND, durationMs, warmUpMs: 0, seed: patient.seed++ });
  const { headers, system } = patient;
  const carried = await carrySteadily(plan, { baseUrl: system.baseUrl, headers, timeoutMs: TIMEOUT_MS });
  patient.acknowledged.push(...carried.acknowledged);
  return carried;
}

/** How long a new member takes from the acknowledgement to a card that can be read, in ms. */
async function projectionLagMs({ system, headers: [manager] }: Patient): Promise<number> {
  const id = randomUUID();
  const members = `${system.baseUrl}/api/v1/members`;
  const posted = await fetch(members, {
    method: 'POST',
    headers: { ...manager, 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify({ id, name: 'Kim Minji', role: 'student' }),
  });
  assert.equal(posted.status, 201, await posted.text());
  const acknowledgedAt = performance.now();
  for (;;) {
    const answer = await fetch(`${members}/${id}`, { headers: manager! });
    await answer.arrayBuffer();
    if (answer.status === 200) return performance.now() - acknowledgedAt;
    assert.ok(performance.now() - acknowledgedAt < TIMEOUT_MS, `its card never came: ${answer.status}`);
    // Not so often that the rate limit refuses it.
    await sleep(100);
  }
}

/** Slows a broker and measures the lag under it: each event passes its proxy twice, to the broker and from it. */
export async function loadThroughSlowBroker(patient: Patient, name: string): Promise<Seen> {
  const delayMs = 100;
  let lagMs = 0;
  const seen = await loadThrough(
    patient,
    async (...target) => {
      const fault = await slow(delayMs)(...target);
      lagMs = await projectionLagMs(patient);
      return fault;
    },
    name,
  );
  assert.ok(lagMs >= 2 * delayMs, `read models ${lagMs} ms late: the broker was not slow`);
  return seen;
}

export const commands = (outcomes: Outcome[]): Outcome[] => outcomes.filter(({ isCommand }) => isCommand);
export const reads = (outcomes: Outcome[]): Outcome[] => outcomes.filter(({ isCommand }) => !isCommand);

export function noneFailed(outcomes: Outcome[], what: string): void {
  assert.ok(outcomes.length >= 10, `${what}: only ${outcomes.length} requests`);
  const failed = outcomes.filter(isFailed).map(({ step, status, body }) => `${step} ${status} ${body.slice(0, 200)}`);
  assert.deepEqual(failed, [], what);
}

/** Some failed, and each of them said why, in the envelope. */
export function failedInOrder(outcomes: Outcome[], what: string): void {
  assert.ok(outcomes.some(isFailed), `${what}: none failed of ${outcomes.length}`);
  failedAtMostInOrder(outcomes, what);
}

/** Those that failed said why, in the envelope; whether any did depends on how soon the rest reacts. */
export function failedAtMostInOrder(outcomes: Outcome[], what: string): void {
  const codes = outcomes
    .filter(isFailed)
    .map(({ status, body }) => (status === 0 ? body : JSON.parse(body).error.code))
    .filter((code) => code !== 'part.unavailable');
  assert.deepEqual(codes, [], what);
}

/** The sum of a series over the instances of the API, read from each of them. */
export async function metricOfApi({ running }: Faulty, line: string): Promise<number> {
  const apis = running.processes.filter(({ target }) => target);
  const values = apis.map(async ({ port }) => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const found = text.split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.split(' ')[1] ?? 0);
  });
  return (await Promise.all(values)).reduce((a, b) => a + b, 0);
}
