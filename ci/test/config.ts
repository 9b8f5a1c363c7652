// The environment of a test run: which servers its files share.
import type { PartName } from '../../system/local/part.ts';

/** Hands the shared servers to the test files, which `freshParts` of system/local/testing.ts picks up. */
export function shareWithTests(urls: Partial<Record<PartName, string>>): void {
  for (const [name, url] of Object.entries(urls)) process.env[`TEST_${name.toUpperCase()}_URL`] = url;
}
