import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideMember, evolveMember, type Member } from './member.ts';

const kim: Member = { name: 'Kim', role: 'student', phone: null, guardianId: 'p' };

test('enrolling makes a member whose state is what was asked for', () => {
  const decision = decideMember(null, { type: 'EnrolMember', ...kim });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events.reduce<Member | null>(evolveMember, null), kim);
});

test('a member cannot be enrolled twice', () => {
  assert.deepEqual(decideMember(kim, { type: 'EnrolMember', ...kim }), { refused: 'exists' });
});

test('renaming changes the name and nothing else', () => {
  const decision = decideMember(kim, { type: 'RenameMember', name: 'Lee' });
  assert.ok('events' in decision);
  assert.deepEqual(decision.events.reduce<Member | null>(evolveMember, kim), { ...kim, name: 'Lee' });
});

test('nobody can be renamed who is not enrolled', () => {
  assert.deepEqual(decideMember(null, { type: 'RenameMember', name: 'Lee' }), { refused: 'unknown' });
  assert.throws(() => evolveMember(null, { type: 'MemberUpdated', data: { name: 'Lee' } }), /before MemberCreated/);
});
