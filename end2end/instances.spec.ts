// Two portals on one DynamoDB table that holds all they have in common: the limit of a person, blocks, ends and figures.
// The server's own identity may do what the handbook lists and nothing else; MiniStack holds it to that, and to the denies.
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test as base } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { Balancer } from './balancer';
import { ACCOUNT, type Minted, MiniStack, REGION, type PolicyDocument } from './ministack';
import { standing } from './programs';
import { configuration, Served } from './served';

const AUDIENCE = 'https://portal.example.com/api';
const TABLE = 'vestibule-sessions';
const PER_MINUTE = 5;

const person = (number: string, name: string, groups: readonly string[]) => ({
  subject: `b1e5c0de-${number}-4a6b-8c3d-5f0e7a9b2c41`,
  name,
  email: `${name.toLowerCase()}@example.com`,
  groups,
  audience: AUDIENCE,
});
const PEOPLE = {
  ana: person('0001', 'Ana', ['analysts']),
  ben: person('0002', 'Ben', ['analysts']),
  cy: person('0003', 'Cy', ['analysts']),
  dot: person('0004', 'Dot', ['analysts']),
  kim: person('0005', 'Kim', ['analysts']),
  root: person('0009', 'Root', ['portal-admins']),
};
type Name = keyof typeof PEOPLE;

interface World {
  balancer: Balancer;
  ministack: MiniStack;
  portals: readonly [Served, Served];
  /** Starts one more on the same table, with a limit of its own. */
  another(perMinute: number): Promise<Served>;
}

const test = base.extend<{}, { world: World }>({
  world: [
    async ({}, use) =>
      standing(async (started) => {
        const balancer = started(await Balancer.start(PEOPLE));
        const ministack = started(await MiniStack.start());
        const own = await furnish(ministack, balancer);
        const aws = { region: REGION, sts_endpoint: ministack.endpoint };
        const role = { id: 'analyst', arn: `arn:aws:iam::${ACCOUNT}:role/portal-analyst`, groups: ['analysts'], buckets: [{ name: 'reports', permissions: ['list'] }] };
        const configured = {
          ...configuration(balancer, aws, [role]),
          sessions: { store: 'dynamodb', table: TABLE, endpoint: ministack.endpoint },
          revocation: { iam: true, iam_endpoint: ministack.endpoint },
          limits: { mints_per_minute: PER_MINUTE },
        };
        const portals = [started(await Served.start(configured, undefined, own)), started(await Served.start(configured, undefined, own))] as const;
        const another = async (perMinute: number) => started(await Served.start({ ...configured, limits: { mints_per_minute: perMinute } }, undefined, own));
        await use({ balancer, ministack, portals, another });
      }),
    { scope: 'worker', timeout: 120_000 },
  ],
});

/** The table of the handbook, a role, and the permissions that the handbook lists. Gives the portals' environment. */
async function furnish(ministack: MiniStack, balancer: Balancer): Promise<Record<string, string>> {
  await ministack.createTable(JSON.parse(readFileSync(new URL('../src/docs/sessions-table.json', import.meta.url), 'utf8')));
  const trust = await ministack.trustIssuer(balancer.issuer, AUDIENCE);
  const permissions: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports' }],
  };
  await ministack.createBucket('reports', 'https://portal.example.com');
  const role = await ministack.createRole('portal-analyst', trust, permissions);
  const table = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`;
  const actions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem', 'Query'].map((action) => `dynamodb:${action}`);
  const key = await ministack.createUser('portal', {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: actions, Resource: [table, `${table}/index/*`] },
      { Effect: 'Allow', Action: ['iam:GetRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy'], Resource: role },
    ],
  });
  return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
}

async function call(world: World, portal: Served, name: Name, path: string, body: object): Promise<{ status: number; retryAfter: number; json: any }> {
  const answer = await portal.call(path, body, world.balancer.headers(name));
  return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after') ?? 0), json: await answer.json() };
}

const mint = (world: World, portal: Served, name: Name) => call(world, portal, name, '/api/credentials', { role: 'analyst' });

/** What comes of listing the bucket with these credentials. */
async function listing(world: World, minted: Minted): Promise<string> {
  const s3 = world.ministack.s3With(minted);
  const outcome = await s3.send(new ListObjectsV2Command({ Bucket: 'reports' })).then(() => 'listed', (error: Error) => error.name);
  s3.destroy();
  return outcome;
}

test('a person has one limit, whichever portal is asked', async ({ world }) => {
  const answers = await Promise.all(Array.from({ length: 12 }, (_, number) => mint(world, world.portals[number % 2 === 0 ? 0 : 1], 'ana')));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(PER_MINUTE);
  const refused = answers.filter(({ status }) => status !== 200);
  for (const { status, json, retryAfter } of refused) {
    expect([status, json.code]).toEqual([429, 'rate_limited']);
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
  }
  const [one, two] = [await call(world, world.portals[0], 'ana', '/api/sessions/mine', {}), await call(world, world.portals[1], 'ana', '/api/sessions/mine', {})];
  expect(one.json.sessions).toHaveLength(PER_MINUTE);
  expect(two.json.sessions.map(({ id }: { id: string }) => id)).toEqual(one.json.sessions.map(({ id }: { id: string }) => id));
});

