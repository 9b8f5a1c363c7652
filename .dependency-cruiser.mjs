// The rules of the house, checked by `npm run check`: which room may look into which.
const project = '^(cli|system|loadtests|slo|dashboards|ci)(/|\\.ts$)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^k6' } },
    {
      name: 'domain-is-pure',
      comment: 'The rules of the business import nothing of the project.',
      severity: 'error',
      from: { path: '^system/domain/', pathNot: '\\.test\\.ts$' },
      to: { path: project, pathNot: '^system/domain/' },
    },
    {
      name: 'read-knows-no-write',
      comment: 'The read side could run on a machine that has no PostgreSQL.',
      severity: 'error',
      from: { path: '^system/read/' },
      to: { path: '^system/write/' },
    },
    {
      name: 'harness-knows-no-system',
      comment:
        'Load, objectives, dashboards and gate work on any service: they may start it and know what its metrics are called.',
      severity: 'error',
      from: { path: '^(loadtests|slo|dashboards|ci)/' },
      to: { path: '^system/', pathNot: '^system/(local/|telemetry/names\\.ts$)' },
    },
    {
      name: 'system-knows-no-harness',
      severity: 'error',
      comment:
        'Except what a command of the system needs to be one: system/*/command.ts, its table of failures, and tests of them.',
      from: { path: '^system/', pathNot: '^system/(local/|.+/(command|failures)\\.ts$|.+\\.test\\.ts$)' },
      to: { path: '^(cli|loadtests|slo|dashboards|ci)/', pathNot: '^cli/progress\\.ts$' },
    },
    {
      name: 'workload-is-pure',
      comment:
        'Any engine can import these files: no Node module, no package. read-model.ts and workload.ts open files for Node.',
      severity: 'error',
      from: { path: '^loadtests/(workload|k6)/', pathNot: '(read-model|workload/workload|\\.test)\\.ts$' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '(^k6|node_modules/@types/k6/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(reports|\\.run|node_modules|system/bench/rivals)' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
