// The only place in `loadtests/` that reads the environment.

/** Variables of our environment that are set, by name. */
export function fromEnvironment(names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** What a load generator needs of our environment; none of the user's K6_ variables, which would change the run. */
export const generatorEnv = fromEnvironment(['PATH', 'HOME', 'TMPDIR']);
