// Files or folders in, what lint judges out; what is wrong with a document is a finding, so that all are read.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../cli/failure.ts';
import { noFile, unreadable } from '../failures.ts';
import { oneObjective } from '../objectives/read.ts';
import { isObject, kindOf, parseDocuments, placeText, resolved, type SourceDocument } from '../openslo/documents.ts';
import { fromOpenSlo } from './openslo.ts';
import { fromPyrra, isPyrra } from './pyrra.ts';
import { fromSloth, isSloth } from './sloth.ts';
import type { Finding, LintSpec } from './spec.ts';

export interface LintInput {
  file: string;
  text: string;
}

/** The YAML files that the words name, folders with all of theirs. Throws a Failure for one that is not there. */
export async function lintInputs(words: readonly string[]): Promise<LintInput[]> {
  const files: string[] = [];
  for (const word of words) {
    const found = await stat(word).catch(() => undefined);
    if (!found) throw noFile(word);
    if (!found.isDirectory()) files.push(word);
    else {
      const inside = (await readdir(word)).filter((name) => /\.ya?ml$/.test(name)).sort();
      files.push(...inside.map((name) => path.join(word, name)));
    }
  }
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
}

/** Everything that can be read of the inputs, and findings for the rest. Pure. */
export function readSpecs(inputs: readonly LintInput[]): { specs: LintSpec[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const attempt = <T>(file: string, read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      findings.push(fromFailure(error, file));
      return [];
    }
  };
  const documents = inputs.flatMap(({ file, text }) => attempt(file, () => parseDocuments(text, file)).flat());
  const read = (document: SourceDocument): LintSpec[] => {
    if (isSloth(document)) return fromSloth(document);
    if (isPyrra(document)) return [fromPyrra(document)];
    if (!isObject(document.value) || !('kind' in document.value)) {
      throw unreadable(placeText(document.at([])), 'neither OpenSLO v1, nor Sloth prometheus/v1, nor Pyrra');
    }
    if (kindOf(document) !== 'SLO') return [];
    const slo = resolved(document, documents);
    if (document.value.apiVersion !== 'openslo/v1') {
      throw unreadable(placeText(document.at(['apiVersion'])), 'the apiVersion of an SLO must be openslo/v1');
    }
    const spec = fromOpenSlo(slo);
    // Ours must be what `compile` takes, too.
    if (JSON.stringify(slo.value).includes('amsperf/')) oneObjective(slo);
    return [spec];
  };
  const specs = documents.flatMap((document) => attempt(document.file, () => read(document)).flat());
  return { specs: [...specs], findings };
}

/** The place stands at the head of a Failure's message. */
function fromFailure({ message, hint }: Failure, file: string): Finding {
  const [, line = '1', column = '1', what = message] = /^.*?:(\d+):(\d+)(?: \([^)]*\))?: (.*)$/s.exec(message) ?? [];
  const named = /^(.*?):\d+:\d+/.exec(message)?.[1] ?? file;
  return {
    file: named,
    line: Number(line),
    column: Number(column),
    rule: 'malformed',
    what,
    why: hint,
    level: 'error',
  };
}
