// The doctor's fixes, applied as they stand: the commands that it prints are given to the AWS CLI against MiniStack, and
// it is run again until it finds nothing.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { Balancer } from './balancer';
import { ACCOUNT, MiniStack, REGION } from './ministack';
import { expect, test } from './portal';
import { BINARY, environment } from './programs';
import { configuration, toml } from './served';

interface Part {
  readonly kind: 'say' | 'run' | 'configure' | 'document';
  readonly text: string;
}
interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly why: string;
  readonly fix: readonly Part[];
}
interface Check {
  readonly subject: string;
  readonly outcome: string;
  readonly detail: string;
}

/** What changes something; the doctor's other commands look. */
const MENDS = /^aws (iam (update-assume-role-policy|put-role-policy|update-role)|s3api put-bucket-cors) /;

test('what the doctor prints puts right what it found', async () => {
  test.setTimeout(240_000);
  const ministack = await MiniStack.start();
  const audience = 'https://portal.example.com';
  const ana = { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana', email: 'ana@example.com', groups: ['analysts'], audience };
  const balancer = await Balancer.start({ ana });
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  try {
    // The trust policy is for another audience, the role may do nothing, and the bucket has no rules.
    await ministack.trustIssuer(balancer.issuer, audience);
    const name = balancer.issuer.replace(/^https?:\/\//, '');
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/${name}`;
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Federated: provider }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals: { [`${name}:aud`]: 'another' } } }],
    } as const;
    const nothing = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::elsewhere/*' }] } as const;
    const arn = await ministack.createRole('portal-analyst', trust, nothing);
    await ministack.s3.send(new CreateBucketCommand({ Bucket: 'reports', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    await ministack.createFunction('word-count', 'def handler(event, context):\n    return {}\n', arn);

    const { endpoint } = ministack;
    const role = { id: 'analyst', arn, groups: ['analysts'], duration_seconds: 3_600, buckets: [{ name: 'reports', prefix: 'team/', permissions: ['list', 'read'] }], functions: [{ name: 'word-count' }] };
    const aws = { region: REGION, sts_endpoint: endpoint, s3_endpoint: endpoint, lambda_endpoint: endpoint };
    const configured = { ...configuration(balancer, aws, [role]), revocation: { iam: true, iam_endpoint: endpoint }, sessions: { path: join(folder, 'sessions.db') } };
    await writeFile(join(folder, 'portal.toml'), toml(configured));
    const own = { AWS_ACCESS_KEY_ID: ACCOUNT, AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_EC2_METADATA_DISABLED: 'true' };
    const path = `${dirname(process.env['MINISTACK'] ?? '')}:${process.env['PATH'] ?? ''}`;
    const execute = promisify(execFile);

    const examined = async (): Promise<{ findings: Finding[]; checks: Check[] }> => {
      const lines = Object.entries(balancer.headers('ana')).map(([header, value]) => `${header}: ${value}\n`);
      await rm(join(folder, 'headers'), { force: true });
      await writeFile(join(folder, 'headers'), lines.join(''), { mode: 0o600 });
      const given = ['doctor', '--config', join(folder, 'portal.toml'), '--headers', join(folder, 'headers'), '--mint', '--json'];
      const { stdout } = await execute(BINARY, given, { env: environment(own), timeout: 60_000 }).catch((ended: { stdout: string }) => ended);
      return JSON.parse(stdout) as { findings: Finding[]; checks: Check[] };
    };

    const found = new Set<string>();
    // What no command mends here: this balancer has no portal behind it, and MiniStack's Lambda permits no page anything.
    const here = ['balancer-open', 'balancer-redirects', 'balancer-closed', 'function-preflight', 'function-streaming'];
    const errors = (findings: readonly Finding[]): Finding[] => findings.filter(({ code, severity }) => severity === 'error' && !here.includes(code));
    let last = await examined();
    for (let round = 1; round <= 4 && errors(last.findings).length > 0; round++) {
      for (const { code } of last.findings) found.add(code);
      const commands = new Set(last.findings.flatMap(({ fix }) => fix.split('\n')).filter((line) => MENDS.test(line)));
      expect(commands.size, JSON.stringify(last.findings, undefined, 2)).toBeGreaterThan(0);
      for (const command of commands) {
        await execute('sh', ['-c', command], { env: environment({ ...own, PATH: path, HOME: folder, AWS_ENDPOINT_URL: endpoint }), timeout: 60_000 });
      }
      last = await examined();
    }

    expect(errors(last.findings), JSON.stringify(last, undefined, 2)).toEqual([]);
    for (const code of ['trust-condition', 'mint-access-denied', 'bucket-cors-missing', 'bucket-list-denied', 'function-denied']) {
      expect([...found], 'what was wrong was found').toContain(code);
    }
    // And what is said to be in order was looked at.
    for (const subject of ['trust of analyst', 'trial mint of analyst', 'CORS of reports', 'listing reports as analyst', 'invoking word-count as analyst']) {
      expect(last.checks.find((check) => check.subject === subject), subject).toMatchObject({ outcome: 'ok' });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
    await balancer.stop();
    await ministack.stop();
  }
});
