// The samples of the handbook, run as they stand: JavaScript in Chromium against the sandbox, Python behind a balancer
// against MiniStack, the AWS CLI against MiniStack with a token of that balancer's.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Balancer, CLIENT, SIGNER } from './balancer';
import { MiniStack, REGION } from './ministack';
import { FlowPage } from './pages/flow';
import { openPlainPage } from './plain-page';
import { expect, test } from './portal';
import { environment, freePorts, Program } from './programs';

const SAMPLES = join(import.meta.dirname, '../src/docs/samples');
const AUDIENCE = 'https://portal.example.com';
const ANA = { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana', email: 'ana@example.com', groups: ['analysts'], audience: AUDIENCE };

/** A role that Ana may take with her token of this balancer's, and the bucket that it may list. */
async function analystRole(ministack: MiniStack, balancer: Balancer): Promise<string> {
  const trust = await ministack.trustIssuer(balancer.issuer, AUDIENCE, 'b1e5c0de-*');
  const role = await ministack.createRole('portal-analyst', trust, {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports' }],
  });
  await ministack.createBucket('reports', balancer.origin);
  await ministack.putObject('reports', 'team/plan.txt', 'Plan\n');
  return role;
}

test('JavaScript: a page of one’s own lists the bucket', async ({ page, sandbox }) => {
  const { balancer, s3 } = sandbox.endpoints;
  await page.goto(`${balancer}/sandbox/sign-in?as=analyst&to=/signed-out`);
  const sample = await readFile(join(SAMPLES, 'list.mjs'), 'utf8');
  await openPlainPage(page, balancer, `globalThis.settings = { endpoint: '${s3}', prefix: 'team/p' };\n${sample}`);
  await expect(page.locator('#listed')).toContainText('team/plan.txt');
});

test('JavaScript, as it is copied for a role: a page of one’s own lists the bucket', async ({ page, context, sandbox, signIn }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn('analyst', '/flow?role=analyst');
  const flow = new FlowPage(page);
  await flow.states();
  await flow.doItYourself('JavaScript');
  await flow.drawer.getByRole('tabpanel').getByRole('button', { name: 'Copy' }).click();
  const read = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read).toContain('S3Client');
  await openPlainPage(page, sandbox.endpoints.balancer, await read());
  await expect(page.locator('#listed')).toContainText('team/2026/budget.csv');
});

test('Python: a server behind the balancer lists the bucket in the person’s name, and nobody else', async () => {
  test.setTimeout(120_000);
  const ministack = await MiniStack.start();
  const eve = { ...ANA, subject: 'eeeeeeee-0002-4a6b-8c3d-5f0e7a9b2c41' };
  const balancer = await Balancer.start({ ana: ANA, eve });
  const [port = 0] = await freePorts(1);
  const role = await analystRole(ministack, balancer);
  const python = join(dirname(process.env['MINISTACK'] ?? ''), 'python');
  const settings = { SIGNER, CLIENT, ISSUER: balancer.issuer, KEYS: balancer.keys.origin, ROLE: role, REGION };
  const server = new Program(python, [join(SAMPLES, 'list.py')], {
    env: environment({ ...settings, PORT: String(port), AWS_ENDPOINT_URL: ministack.endpoint, AWS_EC2_METADATA_DISABLED: 'true' }),
  });
  try {
    balancer.portal = `http://127.0.0.1:${port}`;
    const asks = async (name: string): Promise<Response> => {
      const signedIn = await fetch(balancer.signInAddress(name), { redirect: 'manual' });
      const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
      return fetch(balancer.origin, { headers: { cookie } });
    };
    await server.until('the sample', () => fetch(balancer.portal).then(() => true, () => undefined), 30_000);
    const listed = await asks('ana');
    expect([listed.status, await listed.json()]).toEqual([200, ['team/plan.txt']]);
    expect((await asks('eve')).status).toBe(403);
    // Past the balancer, with a header of another signer, and with none.
    const forged = balancer.headers('ana', { data: { signer: `${SIGNER}0` } });
    expect((await fetch(balancer.portal, { headers: forged })).status).toBe(403);
    expect((await fetch(balancer.portal)).status).toBe(403);
  } finally {
    await server.stop();
    await balancer.stop();
    await ministack.stop();
  }
});

test('AWS CLI: by hand, with the person’s token, and nothing of it stays on the disk', async () => {
  test.setTimeout(120_000);
  const ministack = await MiniStack.start();
  const balancer = await Balancer.start({ ana: ANA });
  const folder = await mkdtemp(join(tmpdir(), 'sample-'));
  try {
    const role = await analystRole(ministack, balancer);
    await ministack.putObject('reports', 'others/secret.txt', 'Secret\n');
    // The account of the role is MiniStack's; everything else is as it stands.
    const sample = (await readFile(join(SAMPLES, 'list.sh'), 'utf8')).replace(/arn:aws:iam::\d+:role\/portal-analyst/, role);
    await writeFile(join(folder, 'token'), balancer.headers('ana')['x-amzn-oidc-accesstoken'] ?? '', { mode: 0o600 });
    const programs = dirname(process.env['MINISTACK'] ?? '');
    const env = environment({ PATH: `${programs}:${process.env['PATH'] ?? ''}`, HOME: folder, AWS_ENDPOINT_URL: ministack.endpoint, AWS_EC2_METADATA_DISABLED: 'true' });
    const { stdout } = await promisify(execFile)('sh', ['-c', sample], { cwd: folder, env, timeout: 60_000 });
    expect(stdout.trim()).toBe('team/plan.txt');
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
    await balancer.stop();
    await ministack.stop();
  }
});
