// The option --instances: how many processes of each kind. Text in, numbers by process name out.
import { usage } from '../../cli/command.ts';

const MOST = 16;

/**
 * Reads `2` (of the target) or `api=2,worker=3`. Throws a usage Failure that names what is wrong.
 * @param processes those of the service file
 */
export function readInstances(
  option: string | boolean | undefined,
  processes: { name: string; target: boolean }[],
): Record<string, number> {
  const target = processes.find((one) => one.target)!.name;
  const names = processes.map(({ name }) => name);
  return Object.fromEntries(
    String(option ?? '1')
      .split(',')
      .map((entry) => {
        const [, name = target, count] = /^(?:([^=]+)=)?([^=]*)$/.exec(entry) ?? [];
        if (!names.includes(name))
          throw usage(`--instances: there is no process "${name}"`, `one of: ${names.join(', ')}`);
        const number = Number(count);
        if (!/^\d+$/.test(count ?? '') || number < 1 || number > MOST) {
          const example = 'for example --instances 2';
          throw usage(`--instances must be a whole number from 1 to ${MOST}, not "${count ?? entry}"`, example);
        }
        return [name, number];
      }),
  );
}
