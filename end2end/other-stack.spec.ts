// An application that is not the portal, behind the same balancer: it asks the portal for its user's credentials.

import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Balancer } from './balancer';
import { ACCOUNT, MiniStack, REGION } from './ministack';
import { environment, freePorts, Program, standing } from './programs';
import { configuration, Served } from './served';

const AUDIENCE = 'https://portal.example.com';
const ANA = { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana', email: 'ana@example.com', groups: ['analysts'], audience: AUDIENCE };
const TOM = { ...ANA, subject: 'b1e5c0de-0005-4a6b-8c3d-5f0e7a9b2c41', name: 'Tom', groups: ['cooks'] };

test('a program of another stack lists objects as its user, and for nobody else', async () => {
  test.setTimeout(120_000);
  await standing(async (started) => {
    const balancer = started(await Balancer.start({ ana: ANA, tom: TOM }));
    const ministack = started(await MiniStack.start());
    const trust = await ministack.trustIssuer(balancer.issuer, AUDIENCE, 'b1e5c0de-*');
    await ministack.createRole('portal-analyst', trust, {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: ['arn:aws:s3:::reports', 'arn:aws:s3:::reports/*'] }],
    });
    await ministack.createBucket('reports', balancer.origin);
    await ministack.putObject('reports', 'team/plan.txt', 'Plan\n');
    const role = {
      id: 'analyst',
      arn: `arn:aws:iam::${ACCOUNT}:role/portal-analyst`,
      groups: ['analysts'],
      buckets: [{ name: 'reports', prefix: 'team/' }],
    };
    const aws = { region: REGION, sts_endpoint: ministack.endpoint, s3_endpoint: ministack.endpoint, lambda_endpoint: ministack.endpoint };
    const portal = started(await Served.start(configuration(balancer, aws, [role])));

    const [port = 0] = await freePorts(1);
    const python = join(dirname(process.env['MINISTACK'] ?? ''), 'python');
    const settings = { PORTAL: portal.origin, ROLE: 'analyst', BUCKET: 'reports', PREFIX: 'team/', REGION, PORT: String(port) };
    const application = started(
      new Program(python, [join(import.meta.dirname, 'other-stack.py')], {
        env: environment({ ...settings, AWS_ENDPOINT_URL: ministack.endpoint, AWS_EC2_METADATA_DISABLED: 'true' }),
      }),
    );
    const origin = `http://127.0.0.1:${port}`;
    await application.until('the application', () => fetch(origin).then(() => true, () => undefined));
    balancer.portal = origin;

    const asks = async (name: string): Promise<[number, unknown]> => {
      const signedIn = await fetch(balancer.signInAddress(name), { redirect: 'manual' });
      const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
      const answer = await fetch(balancer.origin, { headers: { cookie } });
      return [answer.status, await answer.json()];
    };
    expect(await asks('ana')).toEqual([200, ['team/plan.txt']]);
    const [status, refusal] = await asks('tom');
    expect([status, (refusal as { code: string }).code]).toEqual([403, 'not_entitled']);
    // Past the balancer: nothing, or what somebody made up.
    expect((await fetch(origin)).status).toBe(401);
    const forged = await fetch(origin, { headers: balancer.headers('ana', { data: { signer: 'arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/evil/0' } }) });
    expect([forged.status, ((await forged.json()) as { code: string }).code]).toEqual([401, 'header_rejected']);
    // Nothing of a token or key was said.
    expect(application.output).toBe('');
  });
});

test('it sends nobody’s tokens in clear', async () => {
  const python = join(dirname(process.env['MINISTACK'] ?? ''), 'python');
  const application = new Program(python, [join(import.meta.dirname, 'other-stack.py')], { env: environment({ PORTAL: 'http://portal.internal' }) });
  expect(await application.ended()).toBe(1);
  expect(application.output).toContain('is not an https address');
});
