// The portal with services that nobody here wrote: `vestibule serve` with a configuration file, a balancer made from
// AWS's documentation, and MiniStack's STS, IAM, S3 and Lambda.
import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test as base } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { Balancer, type Person } from './balancer';
import { type Complaints, listening } from './complaints';
import { ACCOUNT, type Minted, MiniStack, REGION, type PolicyDocument } from './ministack';
import { BrowsePage, bytes } from './pages/browse';
import { Details } from './pages/details';
import { Frame } from './pages/frame';
import { FunctionsPage } from './pages/functions';
import { Operations } from './pages/operations';
import { Transfers } from './pages/transfers';
import { openPlainPage } from './plain-page';
import { hydrated, place } from './portal';
import { standing } from './programs';
import { configuration, Served, type Table } from './served';

const AUDIENCE = 'https://portal.example.com/api';
const MANY = 2_345;
/** Names that each break something: URL parsing, form decoding, XML, signatures, the file system. */
const ODD_NAMES = ['a b.txt', 'plus+plus.txt', 'per%cent%41.txt', 'naïve ☃ 日本.txt', "quote'\"<&>.txt", 'a=b&c=d?e#f.txt', '!*()~@$,;:[]{}|^`\\.txt'];

const PEOPLE = {
  ana: { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana Pires', email: 'ana@example.com', groups: ['analysts'], audience: AUDIENCE },
  eve: { subject: 'b1e5c0de-0002-4a6b-8c3d-5f0e7a9b2c41', name: 'Eve Other', email: 'eve@example.com', groups: ['analysts'], audience: 'https://another.example.com' },
  max: { subject: 'c2e5c0de-0003-4a6b-8c3d-5f0e7a9b2c41', name: 'Max Foreign', email: 'max@example.com', groups: ['analysts'], audience: AUDIENCE },
  nia: { subject: 'b1e5c0de-0004-4a6b-8c3d-5f0e7a9b2c41', name: 'Nia Plain', email: 'nia@example.com', groups: ['analysts'] },
  tom: { subject: 'b1e5c0de-0005-4a6b-8c3d-5f0e7a9b2c41', name: 'Tom Outside', email: 'tom@example.com', groups: ['cooks'], audience: AUDIENCE },
} satisfies Record<string, Person>;
type Name = keyof typeof PEOPLE;

/** Counts words, says so in its log, and fails without a text. */
const WORD_COUNT = `
def handler(event, context):
    print("counting", event.get("text", "")[:20])
    if "text" not in event:
        raise ValueError("the event has no text")
    return {"words": len(event["text"].split()), "function": context.function_name}
`;

/** The portal's side of the role. */
const ANALYST: Table = {
  id: 'analyst',
  title: 'Data analyst',
  arn: `arn:aws:iam::${ACCOUNT}:role/portal-analyst`,
  groups: ['analysts'],
  buckets: [
    { name: 'reports', prefix: 'team/', permissions: ['list', 'read'] },
    { name: 'payroll', permissions: ['list', 'read'] },
    { name: 'inbox', permissions: ['list', 'read', 'write'] },
    { name: 'archive', permissions: ['list', 'read', 'write', 'delete', 'versions', 'tags'] },
  ],
  functions: [{ name: 'word-count' }, { name: 'payroll-run' }],
};

/** What stands in the bucket that keeps versions. */
const ARCHIVED = ['2025/a & b.txt', '2025/inner/naïve.txt', '2025/z.txt'];

/** A role that the portal takes with an identity of its own: wide, and narrowed by the session policy of each mint. */
const AUDITOR: Table = {
  id: 'auditor',
  title: 'Auditor',
  arn: `arn:aws:iam::${ACCOUNT}:role/portal-auditor`,
  strategy: 'assume-role',
  groups: ['analysts'],
  buckets: [{ name: 'reports', prefix: 'team/2026/', permissions: ['list', 'read'] }],
};

/** The same, but its trust policy forgot sts:TagSession. */
const UNTAGGED: Table = { ...AUDITOR, id: 'untagged', title: 'Untagged', arn: `arn:aws:iam::${ACCOUNT}:role/portal-untagged` };

interface World {
  balancer: Balancer;
  ministack: MiniStack;
  served: Served;
  picture: Buffer;
  /** The portal's own identity. */
  own: Readonly<Record<string, string>>;
}

const test = base.extend<{ complaints: Complaints; signIn: (name: Name, to?: string) => Promise<void> }, { world: World }>({
  world: [
    async ({}, use) =>
      standing(async (started) => {
        const balancer = started(await Balancer.start(PEOPLE));
        const ministack = started(await MiniStack.start());
        const picture = randomBytes(300_000);
        await furnish(ministack, balancer, picture);
        const own = await furnishOwnIdentity(ministack);
        const { endpoint } = ministack;
        const aws = { region: REGION, sts_endpoint: endpoint, s3_endpoint: endpoint, lambda_endpoint: endpoint };
        const served = started(await Served.start(configuration(balancer, aws, [ANALYST, AUDITOR, UNTAGGED]), balancer, own));
        await use({ balancer, ministack, served, picture, own });
      }),
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ world }, use) => use(world.balancer.origin),
  complaints: [listening, { auto: true }],
  signIn: async ({ page, world }, use) =>
    use(async (name, to = '/') => {
      await page.goto(world.balancer.signInAddress(name, to));
      await hydrated(page);
    }),
});

