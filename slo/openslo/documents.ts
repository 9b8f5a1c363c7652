// YAML text in, documents that know where each of their values stands out; references between them put in place. Pure.
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { unreadable } from '../failures.ts';

export interface Place {
  file: string;
  /** From 1. */
  line: number;
  column: number;
}

export interface SourceDocument {
  file: string;
  value: unknown;
  /** Where the value at `keys` stands, or its nearest ancestor that exists. */
  at(keys: readonly PropertyKey[]): Place;
}

export const placeText = ({ file, line, column }: Place) => `${file}:${line}:${column}`;

/** The documents of one file; empty ones are left out. Throws a Failure with file, line and column when the text is no YAML. */
export function parseDocuments(text: string, file: string): SourceDocument[] {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  return [...parseAllDocuments(text, { lineCounter: lines, version: '1.2' })].flatMap((document) => {
    const [error] = document.errors;
    if (error) {
      const what = error.message.split('\n')[0]!.replace(/ at line .*$/, '');
      throw unreadable(placeText(place(error.pos[0])), what);
    }
    const at = (keys: readonly PropertyKey[]) => place(offsetOf(document, keys));
    const value = plain(document, () => placeText(at([])));
    return value === null ? [] : [{ file, value, at }];
  });
}

/** An alias without its anchor, or far too many of them, is found only here. */
function plain(document: Document, where: () => string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw unreadable(where(), (error as Error).message);
  }
}

function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const node = document.getIn(keys.slice(0, depth), true);
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

type Node = Record<string, unknown>;
export const isObject = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const kindOf = ({ value }: SourceDocument) => (isObject(value) ? value.kind : undefined);
export const nameOf = ({ value }: SourceDocument) =>
  isObject(value) && isObject(value.metadata) ? value.metadata.name : undefined;

/**
 * One SLO with what it refers to put in place: `indicatorRef` becomes `indicator`, `alertPolicyRef` the policy, `conditionRef`
 * the condition (OpenSLO v1). Places in what was put in are places in the file where it stands, whatever the order of files.
 * Throws a Failure when nothing has that name.
 */
export function resolved(slo: SourceDocument, all: readonly SourceDocument[]): SourceDocument {
  const moved: { at: PropertyKey[]; from: SourceDocument }[] = [];
  const find = (kind: string, name: unknown, keys: PropertyKey[]) => {
    const found = all.find((other) => kindOf(other) === kind && nameOf(other) === name);
    if (!found) throw unreadable(placeText(slo.at(keys)), `there is no ${kind} named "${String(name)}"`);
    return found;
  };
  if (!isObject(slo.value) || !isObject(slo.value.spec)) return slo;
  const spec: Node = { ...slo.value.spec };
  if ('indicatorRef' in spec) {
    const from = find('SLI', spec.indicatorRef, ['spec', 'indicatorRef']);
    const { metadata, spec: inner } = from.value as Node;
    delete spec.indicatorRef;
    spec.indicator = { metadata, spec: inner };
    moved.push({ at: ['spec', 'indicator'], from });
  }
  if (Array.isArray(spec.alertPolicies)) {
    spec.alertPolicies = spec.alertPolicies.map((policy: unknown, index) => {
      const keys = ['spec', 'alertPolicies', index];
      const reference = isObject(policy) ? policy.alertPolicyRef : policy;
      const from = typeof reference === 'string' ? find('AlertPolicy', reference, keys) : undefined;
      if (from) moved.push({ at: keys, from });
      return withConditions((from?.value ?? policy) as Node, (name, inner) => {
        const condition = find('AlertCondition', name, keys);
        moved.push({ at: [...keys, ...inner], from: condition });
        return condition.value;
      });
    });
  }
  return {
    file: slo.file,
    value: { ...slo.value, spec },
    at(keys) {
      const last = moved.filter(({ at }) => at.every((key, index) => keys[index] === key)).at(-1);
      return last ? last.from.at(keys.slice(last.at.length)) : slo.at(keys);
    },
  };
}

function withConditions(policy: Node, find: (name: string, keys: PropertyKey[]) => unknown): Node {
  if (!isObject(policy) || !isObject(policy.spec) || !Array.isArray(policy.spec.conditions)) return policy;
  const conditions = policy.spec.conditions.map((condition: unknown, index) =>
    isObject(condition) && typeof condition.conditionRef === 'string'
      ? find(condition.conditionRef, ['spec', 'conditions', index])
      : condition,
  );
  return { ...policy, spec: { ...policy.spec, conditions } };
}
