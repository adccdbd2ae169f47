// What the drawer *Do it yourself* copies, run as it stands, for every strategy: its values are those of the request that
// it was opened for. The portal, MiniStack (Moto for identity pools) and the balancer are all that there is besides.

import { expect, test as base, type BrowserContext, type Page } from '@playwright/test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Balancer } from './balancer';
import { ACCOUNT, MiniStack, REGION, type PolicyDocument } from './ministack';
import { FlowPage } from './pages/flow';
import { hydrated } from './portal';
import { answers, environment, freePorts, Program, standing } from './programs';
import { configuration, Served, type Table } from './served';

const PROGRAMS = dirname(process.env['MINISTACK'] ?? '');
const AUDIENCE = 'https://portal.example.org/api';
const ISSUER = 'https://issuer.example.org';
const ANA = { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana', email: 'ana@example.com', groups: ['staff'], audience: AUDIENCE };
const EVE = { ...ANA, subject: 'eeeeeeee-0002-4a6b-8c3d-5f0e7a9b2c41', audience: 'https://another.example.org' };
/** What a shell, Python and a URL would each read otherwise. */
const PREFIX = `o'brien "$HOME" \`id\` \\n $(id)/`;
const BUCKETS = [{ name: 'ledger', prefix: PREFIX, permissions: ['list'] }];
const LIST: PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::ledger' }] };

const role = (id: string, more: Table): Table => ({ id, title: id, arn: `arn:aws:iam::${ACCOUNT}:role/portal-${id}`, groups: ['staff'], buckets: BUCKETS, ...more });

interface World {
  readonly balancer: Balancer;
  readonly served: Served;
  /** The server's own identity. */
  readonly own: Readonly<Record<string, string>>;
}

const test = base.extend<{}, { ministack: World; moto: World }>({
  ministack: [
    async ({}, use) =>
      standing(async (started) => {
        const balancer = started(await Balancer.start({ ana: ANA, eve: EVE }));
        const ministack = started(await MiniStack.start());
        const arns = ['staff', 'auditor', 'issued'].map((id) => `arn:aws:iam::${ACCOUNT}:role/portal-${id}`);
        const { accessKeyId, secretAccessKey } = await ministack.createUser('portal', {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], Resource: arns },
            { Effect: 'Allow', Action: ['kms:Sign', 'kms:GetPublicKey'], Resource: '*' },
          ],
        });
        const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
        await ministack.createRole('portal-staff', await ministack.trustIssuer(balancer.issuer, AUDIENCE), LIST);
        const trust = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] };
        const named = { StringEquals: { 'aws:RequestTag/subject': ANA.subject } };
        const tagged = { ...trust, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/portal` }, Condition: named };
        await ministack.createRole('portal-auditor', { Version: '2012-10-17', Statement: [tagged] }, LIST);
        const issued = await ministack.trustIssuer(ISSUER, 'urn:vestibule:issued', ANA.subject);
        const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];
        await ministack.createRole('portal-issued', { ...issued, Statement: issued.Statement.map((rule) => ({ ...rule, Action })) }, LIST);
        const made = await ministack.json('kms', 'TrentService.CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
        const key = (made as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn;
        await ministack.createBucket('ledger', balancer.origin);
        for (const name of [`${PREFIX}plan.txt`, 'others/secret.txt']) await ministack.putObject('ledger', name, name);
        const { endpoint } = ministack;
        const aws = { region: REGION, sts_endpoint: endpoint, s3_endpoint: endpoint };
        const roles = [role('staff', {}), role('auditor', { strategy: 'assume-role' }), role('issued', { strategy: 'self-issued' })];
        const self_issued = { issuer: ISSUER, kms_endpoint: endpoint, keys: [{ kms_key_id: key }] };
        const served = started(await Served.start({ ...configuration(balancer, aws, roles), self_issued }, balancer, own));
        await use({ balancer, served, own });
      }),
    { scope: 'worker', timeout: 120_000 },
  ],
  moto: [
    async ({}, use) =>
      standing(async (started) => {
        const balancer = started(await Balancer.start({ ana: ANA, eve: EVE }));
        const [port = 0] = await freePorts(1);
        const endpoint = `http://127.0.0.1:${port}`;
        const program = started(new Program(join(PROGRAMS, 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], { env: environment() }));
        await program.until('Moto', () => answers(`${endpoint}/moto-api/data.json`), 60_000);
        const s3 = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
        await s3.send(new CreateBucketCommand({ Bucket: 'ledger', CreateBucketConfiguration: { LocationConstraint: REGION } }));
        for (const Key of [`${PREFIX}plan.txt`, 'others/secret.txt']) await s3.send(new PutObjectCommand({ Bucket: 'ledger', Key, Body: Key }));
        const own = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'of-nobody' };
        const identity_pool = { id: `${REGION}:0a1b2c3d-4e5f-4711-8a2b-0123456789ac`, developer_provider: 'login.here', endpoint };
        const roles = [
          role('pool', { strategy: 'identity-pool' }),
          role('enhanced', { strategy: 'identity-pool', flow: 'enhanced', session_policy: 'none' }),
        ];
        const aws = { region: REGION, sts_endpoint: endpoint, s3_endpoint: endpoint };
        const served = started(await Served.start({ ...configuration(balancer, aws, roles), identity_pool }, balancer, own));
        await use({ balancer, served, own });
      }),
    { scope: 'worker', timeout: 120_000 },
  ],
});

