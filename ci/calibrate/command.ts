// npm run gate:calibrate -- <word>: how often is the gate wrong, and how often what others do?
import type { Group } from '../../cli/command.ts';

export const command: Group = {
  name: 'gate:calibrate',
  summary:
    'How often the gate blocks equal builds and misses slow ones, beside what other tools do with the same measurements.',
  commands: {
    record: () => import('./record-command.ts'),
    replay: () => import('./replay-command.ts'),
    table: () => import('./table-command.ts'),
  },
};
