// Members: enrol, rename, read, list.
import { AmsError } from '../../errors.ts';
import { readAtLeast } from '../../read/read-your-writes.ts';
import * as answers from '../answers.ts';
import { command, query } from '../route.ts';
import * as schemas from '../schemas.ts';
import { pageOf } from './page.ts';

export const memberRoutes = [
  command({
    template: '/api/v1/members',
    useCase: 'enrolMember',
    body: schemas.enrolMember,
    data: answers.member,
    refuses: ['member.exists'],
    run: ({ commands }, { context, body }) => commands.enrolMember(context, body),
  }),
  command({
    method: 'PATCH',
    template: '/api/v1/members/:id',
    useCase: 'renameMember',
    status: 200,
    params: schemas.byId,
    body: schemas.renameMember,
    data: answers.member,
    refuses: ['member.unknown'],
    run: ({ commands }, { context, params, body }) => commands.renameMember(context, { ...params, ...body }),
  }),
  query({
    template: '/api/v1/members',
    useCase: 'listMembers',
    query: schemas.memberPage,
    data: answers.memberList,
    meta: answers.pageMeta,
    run: ({ memberLists }, { actor, query }) => pageOf(memberLists, { tenantId: actor.tenantId, ...query }),
  }),
  query({
    template: '/api/v1/members/:id',
    useCase: 'readMemberCard',
    params: schemas.byId,
    query: schemas.versioned,
    data: answers.memberCard,
    meta: answers.staleMeta,
    refuses: ['member.unknown'],
    async run({ memberCard, wait }, { actor, params, query: { minVersion } }) {
      const { document, stale } = await readAtLeast(
        (primary) => memberCard(actor.tenantId, params.id, { primary }),
        minVersion,
        wait,
      );
      if (!document) throw new AmsError('member.unknown');
      return { data: document, meta: { stale }, version: document.version, stale };
    },
  }),
];
