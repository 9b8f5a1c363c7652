// What a fault can be refused for.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  noTarget: (name: string, names: string[]) =>
    new Failure(
      'fault.no-target',
      `there is nothing called "${name}" to hurt`,
      `one of ${names.join(', ')}`,
      EXIT.usage,
    ),
  noLink: (name: string) =>
    new Failure(
      'fault.no-link',
      `"${name}" is reached without a proxy: it cannot be slowed or cut off`,
      'kill or stall it, or choose a part',
      EXIT.usage,
    ),
};
