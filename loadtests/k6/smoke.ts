// k6 entry of the scenario `smoke`: its phases are in loadtests/scenarios, its arrivals in the plan drawn from it.
import { optionsOf } from './carry-out.ts';

export { default, handleSummary, setup } from './carry-out.ts';
export const options = optionsOf('smoke');