/** What an administrator of the AWS account sets up, by the handbook. */
async function furnish(ministack: MiniStack, balancer: Balancer, picture: Buffer): Promise<void> {
  const trust = await ministack.trustIssuer(balancer.issuer, AUDIENCE, 'b1e5c0de-*');
  const permissions: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports', Condition: { StringLike: { 's3:prefix': 'team/*' } } },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/team/*' },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:ListBucketMultipartUploads'], Resource: 'arn:aws:s3:::inbox' },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        Resource: 'arn:aws:s3:::inbox/*',
      },
      { Effect: 'Allow', Action: ['s3:ListBucket', 's3:ListBucketVersions'], Resource: 'arn:aws:s3:::archive' },
      {
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:GetObjectVersion',
          's3:PutObject',
          's3:DeleteObject',
          's3:DeleteObjectVersion',
          's3:GetObjectTagging',
          's3:GetObjectVersionTagging',
          's3:PutObjectTagging',
        ],
        Resource: 'arn:aws:s3:::archive/*',
      },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:word-count` },
    ],
  };
  const role = await ministack.createRole('portal-analyst', trust, permissions);
  for (const bucket of ['reports', 'payroll']) await ministack.createBucket(bucket, balancer.origin);
  for (const bucket of ['inbox', 'archive']) await ministack.createBucket(bucket, balancer.origin, true);
  await ministack.keepVersions('archive');
  await Promise.all([
    ministack.createFunction('word-count', WORD_COUNT, role),
    ministack.createFunction('payroll-run', WORD_COUNT, role),
    ministack.putObject('reports', 'team/picture.bin', picture),
    ministack.putObject('reports', 'team/2026/plan.txt', 'Plan for 2026\n'),
    ministack.putObject('reports', 'secret/wages.txt', 'nobody\n'),
    ...ARCHIVED.map((key) => ministack.putObject('archive', key, `This is ${key}\n`)),
    ministack.putObject('payroll', 'wages.txt', 'nobody\n'),
    ...ODD_NAMES.map((name) => ministack.putObject('reports', `team/odd/${name}`, `This is ${name}\n`)),
  ]);
  const names = Array.from({ length: MANY }, (_, index) => `team/many/object-${String(index).padStart(5, '0')}.csv`);
  while (names.length > 0) await Promise.all(names.splice(0, 40).map((name) => ministack.putObject('reports', name, name)));
}

/** What the administrator adds for roles that the portal takes itself. Gives the environment of the portal. */
async function furnishOwnIdentity(ministack: MiniStack): Promise<Record<string, string>> {
  const roles = ['portal-auditor', 'portal-untagged'];
  const key = await ministack.createUser('portal', {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Resource: roles.map((role) => `arn:aws:iam::${ACCOUNT}:role/${role}`),
      },
    ],
  });
  const trust = (actions: readonly string[]): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/portal` },
        Action: actions,
        Condition: { StringLike: { 'aws:RequestTag/subject': '?*' } },
      },
    ],
  });
  // Eve may list, and read nothing: a policy of the role compares the tag.
  const permissions: PolicyDocument = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: ['arn:aws:s3:::reports', 'arn:aws:s3:::payroll'] },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: ['arn:aws:s3:::reports/*', 'arn:aws:s3:::payroll/*'],
        Condition: { StringEquals: { 'aws:PrincipalTag/subject': [PEOPLE.ana.subject, PEOPLE.nia.subject] } },
      },
    ],
  };
  await ministack.createRole('portal-auditor', trust(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']), permissions);
  await ministack.createRole('portal-untagged', trust(['sts:AssumeRole', 'sts:SetSourceIdentity']), permissions);
  return { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
}

/** S3 with what the portal gave. */
test('a folder opens, and an object arrives byte for byte', async ({ page, world, signIn }) => {
  await signIn('ana', '/browse?role=analyst&bucket=reports&prefix=team%2F');
  const browse = new BrowsePage(page);
  await browse.complete('1 object · 3 folders');
  expect(await bytes(await browse.save(await browse.row('picture.bin')))).toEqual(world.picture);
  await browse.folder('2026/').click();
  await browse.complete('1 object');
  expect((await bytes(await browse.save(await browse.row('plan.txt')))).toString()).toBe('Plan for 2026\n');
});

test('a listing of several pages arrives whole, without a preflight', async ({ page, world, signIn }) => {
  const asked: string[] = [];
  page.context().on('request', (request) => {
    if (request.url().startsWith(world.ministack.endpoint)) asked.push(request.method());
  });
  await signIn('ana', '/browse?role=analyst&bucket=reports&prefix=team%2Fmany%2F');
  const browse = new BrowsePage(page);
  await browse.complete('2,345 objects');
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(new Set(asked)).toEqual(new Set(['GET']));
  await browse.grid.focus();
  await page.keyboard.press('End');
  await expect.poll(() => browse.names()).toContain('object-02344.csv');
});

test('odd names list, and download byte for byte', async ({ page, signIn }) => {
  await signIn('ana', '/browse?role=analyst&bucket=reports&prefix=team%2Fodd%2F');
  const browse = new BrowsePage(page);
  await browse.complete(`${ODD_NAMES.length} objects`);
  for (const name of ODD_NAMES) {
    expect((await bytes(await browse.save(await browse.row(name)))).toString(), name).toBe(`This is ${name}\n`);
  }
});

test('a Python function runs, with its result, log and failure', async ({ page, signIn }) => {
  await signIn('ana', '/functions?role=analyst&name=word-count');
  const functions = new FunctionsPage(page);
  await functions.call('{"text": "one two three"}');
  await expect(functions.result.locator('pre').first()).toHaveText(/"words": 3/);
  await expect(functions.result).toContainText('counting one two three');
  await functions.call('{}');
  await expect(functions.result).toContainText('ValueError');
  await expect(functions.result).toContainText('the event has no text');
});

test('the same function, streamed, queued and only checked', async ({ page, signIn }) => {
  await signIn('ana', '/functions?role=analyst&name=word-count');
  const functions = new FunctionsPage(page);
  await functions.call('{"text": "one two three four"}', 'Stream the result');
  await expect(functions.result.locator('pre').first()).toHaveText(/"words": 4/);
  await expect(functions.result).toContainText('1 piece');
  await functions.call('{}');
  await expect(functions.result).toContainText('the event has no text');
  await expect(functions.result).toContainText('function error');
  await functions.call('{"text": "queued"}', 'Queue, without a result');
  await expect(functions.result).toContainText('202 queued');
  await functions.call('{"text": "asked"}', 'Check permission only');
  await expect(functions.result).toContainText('204 allowed');
});

test('what the role may not do, AWS refuses', async ({ world }) => {
  const answer = await world.served.call('/api/credentials', { role: 'analyst' }, world.balancer.headers('ana'));
  expect(answer.status).toBe(200);
  const minted = (await answer.json()) as Minted;
  const credentials = { accessKeyId: minted.AccessKeyId, secretAccessKey: minted.SecretAccessKey, sessionToken: minted.SessionToken };
  const client = { endpoint: world.ministack.endpoint, region: REGION, forcePathStyle: true, maxAttempts: 1 };
  const s3 = new S3Client({ ...client, credentials });
  const lambda = new LambdaClient({ ...client, credentials });

  const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }));
  expect(listed.Contents?.map((object) => object.Key)).toEqual(['team/2026/plan.txt']);
  const refusals = {
    'another prefix': () => s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'secret/' })),
    'an object elsewhere': () => s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'secret/wages.txt' })),
    'another bucket': () => s3.send(new ListObjectsV2Command({ Bucket: 'payroll' })),
    'a write': () => s3.send(new PutObjectCommand({ Bucket: 'reports', Key: 'team/x', Body: 'x' })),
    'another function': () => lambda.send(new InvokeCommand({ FunctionName: 'payroll-run', Payload: '{}' })),
  };
  for (const [what, attempt] of Object.entries(refusals)) {
    const error = await attempt().then(() => 'allowed', (error: Error) => error.name);
    expect(error, what).toMatch(/^AccessDenied/);
  }
  const wrong = new S3Client({ ...client, credentials: { ...credentials, secretAccessKey: 'x'.repeat(40) } });
  await expect(wrong.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/' }))).rejects.toThrow(/signature/i);
});

test('a bucket that is closed says so without hiding what the browser hides', async ({ page, world, signIn, complaints }) => {
  // MiniStack leaves CORS headers out of refusals, so the browser shows the page nothing but a failed request.
  complaints.foresee(/blocked by CORS policy/);
  complaints.foresee(/Failed to load resource/);
  await signIn('ana', '/browse?role=analyst&bucket=payroll');
  const host = new URL(world.ministack.endpoint).hostname;
  await expect(page.getByRole('main')).toContainText(`The browser got no readable answer from ${host}`);
  await expect(page.getByRole('main')).toContainText('check the CORS rules');
});

test('a token for another audience is refused by STS, and the portal says whose move it is', async ({ page, world, signIn, complaints }) => {
  complaints.foresee(/status of 502/);
  await signIn('eve', '/browse?role=analyst&bucket=reports&prefix=team%2F');
  await expect(page.getByRole('main')).toContainText('AWS does not let the role of “Data analyst” be taken with your access token.');
  await expect(page.getByRole('main')).toContainText('https://another.example.com');
  await expect(page.getByRole('main')).toContainText(`arn:aws:iam::${ACCOUNT}:role/portal-analyst`);
  await expect.poll(() => world.served.log).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
});

test('who gets nothing gets the reason', async ({ world }) => {
  for (const [name, status, code, sentence] of [
    ['eve', 502, 'mint_misconfigured', 'AWS does not let the role'],
    // The trust policy names the subjects.
    ['max', 502, 'mint_misconfigured', 'AWS does not let the role'],
    ['nia', 502, 'mint_misconfigured', 'names no audience (aud)'],
    ['tom', 403, 'not_entitled', ''],
  ] as const) {
    const answer = await world.served.call('/api/credentials', { role: 'analyst' }, world.balancer.headers(name));
    const body = (await answer.json()) as Record<string, string>;
    expect([answer.status, body['code']], name).toEqual([status, code]);
    expect(body['message'], name).toContain(sentence);
    expect(body['next_step']?.length, name).toBeGreaterThan(20);
    expect(body['reference'], name).toMatch(/^\w{16}$/);
    await expect.poll(() => world.served.log, 'the reference is in the log').toContain(body['reference']);
  }
});

test('the frame names the person whom the provider named', async ({ page, signIn }) => {
  await signIn('ana');
  await expect(new Frame(page).person).toHaveAccessibleName(/Ana Pires/);
});

test("AWS's own SDK in a plain page lists the bucket and calls the function", async ({ page, world }) => {
  const { balancer, ministack } = world;
  await page.goto(balancer.signInAddress('ana', '/signed-out'));
  await openPlainPage(
    page,
    balancer.origin,
    `
    import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';
    import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
    import { vestibuleCredentials } from '/vestibule.js';

    const shared = { region: '${REGION}', endpoint: '${ministack.endpoint}', credentials: vestibuleCredentials({ role: 'analyst' }) };
    const s3 = new S3Client({ ...shared, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const lambda = new LambdaClient(shared);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }));
    const invoked = await lambda.send(new InvokeCommand({ FunctionName: 'word-count', Payload: '{"text": "to be or not"}' }));
    document.querySelector('#out').textContent = listed.Contents[0].Key + ' ' + new TextDecoder().decode(invoked.Payload);
    `,
  );
  await expect(page.locator('#out')).toHaveText(/^team\/2026\/plan\.txt .*"words": 4/);
});

test("with the portal's own identity nobody needs an audience, and the session policy narrows a wide role", async ({ world }) => {
  for (const name of ['ana', 'nia'] as const) {
    const answer = await world.served.call('/api/credentials', { role: 'auditor' }, world.balancer.headers(name));
    expect(answer.status, name).toBe(200);
    const s3 = world.ministack.s3With((await answer.json()) as Minted);
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }));
    expect(listed.Contents?.map((object) => object.Key)).toEqual(['team/2026/plan.txt']);
    const plan = await s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'team/2026/plan.txt' }));
    expect(await plan.Body?.transformToString()).toBe('Plan for 2026\n');
    const refusals = {
      'another prefix': () => s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'secret/' })),
      'an object elsewhere': () => s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'secret/wages.txt' })),
      'another bucket': () => s3.send(new ListObjectsV2Command({ Bucket: 'payroll' })),
      'a write': () => s3.send(new PutObjectCommand({ Bucket: 'reports', Key: 'team/2026/x', Body: 'x' })),
    };
    for (const [what, attempt] of Object.entries(refusals)) {
      const error = await attempt().then(() => 'allowed', (error: Error) => error.name);
      expect(error, `${name}: ${what}`).toMatch(/^AccessDenied/);
    }
  }
});

test('policies of the role see the tag that names the person', async ({ world }) => {
  const answer = await world.served.call('/api/credentials', { role: 'auditor' }, world.balancer.headers('eve'));
  expect(answer.status).toBe(200);
  const s3 = world.ministack.s3With((await answer.json()) as Minted);
  await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }));
  const read = s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'team/2026/plan.txt' }));
  expect(await read.then(() => 'allowed', (error: Error) => error.name)).toMatch(/^AccessDenied/);
});

test('a trust policy without sts:TagSession is named as what is missing', async ({ world }) => {
  const answer = await world.served.call('/api/credentials', { role: 'untagged' }, world.balancer.headers('ana'));
  const body = (await answer.json()) as Record<string, string>;
  expect([answer.status, body['code']]).toEqual([502, 'mint_misconfigured']);
  expect(body['message']).toContain('AWS does not let the server take the role of “Untagged”');
  expect(body['next_step']).toContain('AWS names sts:TagSession as what is not allowed.');
});

test('a portal whose own identity is wrong or missing says which', async ({ world }) => {
  const { balancer, ministack, own } = world;
  const aws = { region: REGION, sts_endpoint: ministack.endpoint, s3_endpoint: ministack.endpoint };
  const nowhere = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  for (const [what, variables, sentence] of [
    ['a wrong secret', { ...own, AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) }, 'AWS does not accept the signature of the server'],
    ['an unknown key', { ...own, AWS_ACCESS_KEY_ID: 'AKIAAAAAAAAAAAAAAAAA' }, 'AWS does not know the server'],
    ['nothing', nowhere, 'The server has no AWS credentials of its own'],
  ] as const) {
    const served = await Served.start(configuration(balancer, aws, [AUDITOR]), undefined, variables);
    try {
      const answer = await served.call('/api/credentials', { role: 'auditor' }, balancer.headers('ana'));
      const body = (await answer.json()) as Record<string, string>;
      expect([answer.status, body['code']], what).toEqual([502, 'mint_misconfigured']);
      expect(body['message'], what).toContain(sentence);
      expect(served.log, what).not.toContain(own['AWS_SECRET_ACCESS_KEY']);
    } finally {
      await served.stop();
    }
  }
});

test('files are stored, small and in parts, and nothing is replaced unasked', async ({ complaints, page, signIn, world }) => {
  complaints.foresee(/status of 412/);
  // MiniStack knows no checksum of a whole object, and says so by refusing it once.
  complaints.foresee(/status of 400/);
  const transfers = new Transfers(page);
  await signIn('ana', place('analyst', 'inbox', 'from ana/'));
  const small = { name: 'naïve + plan.txt', mimeType: 'text/plain', buffer: Buffer.from('Plan\n') };
  const large = { name: 'large.bin', mimeType: '', buffer: randomBytes(36_000_000) };
  await transfers.give('Files…', [small, large]);
  await transfers.stored(2);
  for (const { name, buffer } of [small, large]) {
    const { Body } = await world.ministack.s3.send(new GetObjectCommand({ Bucket: 'inbox', Key: `from ana/${name}` }));
    expect(Buffer.compare(Buffer.from((await Body?.transformToByteArray()) ?? []), buffer)).toBe(0);
  }
  await transfers.give('Files…', [{ ...small, buffer: Buffer.from('other') }]);
  await expect(transfers.line).toContainText('1 exists already');
});

test('a folder is moved and deleted, and a delete undone where versions are kept', async ({ page, signIn, world }) => {
  const operations = new Operations(page);
  const browse = new BrowsePage(page);
  const keys = async () => {
    const { Contents = [] } = await world.ministack.s3.send(new ListObjectsV2Command({ Bucket: 'archive' }));
    return Contents.map(({ Key }) => Key);
  };
  await signIn('ana', place('analyst', 'archive'));
  await browse.complete('1 folder');
  await operations.choose('2025/');
  await operations.ask('Move…');
  await operations.send('Move', 'old/');
  await expect(operations.lines).toContainText('3 objects moved');
  const moved = ARCHIVED.map((key) => `old/${key}`);
  expect(await keys()).toEqual(moved);
  await operations.lines.getByRole('button', { name: /^Dismiss/ }).click();

  await expect(browse.folder('old/')).toBeVisible();
  await operations.choose('old/');
  await operations.ask('Delete…');
  await operations.dialog.getByRole('button', { name: 'Delete 3 objects' }).click();
  await expect(operations.lines).toContainText('3 objects deleted');
  expect(await keys()).toEqual([]);
  await operations.lines.getByRole('button', { name: /^Undo/ }).click();
  await expect(operations.lines).toContainText('3 objects brought back');
  expect(await keys()).toEqual(moved);
  const { Body } = await world.ministack.s3.send(new GetObjectCommand({ Bucket: 'archive', Key: 'old/2025/a & b.txt' }));
  expect(await Body?.transformToString()).toBe('This is 2025/a & b.txt\n');
});

test('metadata, tags and versions of an object are changed, and what was there comes back', async ({ page, signIn, world }) => {
  const { s3 } = world.ministack;
  const at = { Bucket: 'archive', Key: 'details/letter.txt' };
  for (const Body of ['first', 'second one']) await s3.send(new PutObjectCommand({ ...at, Body, ContentType: 'text/plain' }));
  const [browse, details] = [new BrowsePage(page), new Details(page)];
  await signIn('ana', place('analyst', 'archive', 'details/'));
  await browse.complete('1 object');
  await details.of('letter.txt');
  await details.metadata.getByRole('button', { name: /^Change…/ }).click();
  await details.metadata.getByRole('textbox', { name: 'Content type' }).fill('text/x-letter');
  await details.metadata.getByRole('checkbox').check();
  await details.metadata.getByRole('button', { name: /^Save/ }).click();
  await expect(details.panel).toContainText('Saved.');
  expect((await s3.send(new HeadObjectCommand(at))).ContentType).toBe('text/x-letter');

  await details.tags.getByRole('button', { name: /^Change…/ }).click();
  await details.tags.getByRole('button', { name: 'Add a tag' }).click();
  await details.tags.getByRole('textbox', { name: 'Name of tag 1' }).fill('stage');
  await details.tags.getByRole('textbox', { name: 'Value of tag 1' }).fill('sent read');
  await details.tags.getByRole('button', { name: /^Save/ }).click();
  await expect(details.panel).toContainText('Tags saved.');
  expect((await s3.send(new GetObjectTaggingCommand(at))).TagSet).toEqual([{ Key: 'stage', Value: 'sent read' }]);

  const lines = await details.showVersions();
  await expect(lines).toHaveCount(3);
  await lines.nth(2).getByRole('button', { name: /^Restore/ }).click();
  await expect(details.panel).toContainText('Restored');
  await expect(lines).toHaveCount(4);
  expect(await (await s3.send(new GetObjectCommand(at))).Body?.transformToString()).toBe('first');
  await lines.nth(0).getByRole('button', { name: /^Delete…/ }).click();
  await details.dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(lines).toHaveCount(3);
  expect(await (await s3.send(new GetObjectCommand(at))).Body?.transformToString()).toBe('second one');
});
