// What only operators may ask of a running process.
import * as answers from '../answers.ts';
import { query } from '../route.ts';
import * as schemas from '../schemas.ts';

export const operatorRoutes = [
  query({
    template: '/debug/profile',
    useCase: 'takeProfile',
    query: schemas.profileSeconds,
    data: answers.file,
    refuses: ['profile.busy'],
    run: async ({ takeProfile }) => ({ send: takeProfile }),
  }),
  query({
    template: '/debug/heap',
    useCase: 'takeHeap',
    query: schemas.profileSeconds,
    data: answers.file,
    refuses: ['profile.busy'],
    run: async ({ takeHeap }) => ({ send: takeHeap }),
  }),
];
