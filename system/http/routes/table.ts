// The one table of routes; what is common to all of them stands in serve.ts.
import type { Route } from '../route.ts';
import { accountRoutes } from './accounts.ts';
import { attendanceRoutes } from './attendance.ts';
import { classRoutes } from './classes.ts';
import { memberRoutes } from './members.ts';
import { operatorRoutes } from './operators.ts';
import { paymentRoutes } from './payments.ts';
import { statisticRoutes } from './statistics.ts';

export const ROUTES: readonly Route[] = [
  ...memberRoutes,
  ...classRoutes,
  ...attendanceRoutes,
  ...paymentRoutes,
  ...statisticRoutes,
  ...accountRoutes,
  ...operatorRoutes,
];
