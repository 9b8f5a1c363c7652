// A package of the program into which something is planted, as the program itself will load it.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Throws when the program does not have the package: a plant that does nothing would make the gate look blind.
 * The working directory is the program's checkout.
 */
export function library<Package>(name: string): Package {
  const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
  try {
    return require(name) as Package;
  } catch (error) {
    throw new Error(`this slowdown is planted in the package "${name}": ${(error as Error).message}`);
  }
}
