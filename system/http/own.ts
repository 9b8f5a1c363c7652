// The permission `own`: a student asks about themselves, a parent about a child whose guardian they are.
import { AmsError } from '../errors.ts';
import type { Actor } from './auth.ts';
import type { Asked } from './route.ts';
import type { Services } from './services.ts';

/** @throws AmsError role.forbidden when the caller may ask about their own only, and this student is not */
export async function aboutOwn(
  { memberCard }: Pick<Services, 'memberCard'>,
  { actor, permission }: Pick<Asked, 'actor' | 'permission'>,
  studentId: string | undefined,
): Promise<void> {
  if (permission === 'all') return;
  const isOwn = studentId !== undefined && (actor.role === 'student' ? own(actor) === studentId : await isChild());
  if (!isOwn) throw new AmsError('role.forbidden', 'about oneself or a child of one’s own only');

  async function isChild(): Promise<boolean> {
    return (await memberCard(actor.tenantId, studentId!))?.guardianId === own(actor);
  }
}

function own({ memberId, id }: Actor): string {
  return memberId ?? id;
}
