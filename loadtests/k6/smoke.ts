// k6 entry of the scenario `smoke`: its rate and length are in the workload file, its arrivals in the plan drawn from it.
import { optionsOf } from './carry-out.ts';

export { default, handleSummary, setup } from './carry-out.ts';
export const options = optionsOf('smoke');
