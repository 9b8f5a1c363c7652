// What a workload module gives the harness, and how the harness opens one. The module's name comes from the service file.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import type { Limits } from './limits.ts';
import type { Call, Identity, Plan } from './plan.ts';

export interface Draw {
  ratePerSecond: number;
  /** Length of the whole plan in ms, warm-up included. */
  durationMs: number;
  warmUpMs: number;
  /** A livelier warm-up: this rate until SETTLE_MS before its end. Without it the warm-up has the rate of the run. */
  warmUpRatePerSecond?: number;
  seed: number;
}

export interface Seed {
  identities: Identity[];
  calls: Call[];
}

/** A write and the read that shows it: the read answers 2xx with an ETag of `version` or above. */
export interface Probe {
  identity: number;
  write: Call;
  read: Call;
  version: number;
}

/** The part of a model that every workload has; the rest is its own. */
export interface ModelBase {
  averageRatePerSecond: number;
  peakFactor: number;
  scenarios: Record<string, { rate: 'average' | 'peak'; seconds: number; warmUpSeconds: number }>;
  hash: string;
}

/** Exports of a workload module. All pure: the same arguments give the same answer. */
export interface Workload<Model extends ModelBase = ModelBase> {
  readModel(yamlText: string, name?: string): Model;
  seedCalls(model: Model): Seed;
  drawPlan(model: Model, draw: Draw): Plan;
  probe(model: Model, n: number): Probe;
  limits: Limits;
  /** Only for the saturation command. */
  saturationCalls?(model: Model, endpoint: string): Call[] | undefined;
  saturationEndpoints?: string[];
}

/**
 * Opens a workload module and its model file, both relative to `root`.
 * Throws a usage Failure when a file is missing or malformed.
 */
export async function openWorkload(
  root: string,
  files: { module: string; model: string },
): Promise<{ workload: Workload; model: ModelBase }> {
  const workload: Workload = await import(pathToFileURL(path.resolve(root, files.module)).href).catch(
    (error: Error) => {
      throw new Failure(
        'workload.module',
        `${files.module}: ${error.message}`,
        'see `workload` in the service file',
        EXIT.usage,
      );
    },
  );
  const text = await readFile(path.resolve(root, files.model), 'utf8').catch((error: Error) => {
    throw new Failure('workload.missing', error.message, 'see `workload` in the service file', EXIT.usage);
  });
  return { workload, model: workload.readModel(text, files.model) };
}

/** The draw of a named scenario, or a usage Failure that lists the names. Peak is the average rate times the peak factor. */
export function scenarioDraw(model: ModelBase, name: string, seed: number): Draw {
  const scenario = model.scenarios[name];
  if (!scenario) {
    const names = Object.keys(model.scenarios).join(', ');
    throw new Failure('scenario.unknown', `there is no scenario "${name}"`, `one of: ${names}`, EXIT.usage);
  }
  const warmUpMs = scenario.warmUpSeconds * 1000;
  return {
    ratePerSecond: model.averageRatePerSecond * (scenario.rate === 'peak' ? model.peakFactor : 1),
    durationMs: warmUpMs + scenario.seconds * 1000,
    warmUpMs,
    seed,
  };
}