test('a block at one portal holds at the other, and in IAM, until it is lifted at either', async ({ world }) => {
  const [one, two] = world.portals;
  const before = (await mint(world, two, 'ben')).json;
  const neighbour = (await mint(world, one, 'dot')).json;
  expect([await listing(world, before), await listing(world, neighbour)]).toEqual(['listed', 'listed']);
  const { subject } = PEOPLE.ben;
  const blocked = await call(world, one, 'root', '/api/sessions/revoke', { subject });
  expect(blocked.json).toMatchObject({ state: 'blocked', enforced: 'iam', sessions: 1 });
  for (const portal of world.portals) {
    const refused = await mint(world, portal, 'ben');
    expect([refused.status, refused.json.code]).toEqual([403, 'blocked']);
  }
  const policy = async () => JSON.stringify(await world.ministack.rolePolicy('portal-analyst', 'VestibuleRevocations'));
  await expect.poll(policy).toContain(`:${subject}.*`);
  await expect
    .poll(async () => (await call(world, two, 'root', '/api/sessions/overview', {})).json.blocks[0]?.denied_at)
    .toEqual(expect.any(String));
  expect([await listing(world, before), await listing(world, neighbour)]).toEqual(['AccessDenied', 'listed']);

  expect((await call(world, two, 'root', '/api/sessions/lift', { subject })).json).toEqual({ subject, lifted: true });
  const after = (await mint(world, one, 'ben')).json;
  await expect.poll(() => world.ministack.rolePolicy('portal-analyst', 'VestibuleRevocations')).toBeUndefined();
  expect(await listing(world, after)).toBe('listed');
});

test('a session of one portal is ended at the other, once', async ({ world }) => {
  const [one, two] = world.portals;
  const first = (await mint(world, one, 'cy')).json;
  const other = (await mint(world, two, 'cy')).json;
  const { session_id: id } = first;
  expect((await call(world, two, 'cy', '/api/sessions/revoke', { id })).json).toMatchObject({ state: 'ending', enforced: 'iam' });
  const state = async () => (await call(world, one, 'cy', '/api/sessions/mine', {})).json.sessions.find((session: { id: string }) => session.id === id)?.state;
  await expect.poll(state).toBe('ended');
  expect((await call(world, one, 'cy', '/api/sessions/revoke', { id })).json.state).toBe('ended');
  const next = (await mint(world, two, 'cy')).json;
  expect(await Promise.all([first, other, next].map((minted) => listing(world, minted)))).toEqual(['AccessDenied', 'listed', 'listed']);
});

test('refusals are counted together', async ({ world }) => {
  const figures = async (portal: Served) => (await call(world, portal, 'root', '/api/sessions/overview', {})).json.refusals as { code: string; mints: number }[];
  const entitled = async (portal: Served) => (await figures(portal)).find(({ code }) => code === 'not_entitled')?.mints ?? 0;
  for (const portal of world.portals) {
    for (let count = 0; count < 3; count += 1) {
      expect((await call(world, portal, 'root', '/api/credentials', { role: 'analyst' })).status).toBe(403);
    }
  }
  for (const portal of world.portals) await expect.poll(() => entitled(portal), { timeout: 20_000 }).toBe(6);
  expect(await figures(world.portals[0])).toEqual(await figures(world.portals[1]));
});

test('a portal that is killed leaves nothing off the record, and every block that was confirmed', async ({ world }) => {
  const survivor = await world.another(10_000);
  const { subject } = PEOPLE.kim;
  const left: string[] = [];
  let blocks = 0;
  for (let round = 0; round < 8; round += 1) {
    const doomed = await world.another(10_000);
    let [dead, isBlocked] = [false, false];
    // Mints one after the other in four lanes until the process is gone; what is answered has left.
    const lane = async () => {
      while (!dead) {
        const late = isBlocked;
        const answer = await mint(world, doomed, 'kim').catch(() => undefined);
        if (answer?.status === 200 && late) throw new Error('a mint that began after the block was confirmed');
        if (answer?.status === 200) left.push(answer.json.session_id);
        else if (answer && answer.json.code !== 'blocked') throw new Error(`a mint was answered with ${answer.status} ${answer.json.code}`);
      }
    };
    const before = left.length;
    const lanes = [lane(), lane(), lane(), lane()];
    await expect.poll(() => left.length, { intervals: [5 + round], timeout: 30_000 }).toBeGreaterThan(before + 7);
    const block = call(world, doomed, 'root', '/api/sessions/revoke', { subject })
      .then(({ status }) => (isBlocked = status === 200))
      .catch(() => false);
    // Half of them end in the middle of the block, the others once it is confirmed.
    await (round % 2 === 0 ? new Promise((resolve) => setTimeout(resolve, round * 7)) : block);
    await doomed.kill();
    dead = true;
    await Promise.all(lanes);
    const confirmed = await block;
    const after = await mint(world, survivor, 'kim');
    // Where nobody heard of the block it may stand or not.
    if (confirmed) {
      blocks += 1;
      expect([after.status, after.json.code], `round ${round}`).toEqual([403, 'blocked']);
    } else {
      expect([200, 403], `round ${round}`).toContain(after.status);
      if (after.status === 200) left.push(after.json.session_id);
    }
    await call(world, survivor, 'root', '/api/sessions/lift', { subject });
  }
  expect(left.length).toBeGreaterThan(50);
  expect(blocks, 'rounds in which the block was confirmed').toBeGreaterThanOrEqual(4);
  const recorded = new Set<string>();
  const read = async (cursor?: string): Promise<void> => {
    const { json } = await call(world, survivor, 'root', '/api/sessions/list', { user: subject, cursor });
    for (const { id } of json.sessions) recorded.add(id);
    if (json.next) await read(json.next);
  };
  // The index follows the table within moments.
  await expect.poll(async () => (await read(), left.filter((id) => !recorded.has(id))), { timeout: 30_000 }).toEqual([]);
});
