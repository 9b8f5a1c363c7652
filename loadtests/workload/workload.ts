// What a workload module gives the harness, and how the harness opens one. The module's name comes from the service file.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { readScenarios } from '../scenarios/read.ts';
import type { Draw } from './draw.ts';
import type { Limits } from './limits.ts';
import type { Call, Identity, Plan } from './plan.ts';
import type { RateModel } from './scenario.ts';

export type { Draw } from './draw.ts';
export { scenarioDraw } from './scenario.ts';

export interface Seed {
  identities: Identity[];
  calls: Call[];
}

/** How much larger, each a factor; 1 where it is absent. */
export interface Size {
  /** Of the average rate. */
  rate?: number;
  users?: number;
  data?: number;
}

/** A write and the read that shows it: the read answers 2xx with an ETag of `version` or above. */
export interface Probe {
  identity: number;
  write: Call;
  read: Call;
  version: number;
}

/** The part of a model that every workload has; the rest is its own. */
export interface ModelBase extends RateModel {
  hash: string;
}

/** Exports of a workload module. All pure: the same arguments give the same answer. */
export interface Workload<Model extends ModelBase = ModelBase> {
  readModel(yamlText: string, name?: string): Model;
  seedCalls(model: Model): Seed;
  drawPlan(model: Model, draw: Draw): Plan;
  probe(model: Model, n: number): Probe;
  limits: Limits;
  /** The same model for more traffic, more users and more data; without it only the rate can grow. */
  sized?(model: Model, size: Size): Model;
  /** Only for the saturation command. */
  saturationCalls?(model: Model, endpoint: string): Call[] | undefined;
  saturationEndpoints?: string[];
}

/**
 * Opens a workload module and its model file, both relative to `root`. The model has the scenarios of loadtests/scenarios,
 * and those of its own file, which go before.
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
  const model = workload.readModel(text, files.model);
  return { workload, model: { ...model, scenarios: { ...(await readScenarios()), ...model.scenarios } } };
}
