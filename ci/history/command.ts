// `npm run history -- <word>`: the results of the default branch over time.
import type { Group } from '../../cli/command.ts';

export const command: Group = {
  name: 'history',
  summary: 'Keeps the result of every gate of the default branch and finds the changes that no single gate can see.',
  commands: {
    add: () => import('./add-command.ts'),
    show: () => import('./show-command.ts'),
    csv: () => import('./csv-command.ts'),
  },
};
