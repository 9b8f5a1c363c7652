// `npm run slo -- <word>`: every word of the objectives, one line each.
import type { Group } from '../cli/command.ts';

export const command: Group = {
  name: 'slo',
  summary: 'From objectives to a page that comes in time, and to the postmortem after it.',
  commands: {
    lint: () => import('./lint/command.ts'),
    compile: () => import('./compile/command.ts'),
    check: () => import('./compile/check-command.ts'),
    test: () => import('./mutate/command.ts'),
    drill: () => import('./drill/command.ts'),
    runbook: () => import('./runbooks/command.ts'),
    postmortem: () => import('./postmortem/command.ts'),
    simulate: () => import('./simulate/command.ts'),
    doctor: () => import('./doctor/command.ts'),
    budget: () => import('./budget/command.ts'),
    forecast: () => import('./forecast/command.ts'),
  },
};
