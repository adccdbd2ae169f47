// The doctor's fixes, applied as they stand: the commands that it prints are given to the AWS CLI against MiniStack, and
// it is run again until it finds nothing.

import { CreateBucketCommand, GetBucketCorsCommand, PutBucketCorsCommand, type CORSRule } from '@aws-sdk/client-s3';
import { Loopback } from './balancer';
import { AUDIENCE, Clinic, mending, type Finding, type Report } from './clinic';
import { REGION } from './ministack';
import { expect, test } from './portal';

// What no command mends here: this balancer has no portal behind it, and MiniStack's Lambda permits no page anything.
const HERE = ['balancer-open', 'balancer-redirects', 'balancer-closed', 'function-preflight', 'function-streaming'];
const isError = ({ code, severity }: Finding): boolean => severity === 'error' && !HERE.includes(code);
const ANYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['s3:*', 'lambda:*'], Resource: '*' }] } as const;
const FUNCTION = 'def handler(event, context):\n    return {}\n';

async function inClinic(use: (clinic: Clinic) => Promise<void>): Promise<void> {
  const clinic = await Clinic.open();
  try {
    await use(clinic);
  } finally {
    await clinic.stop();
  }
}

function expectSound(report: Report, subjects: readonly string[]): void {
  expect(report.findings.filter(isError), JSON.stringify(report, undefined, 2)).toEqual([]);
  // And what is said to be in order was looked at.
  for (const subject of subjects) {
    expect(report.checks.find((check) => check.subject === subject), subject).toMatchObject({ outcome: 'ok' });
  }
}

test.beforeEach(() => test.setTimeout(240_000));