interface Copied {
  readonly text: string;
  /** What it says to put into the environment. */
  readonly variables: string;
}

/** Signs somebody in, opens the drawer for a role, and copies. */
async function copied(page: Page, context: BrowserContext, { balancer, served }: World, id: string, language: string): Promise<Copied> {
  balancer.portal = served.origin;
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(balancer.signInAddress('ana', `/flow?role=${id}`));
  await hydrated(page);
  const flow = new FlowPage(page);
  await flow.states();
  await flow.doItYourself(language);
  // What only the issuer's key set knows.
  const left = language !== 'JavaScript' && id === 'issued' ? 'the-kid' : '';
  await expect(flow.examples).toHaveText(left === '' ? [] : [`An example's values, which this page does not know: ${left}`]);
  await flow.drawer.getByRole('tabpanel').getByRole('button', { name: 'Copy' }).click();
  const read = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read).toContain('ledger');
  return { text: await read(), variables: (await flow.environment.textContent()) ?? '' };
}

const ROLES = [
  ['ministack', 'staff', 'assume_role_with_web_identity'],
  ['ministack', 'auditor', 'assume_role('],
  ['ministack', 'issued', 'kms.sign('],
  ['moto', 'pool', 'get_open_id_token_for_developer_identity('],
  ['moto', 'enhanced', 'get_credentials_for_identity('],
] as const;

for (const [stack, id, call] of ROLES) {
  test(`Python, copied for ${id}: a server that lists for this person, and for nobody else`, async ({ page, context, ministack, moto }) => {
    test.setTimeout(120_000);
    const world = { ministack, moto }[stack];
    const { text, variables } = await copied(page, context, world, id, 'Python');
    expect(text).toContain(call);
    const folder = await mkdtemp(join(tmpdir(), 'copied-'));
    const [port = 0] = await freePorts(1);
    await writeFile(join(folder, 'list.py'), text);
    const env = environment({ ...world.own, PORT: String(port), AWS_EC2_METADATA_DISABLED: 'true' });
    const server = new Program('sh', ['-c', `${variables}\nexec '${join(PROGRAMS, 'python')}' '${join(folder, 'list.py')}'`], { env });
    try {
      const origin = `http://127.0.0.1:${port}`;
      await server.until('the sample', () => fetch(origin).then(() => true, () => undefined), 30_000);
      const asks = (name: string): Promise<Response> => fetch(origin, { headers: world.balancer.headers(name) });
      const listed = await asks('ana');
      expect([listed.status, await listed.json()], server.output).toEqual([200, [`${PREFIX}plan.txt`]]);
      expect((await asks('eve')).status).toBe(403);
      const forged = world.balancer.headers('ana', { data: { client: 'another' } });
      expect((await fetch(origin, { headers: forged })).status).toBe(403);
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });

  test(`AWS CLI, copied for ${id}: by hand, and nothing of it stays on the disk`, async ({ page, context, ministack, moto }) => {
    test.setTimeout(120_000);
    const world = { ministack, moto }[stack];
    const { text, variables } = await copied(page, context, world, id, 'AWS CLI');
    const folder = await mkdtemp(join(tmpdir(), 'copied-'));
    try {
      if (id === 'staff') await writeFile(join(folder, 'token'), world.balancer.headers('ana')['x-amzn-oidc-accesstoken'] ?? '', { mode: 0o600 });
      const env = environment({ ...world.own, PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}`, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' });
      const { stdout } = await promisify(execFile)('sh', ['-c', `${variables}\n${text}`], { cwd: folder, env, timeout: 60_000 });
      expect(stdout.trimEnd()).toBe(`${PREFIX}plan.txt`);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  // Spring and the SDK are in no registry that the tests reach; what stands in for the SDK has the AWS CLI ask.
  test(`Java, copied for ${id}, with stand-ins for Spring and the SDK`, async ({ page, context, ministack, moto }) => {
    test.skip(spawnSync('javac', ['-version']).status !== 0, 'there is no Java here');
    test.setTimeout(120_000);
    const world = { ministack, moto }[stack];
    const { text, variables } = await copied(page, context, world, id, 'Java (Spring)');
    const folder = await mkdtemp(join(tmpdir(), 'copied-'));
    try {
      const [java, sample] = [join(import.meta.dirname, 'java'), join(folder, 'ListController.java')];
      await writeFile(sample, text);
      await promisify(execFile)('javac', ['-d', folder, '--source-path', java, sample, join(java, 'com/example/portal/Asks.java')]);
      const asks = async (headers: Record<string, string>): Promise<string> => {
        const request = { DATA: headers['x-amzn-oidc-data'] ?? '', TOKEN: headers['x-amzn-oidc-accesstoken'] ?? '' };
        const env = environment({ ...world.own, ...request, PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}`, AWS_EC2_METADATA_DISABLED: 'true' });
        const run = ['-c', `${variables}\nexec java -cp '${folder}' com.example.portal.Asks`];
        return (await promisify(execFile)('sh', run, { cwd: folder, env, timeout: 60_000 })).stdout.trimEnd();
      };
      expect(await asks(world.balancer.headers('ana'))).toBe(`${PREFIX}plan.txt`);
      await expect(asks(world.balancer.headers('eve'))).rejects.toThrow(id === 'staff' ? 'the AWS CLI was refused' : 'FORBIDDEN');
      await expect(asks(world.balancer.headers('ana', { data: { client: 'another' } }))).rejects.toThrow('FORBIDDEN');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