test('what the doctor prints puts right what it found, and its mints are written down', async () => {
  await inClinic(async (clinic) => {
    // The trust policy is for another audience, the role may do nothing, and the bucket has no rules.
    const { ministack } = clinic;
    await ministack.trustIssuer(clinic.balancer.issuer, AUDIENCE);
    const nothing = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::elsewhere/*' }] } as const;
    const arn = await ministack.createRole('portal-analyst', clinic.trust('another'), nothing);
    await ministack.s3.send(new CreateBucketCommand({ Bucket: 'reports', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    await ministack.createFunction('word-count', FUNCTION, arn);
    await clinic.configure({ buckets: [{ name: 'reports', prefix: 'team/', permissions: ['list', 'read'] }], functions: [{ name: 'word-count' }] });

    const { found, last } = await clinic.mended(isError);

    expectSound(last, ['trust of analyst', `IAM OIDC provider ${clinic.issuer}`, 'trial mint of analyst', 'CORS of reports', 'listing reports as analyst', 'invoking word-count as analyst']);
    expect([...found]).toEqual(expect.arrayContaining(['trust-condition', 'mint-access-denied', 'bucket-cors-missing', 'bucket-list-denied', 'function-denied']));
    // Standard error has each mint that was tried as the portal's log would, and nothing else: 900 seconds, the role's own
    // hour, and one that may list and invoke.
    const lines = last.log.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ event, role, minted }) => ({ event, role, minted }))).toEqual(Array.from({ length: 3 }, () => ({ event: 'probe', role: 'analyst', minted: true })));
    expect(last.log).not.toMatch(/eyJ|SecretAccessKey|ana@example\.com/);
    expect((await clinic.examined({ mint: false })).log).toBe('');
  });
});

test('an account that has nothing yet', async () => {
  await inClinic(async (clinic) => {
    const { ministack } = clinic;
    const arn = await ministack.createRole('function', clinic.trust(AUDIENCE), ANYTHING);
    await ministack.createFunction('word-count', FUNCTION, arn);
    const buckets = [{ name: 'ledger', prefix: 'team/', region: REGION, permissions: ['list', 'read', 'write'] }];
    await clinic.configure({ buckets, functions: [{ name: 'wordcount' }] });

    const { found, last } = await clinic.mended((finding) => isError(finding) && finding.code !== 'function-missing');
    expect([...found]).toEqual(expect.arrayContaining(['mint-provider', 'role-missing', 'bucket-missing', 'bucket-cors-missing', 'bucket-list-denied']));

    // No command makes a function. The one that is printed tells which there are, and the configuration is corrected.
    const missing = last.findings.find(({ code }) => code === 'function-missing');
    const look = missing?.fix.find(({ kind }) => kind === 'run')?.text ?? '';
    expect(JSON.parse(await clinic.run(look))).toEqual(['word-count']);
    await clinic.configure({ buckets, functions: [{ name: 'word-count' }] });
    const corrected = await clinic.mended(isError);
    expectSound(corrected.last, ['trust of analyst', `IAM OIDC provider ${clinic.issuer}`, 'trial mint of analyst', 'bucket ledger', 'CORS of ledger', 'listing ledger as analyst', 'invoking word-count as analyst']);
  });
});

test('a role that does not live as long as it is configured to', async () => {
  await inClinic(async (clinic) => {
    const { ministack } = clinic;
    await ministack.trustIssuer(clinic.balancer.issuer, AUDIENCE);
    const arn = await ministack.createRole('portal-analyst', clinic.trust(AUDIENCE), ANYTHING);
    await ministack.createFunction('word-count', FUNCTION, arn);
    await clinic.configure({ duration_seconds: 7_200, functions: [{ name: 'word-count' }] });

    const { found, last } = await clinic.mended(isError);

    expect([...found]).toEqual(['mint-duration']);
    expectSound(last, ['trust of analyst', 'trial mint of analyst']);
    expect(await clinic.run('aws iam get-role --role-name portal-analyst --query Role.MaxSessionDuration --output text')).toBe('7200\n');
  });
});

test('each field of a bucket’s CORS rules', async () => {
  await inClinic(async (clinic) => {
    const { ministack, balancer } = clinic;
    await ministack.s3.send(new CreateBucketCommand({ Bucket: 'reports', CreateBucketConfiguration: { LocationConstraint: REGION } }));
    await clinic.configure({ buckets: [{ name: 'reports', region: REGION, permissions: ['list', 'read', 'write', 'delete'] }] });
    const rules = async (): Promise<CORSRule[]> => (await ministack.s3.send(new GetBucketCorsCommand({ Bucket: 'reports' }))).CORSRules ?? [];
    const isCors = ({ code }: Finding): boolean => code.startsWith('bucket-cors');
    const looked = { mint: false };
    expect([...(await clinic.mended(isCors, 2, looked)).found]).toEqual(['bucket-cors-missing']);
    const [sound] = await rules();
    expect(sound?.AllowedOrigins).toEqual([balancer.origin]);

    const others: CORSRule = { ID: 'others', AllowedOrigins: ['https://other.example.com'], AllowedMethods: ['GET'] };
    const wrong: readonly [string, Partial<CORSRule>][] = [
      ['bucket-cors-origin', { AllowedOrigins: [`${balancer.origin}/`] }],
      ['bucket-cors-method', { AllowedMethods: ['GET', 'HEAD', 'POST', 'DELETE'] }],
      ['bucket-cors-headers', { AllowedHeaders: ['authorization', 'content-type', 'x-amz-date'] }],
      ['bucket-cors-expose', { ExposeHeaders: ['ETag'] }],
      ['bucket-cors-max-age', { MaxAgeSeconds: undefined }],
    ];
    for (const [code, change] of wrong) {
      const CORSRules = [{ AllowedMethods: [], AllowedOrigins: [], ...sound, ...change }, others];
      await ministack.s3.send(new PutBucketCorsCommand({ Bucket: 'reports', CORSConfiguration: { CORSRules } }));
      const { found, last } = await clinic.mended(isCors, 2, looked);
      expect([...found], code).toEqual([code]);
      expect(last.checks.find(({ subject }) => subject === 'CORS of reports'), code).toMatchObject({ outcome: 'ok' });
      expect(await rules(), 'what other pages need is kept').toContainEqual(expect.objectContaining({ ...others }));
    }
  });
});

/** A rule of a listener, as far as it matters to who has not signed in. */
interface Rule {
  readonly Priority: string;
  readonly Conditions: readonly { readonly PathPatternConfig?: { readonly Values: readonly string[] } }[];
  readonly Actions: readonly { readonly Type: string; readonly AuthenticateOidcConfig?: { readonly AuthorizationEndpoint: string; readonly OnUnauthenticatedRequest: string } }[];
}

test('a balancer’s listener, by its own rules', async () => {
  await inClinic(async (clinic) => {
    const made = async (command: string, query: string): Promise<string> => (await clinic.run(`aws elbv2 ${command} --query '${query}' --output text`)).trim();
    const signer = await made('create-load-balancer --name portal --subnets subnet-1 subnet-2', 'LoadBalancers[0].LoadBalancerArn');
    const targets = await made('create-target-group --name portal --protocol HTTP --port 3000 --vpc-id vpc-1', 'TargetGroups[0].TargetGroupArn');
    const listening = (protocol: string): Promise<string> =>
      made(`create-listener --load-balancer-arn ${signer} --protocol ${protocol} --port ${protocol === 'HTTP' ? 80 : 443} --default-actions Type=forward,TargetGroupArn=${targets}`, 'Listeners[0].ListenerArn');
    await listening('HTTP');
    const listener = await listening('HTTPS');

    // Does what its rules in MiniStack say to who has not signed in, in front of a portal.
    let rules: Rule[] = [];
    const front = new Loopback((incoming, outgoing) => {
      const path = incoming.url ?? '/';
      const fits = (pattern: string): boolean => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);
      const rule = rules.find(({ Priority, Conditions }) => Priority === 'default' || Conditions.some(({ PathPatternConfig }) => PathPatternConfig?.Values.some(fits)));
      const signIn = rule?.Actions.find(({ Type }) => Type === 'authenticate-oidc')?.AuthenticateOidcConfig;
      if (signIn?.OnUnauthenticatedRequest === 'deny') outgoing.writeHead(401).end();
      else if (signIn) outgoing.writeHead(302, { Location: signIn.AuthorizationEndpoint }).end();
      else if (path.startsWith('/api/') || path === '/') outgoing.writeHead(401).end('{"code":"not_signed_in"}');
      else outgoing.writeHead(path.startsWith('/pkg/') ? 404 : 200).end();
    });
    await front.start();
    try {
      const alb = { signers: [signer], clients: ['1example23456789'], issuer: clinic.balancer.issuer, key_url: clinic.balancer.keys.origin };
      await clinic.configure({ functions: [{ name: 'word-count' }] }, { alb, web: { public_url: front.origin } });
      const examined = async (): Promise<Finding[]> => {
        const described = JSON.parse(await clinic.run(`aws elbv2 describe-rules --listener-arn ${listener}`)) as { Rules: Rule[] };
        const order = ({ Priority }: Rule): number => (Priority === 'default' ? Infinity : Number(Priority));
        rules = described.Rules.sort((one, other) => order(one) - order(other));
        return (await clinic.examined({ mint: false })).findings.filter(({ code }) => code.startsWith('balancer-'));
      };
      const codes = (findings: readonly Finding[]): string[] => findings.map(({ code }) => code);
      const applied = async (findings: readonly Finding[]): Promise<Finding[]> => {
        for (const finding of findings) await clinic.run(mending(finding) ?? '');
        return examined();
      };

      // Everything is forwarded: pages and calls get through. Once both are held, so is what has to be open.
      const open = await examined();
      expect(codes(open)).toEqual(['balancer-open', 'balancer-open']);
      const closed = await applied(open);
      expect(codes(closed)).toEqual(['balancer-closed']);
      expect(codes(await applied(closed))).toEqual([]);

      // The rule for calls is there, and sends them to sign in: then that rule is changed.
      const rule = rules.find(({ Conditions }) => Conditions.some(({ PathPatternConfig }) => PathPatternConfig?.Values.includes('/api/*')));
      const { RuleArn, Actions } = rule as Rule & { RuleArn: string };
      const sends = JSON.stringify(Actions).replace('"deny"', '"authenticate"');
      await clinic.run(`aws elbv2 modify-rule --rule-arn ${RuleArn} --actions '${sends}'`);
      const [redirects, ...more] = await examined();
      expect([redirects?.code, ...codes(more)]).toEqual(['balancer-redirects']);
      const change = redirects?.fix.filter(({ kind }) => kind === 'run')[1]?.text ?? '';
      expect(change).toContain('modify-rule');
      await clinic.run(change);
      expect(codes(await examined())).toEqual([]);
      expect(rules.length, 'no rule was added').toBe(3);
    } finally {
      await front.stop();
    }
  });
});
