// The printed stack, really made: MiniStack creates every resource of a type that it knows, the portal starts with the
// environment that the stack gives its task and with the identity that the stack gives its role, and lists a bucket
// that the stack made. What MiniStack does not know is named below, and made by the same words through its APIs.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test as base } from '@playwright/test';
import { Balancer, type Person } from './balancer';
import { ACCOUNT, type Minted, MiniStack, REGION } from './ministack';
import { standing } from './programs';
import { Served, toml, type Table } from './served';
import { cloudformation, type Json, type JsonTable, type Template } from './template';

const ORIGIN = 'https://portal.example.com';
/** Types that MiniStack has no handler for. The day it has one, this list is to be shortened. */
const UNKNOWN_TYPES = ['AWS::Cognito::ManagedLoginBranding', 'AWS::Cognito::UserPoolIdentityProvider', 'AWS::EC2::SecurityGroupEgress', 'AWS::IAM::OIDCProvider'];
const STACK = 'portal';

const PEOPLE = {
  ana: { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana Pires', email: 'ana@example.com', groups: ['analysts'], audience: ORIGIN },
  eve: { subject: 'b1e5c0de-0002-4a6b-8c3d-5f0e7a9b2c41', name: 'Eve Other', email: 'eve@example.com', groups: ['analysts'], audience: 'https://another.example.com' },
  tom: { subject: 'b1e5c0de-0005-4a6b-8c3d-5f0e7a9b2c41', name: 'Tom Outside', email: 'tom@example.com', groups: ['cooks'], audience: ORIGIN },
} satisfies Record<string, Person>;

const CONFIGURATION: Table = {
  web: { public_url: ORIGIN, listen: '0.0.0.0:3000', tls: 'self-signed' },
  alb: {
    signers: [`arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/made/0000000000000000`],
    clients: ['made-by-the-stack'],
    issuer: `https://cognito-idp.${REGION}.amazonaws.com/${REGION}_MADE`,
  },
  idp: { admin_groups: ['portal-admins'] },
  aws: { region: REGION },
  sessions: { store: 'dynamodb', table: 'vestibule-sessions' },
  revocation: { iam: true },
  log: { format: 'json' },
  roles: [
    {
      id: 'analyst',
      arn: `arn:aws:iam::${ACCOUNT}:role/portal-analyst`,
      groups: ['analysts'],
      buckets: [{ name: 'team-reports', prefix: 'team/', region: REGION, permissions: ['list', 'read'] }],
    },
    {
      id: 'auditor',
      arn: `arn:aws:iam::${ACCOUNT}:role/deep/portal-auditor`,
      groups: ['analysts'],
      strategy: 'assume-role',
      // So that nothing but the role's own policy and its boundary stands in the way.
      session_policy: 'none',
      buckets: [{ name: 'team-reports', prefix: 'audit/', region: REGION, permissions: ['list', 'read', 'write'] }],
    },
  ],
};

interface World {
  ministack: MiniStack;
  template: Template;
  /** Physical ids by logical ids. */
  made: ReadonlyMap<string, string>;
  outputs: ReadonlyMap<string, string>;
  /** What the task is started with. */
  variables: Readonly<Record<string, string>>;
  balancer: Balancer;
  served: Served;
}

const cloud = (ministack: MiniStack, action: string, parameters: Readonly<Record<string, string>>, account = ACCOUNT) =>
  ministack.query('cloudformation', '2010-05-15', action, parameters, { account });
/** The texts of an element, wherever it stands. */
const all = (xml: string, element: string): string[] => [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text]) => unescaped(text ?? ''));
const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
/** Pairs of elements inside `member`s, by the first. */
const pairs = (xml: string, key: string, value: string): Map<string, string> => {
  const members = xml.split('<member>').slice(1);
  return new Map(members.flatMap((member): [string, string][] => {
    const [name] = all(member, key);
    return name === undefined ? [] : [[name, all(member, value)[0] ?? '']];
  }));
};

function parameters(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value], index) => [
      [`Parameters.member.${index + 1}.ParameterKey`, key],
      [`Parameters.member.${index + 1}.ParameterValue`, value],
    ]),
  );
}

/** Waits until the stack is so; gives what is said of it. `before` is how it may still stand. */
async function untilComplete(ministack: MiniStack, wanted: string, before?: string): Promise<string> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const described = await cloud(ministack, 'DescribeStacks', { StackName: STACK });
    const [status = ''] = all(described, 'StackStatus');
    if (status === wanted) return described;
    if (!status.endsWith('_IN_PROGRESS') && status !== before) {
      const events = (await cloud(ministack, 'DescribeStackEvents', { StackName: STACK })).split('<member>');
      const failed = events.filter((event) => event.includes('_FAILED<')).map((event) => [...all(event, 'LogicalResourceId'), ...all(event, 'ResourceStatusReason')]);
      throw new Error(`${status}: ${JSON.stringify(failed)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not ${wanted} in time`);
}

/** The template without what MiniStack does not know, and without references to it. */
function known(template: Template): Template {
  const resources = Object.entries(template.Resources).filter(([, { Type }]) => !UNKNOWN_TYPES.includes(Type));
  const reduced = structuredClone({ ...template, Resources: Object.fromEntries(resources) }) as unknown as Template;
  (reduced.Resources['AppClient']!.Properties as Record<string, Json>)['SupportedIdentityProviders'] = ['COGNITO'];
  // MiniStack counts with the text that a parameter of type Number is there. Without Docker it starts no task anyway.
  (reduced.Resources['Service']!.Properties as Record<string, Json>)['DesiredCount'] = 0;
  return reduced;
}

async function vpc(ministack: MiniStack): Promise<Record<string, string>> {
  const ec2 = (action: string, values: Readonly<Record<string, string>>) => ministack.query('ec2', '2016-11-15', action, values);
  const [id = ''] = all(await ec2('CreateVpc', { CidrBlock: '10.0.0.0/16' }), 'vpcId');
  const subnet = async (block: string, zone: string) =>
    all(await ec2('CreateSubnet', { VpcId: id, CidrBlock: block, AvailabilityZone: `${REGION}${zone}` }), 'subnetId')[0] ?? '';
  const subnets = [await subnet('10.0.1.0/24', 'a'), await subnet('10.0.2.0/24', 'b')].join(',');
  return { VpcId: id, BalancerSubnets: subnets, PortalSubnets: subnets };
}

/** What the administrator of the account passes. */
async function passed(ministack: MiniStack): Promise<Record<string, string>> {
  return {
    ...(await vpc(ministack)),
    CertificateArn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`,
    Image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/vestibule@sha256:${'0'.repeat(64)}`,
    LoginDomain: 'example-portal',
    SalesforceIssuer: 'https://company.my.salesforce.com',
    SalesforceClientId: '3MVG9example',
    SalesforceSecret: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:salesforce-AbCdEf`,
    MakeBuckets: 'yes',
  };
}

const iam = (ministack: MiniStack, action: string, values: Readonly<Record<string, string>>) =>
  ministack.query('iam', '2010-05-08', action, values, { region: 'us-east-1' });

/** A policy document as IAM gives it. */
const document = (xml: string, element: string): { Version: string; Statement: JsonTable[] } =>
  JSON.parse(decodeURIComponent(all(xml, element)[0] ?? '')) as { Version: string; Statement: JsonTable[] };

/**
 * What MiniStack leaves out. Its CloudFormation gives roles no boundary, its STS knows no source identity, and its IAM
 * does not tell a policy which boundary a role has. The boundary is put as the template has it; the two conditions are
 * taken out of what was made, and nothing else: `template.spec.ts` evaluates them.
 */
async function completed(ministack: MiniStack, made: ReadonlyMap<string, string>): Promise<void> {
  for (const id of ['Analyst', 'Auditor']) {
    const names = { RoleName: made.get(`Role${id}`) ?? '', PermissionsBoundary: made.get(`Policy${id}`) ?? '' };
    await iam(ministack, 'PutRolePermissionsBoundary', names);
  }
  const auditor = { RoleName: made.get('RoleAuditor') ?? '' };
  const trust = document(await iam(ministack, 'GetRole', auditor), 'AssumeRolePolicyDocument');
  const named = (trust.Statement[0]?.['Condition'] as Record<string, Record<string, Json>>)['StringLike'] ?? {};
  expect(named).toEqual({ 'sts:SourceIdentity': '?*', 'aws:RequestTag/subject': '?*' });
  delete named['sts:SourceIdentity'];
  await iam(ministack, 'UpdateAssumeRolePolicy', { ...auditor, PolicyDocument: JSON.stringify(trust) });

  const portal = { RoleName: made.get('PortalRole') ?? '', PolicyName: 'portal' };
  const own = document(await iam(ministack, 'GetRolePolicy', portal), 'PolicyDocument');
  const write = own.Statement.find(({ Sid }) => Sid === 'WriteDenies') as Record<string, Json>;
  expect(write['Condition']).toEqual({ StringEquals: { 'iam:PermissionsBoundary': [made.get('PolicyAnalyst'), made.get('PolicyAuditor')] } });
  delete write['Condition'];
  await iam(ministack, 'PutRolePolicy', { ...portal, PolicyDocument: JSON.stringify(own) });
}

/** The role of the task, as ECS hands it out: ECS is the one whom it trusts, so for this once the root user stands in. */
async function portalIdentity(ministack: MiniStack, role: string): Promise<Record<string, string>> {
  const trust = document(await iam(ministack, 'GetRole', { RoleName: role }), 'AssumeRolePolicyDocument');
  expect(trust.Statement).toEqual([
    {
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
    },
  ]);
  const root = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
  await iam(ministack, 'UpdateAssumeRolePolicy', { RoleName: role, PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [root] }) });
  const taken = await ministack.query('sts', '2011-06-15', 'AssumeRole', { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'task' });
  await iam(ministack, 'UpdateAssumeRolePolicy', { RoleName: role, PolicyDocument: JSON.stringify(trust) });
  const element = (name: string) => all(taken, name)[0] ?? '';
  return { AWS_ACCESS_KEY_ID: element('AccessKeyId'), AWS_SECRET_ACCESS_KEY: element('SecretAccessKey'), AWS_SESSION_TOKEN: element('SessionToken') };
}

const test = base.extend<object, { world: World }>({
  world: [
    async ({}, use) =>
      standing(async (started) => {
        const ministack = started(await MiniStack.start());
        const { template } = cloudformation(toml(CONFIGURATION));
        const given = parameters(await passed(ministack));
        const create = (body: Template) =>
          cloud(ministack, 'CreateStack', { StackName: STACK, TemplateBody: JSON.stringify(body), 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM', ...given });
        // As AWS does, MiniStack refuses a template with a type that it does not know, and names them.
        const refused = await create(template).then(() => '', (error: Error) => error.message);
        expect(/Unrecognized resource types: \[([^\]]*)\]/.exec(refused)?.[1]?.split(', '), refused).toEqual(UNKNOWN_TYPES);
        await create(known(template));
        const described = await untilComplete(ministack, 'CREATE_COMPLETE');
        const made = pairs(await cloud(ministack, 'DescribeStackResources', { StackName: STACK }), 'LogicalResourceId', 'PhysicalResourceId');
        const outputs = pairs(described, 'OutputKey', 'OutputValue');

        const task = (await ministack.json('ecs', 'AmazonEC2ContainerServiceV20141113.DescribeTaskDefinition', { taskDefinition: made.get('Task') })) as {
          taskDefinition: { containerDefinitions: { environment: { name: string; value: string }[] }[] };
        };
        const variables = Object.fromEntries((task.taskDefinition.containerDefinitions[0]?.environment ?? []).map(({ name, value }) => [name, value]));

        const named = { signer: outputs.get('Signer') ?? '', client: outputs.get('Client') ?? '', issuer: outputs.get('Issuer') ?? '' };
        const balancer = started(await Balancer.start(PEOPLE, named));
        // The provider, by the words of the template.
        await iam(ministack, 'CreateOpenIDConnectProvider', {
          Url: named.issuer,
          'ClientIDList.member.1': named.client,
          'ClientIDList.member.2': ORIGIN,
        });
        await completed(ministack, made);
        const { endpoint } = ministack;
        const served = started(
          await Served.start(CONFIGURATION, balancer, {
            ...variables,
            ...(await portalIdentity(ministack, made.get('PortalRole') ?? '')),
            // What the test has in place of AWS, and of the balancer's TLS.
            VESTIBULE_WEB__TLS: 'off',
            VESTIBULE_ALB__KEY_URL: balancer.keys.origin,
            VESTIBULE_IDP__JWKS_URL: balancer.jwksUrl,
            VESTIBULE_AWS__STS_ENDPOINT: endpoint,
            VESTIBULE_AWS__S3_ENDPOINT: endpoint,
            VESTIBULE_AWS__LAMBDA_ENDPOINT: endpoint,
            VESTIBULE_SESSIONS__ENDPOINT: endpoint,
            VESTIBULE_REVOCATION__IAM_ENDPOINT: endpoint,
          }),
        );
        for (const key of ['team/2026/plan.txt', 'team/picture.bin', 'audit/ledger.csv', 'secret/wages.txt']) await ministack.putObject('team-reports', key, key);
        await use({ ministack, template, made, outputs, variables, balancer, served });
      }),
    { scope: 'worker', timeout: 120_000 },
  ],
});

const mint = async ({ served, balancer }: World, name: keyof typeof PEOPLE, role: string): Promise<{ status: number; body: JsonTable & Minted }> => {
  const answer = await served.call('/api/credentials', { role }, balancer.headers(name));
  return { status: answer.status, body: (await answer.json()) as JsonTable & Minted };
};
const outcome = (attempt: Promise<unknown>): Promise<string> => attempt.then(() => 'allowed', (error: Error) => error.name);

test('every resource of a known type is made, and what only the stack knows reaches the portal', async ({ world }) => {
  const { template, made, outputs, variables } = world;
  const wanted = Object.entries(template.Resources).filter(([, { Type, Condition }]) => !UNKNOWN_TYPES.includes(Type) && Condition !== 'AddsAudience');
  expect([...made.keys()].sort()).toEqual(wanted.map(([id]) => id).sort());
  expect(made.size).toBeGreaterThan(25);
  expect(outputs.get('Signer')).toMatch(new RegExp(`^arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/`));
  expect(variables).toEqual({
    VESTIBULE_AWS__REGION: REGION,
    VESTIBULE_ALB__SIGNERS: outputs.get('Signer'),
    VESTIBULE_ALB__CLIENTS: outputs.get('Client'),
    VESTIBULE_ALB__ISSUER: outputs.get('Issuer'),
    VESTIBULE_IDP__LOGOUT_URL: outputs.get('LogoutUrl'),
  });
  expect(outputs.get('LogoutUrl')).toBe(
    `https://example-portal.auth.${REGION}.amazoncognito.com/logout?client_id=${outputs.get('Client')}&logout_uri=https%3A%2F%2Fportal.example.com%2Fsigned-out`,
  );
});

test('the stack fails in another account than the configuration means', async ({ world }) => {
  const { ministack, template } = world;
  const elsewhere = (action: string, values: Readonly<Record<string, string>> = {}) =>
    cloud(ministack, action, { StackName: STACK, ...values }, '444455556666');
  const given = parameters({ ...(await passed(ministack)), MakeBuckets: 'no' });
  await elsewhere('CreateStack', { TemplateBody: JSON.stringify(known(template)), 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM', ...given });
  await expect.poll(async () => all(await elsewhere('DescribeStackEvents'), 'ResourceStatusReason').join('\n')).toMatch(/Home.*(444455556666|eu-west-1)/);
  await expect.poll(async () => all(await elsewhere('DescribeStacks'), 'StackStatus')).toEqual(['ROLLBACK_COMPLETE']);
});

test('a person lists what the role opens, with credentials minted through the portal', async ({ world }) => {
  const { ministack } = world;
  const { status, body } = await mint(world, 'ana', 'analyst');
  expect([status, body], JSON.stringify(body)).toMatchObject([200, { role: 'analyst' }]);
  const s3 = ministack.s3With(body);
  const bucket = { Bucket: 'team-reports' };
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ ...bucket, Prefix: 'team/' }));
  expect(Contents.map(({ Key }) => Key)).toEqual(['team/2026/plan.txt', 'team/picture.bin']);
  expect(await outcome(s3.send(new GetObjectCommand({ ...bucket, Key: 'team/2026/plan.txt' })))).toBe('allowed');
  for (const attempt of [
    new ListObjectsV2Command(bucket),
    new ListObjectsV2Command({ ...bucket, Prefix: 'secret/' }),
  ]) {
    expect(await outcome(s3.send(attempt))).toMatch(/^AccessDenied/);
  }
  expect(await outcome(s3.send(new GetObjectCommand({ ...bucket, Key: 'secret/wages.txt' })))).toMatch(/^AccessDenied/);
  expect(await outcome(s3.send(new PutObjectCommand({ ...bucket, Key: 'team/new.txt', Body: 'x' })))).toMatch(/^AccessDenied/);

  // The session stands in the stack's table.
  const mine = await world.served.call('/api/sessions/mine', {}, world.balancer.headers('ana'));
  expect(((await mine.json()) as { sessions: unknown[] }).sessions.length).toBeGreaterThan(0);
});

test('the portal takes a role with the identity that the stack gives it, and nobody else takes it', async ({ world }) => {
  const { ministack } = world;
  const { status, body } = await mint(world, 'ana', 'auditor');
  expect([status, body], JSON.stringify(body)).toMatchObject([200, { role: 'auditor' }]);
  const s3 = ministack.s3With(body);
  expect(await outcome(s3.send(new PutObjectCommand({ Bucket: 'team-reports', Key: 'audit/new.csv', Body: 'x' })))).toBe('allowed');
  expect(await outcome(s3.send(new PutObjectCommand({ Bucket: 'team-reports', Key: 'team/new.csv', Body: 'x' })))).toMatch(/^AccessDenied/);
  const other = await ministack.createUser('other', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['sts:*', 'dynamodb:*'], Resource: '*' }],
  });
  const another = await Served.start(CONFIGURATION, undefined, {
    ...world.variables,
    AWS_ACCESS_KEY_ID: other.accessKeyId,
    AWS_SECRET_ACCESS_KEY: other.secretAccessKey,
    VESTIBULE_SESSIONS__ENDPOINT: ministack.endpoint,
    VESTIBULE_WEB__TLS: 'off',
    VESTIBULE_ALB__KEY_URL: world.balancer.keys.origin,
    VESTIBULE_IDP__JWKS_URL: world.balancer.jwksUrl,
    VESTIBULE_AWS__STS_ENDPOINT: ministack.endpoint,
    VESTIBULE_REVOCATION__IAM: 'false',
  });
  try {
    const answer = await another.call('/api/credentials', { role: 'auditor' }, world.balancer.headers('ana'));
    expect([answer.status, ((await answer.json()) as JsonTable)['code']]).toEqual([502, 'mint_misconfigured']);
    await expect.poll(() => another.log).toMatch(/AccessDenied|not authorized/);
  } finally {
    await another.stop();
  }
});

test('who is not meant gets nothing, and the alarms count it', async ({ world }) => {
  expect((await mint(world, 'tom', 'analyst')).body).toMatchObject({ code: 'not_entitled' });
  expect((await mint(world, 'eve', 'analyst')).body).toMatchObject({ code: 'mint_misconfigured' });
  const { served, balancer, template } = world;
  const forged = balancer.headers('ana', { data: { signer: `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/another/1` } });
  expect(((await (await served.call('/api/whoami', {}, forged)).json()) as JsonTable)['code']).toBe('header_rejected');

  // The filters of the stack over the lines that the portal wrote.
  const counted = (name: string) => {
    const pattern = template.Resources[`${name}Filter`]?.Properties['FilterPattern'] as string;
    const [, codes = ''] = /^\{ \$\.event = "refusal" && \((.*)\) \}$/.exec(pattern) ?? [];
    const wanted = codes.split(' || ').map((term) => /^\$\.code = "(\w+)"$/.exec(term)?.[1]);
    expect(wanted, pattern).not.toContain(undefined);
    const lines = served.log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as JsonTable);
    return lines.filter(({ event, code }) => event === 'refusal' && wanted.includes(String(code))).map(({ code }) => code);
  };
  await expect.poll(() => counted('Refusals')).toEqual(['header_rejected']);
  await expect.poll(() => counted('MintErrors')).toEqual(['mint_misconfigured']);
});

test('the buckets that the stack made answer the portal, and no other page', async ({ world }) => {
  const preflight = (origin: string) =>
    fetch(`${world.ministack.endpoint}/team-reports/team/2026/plan.txt`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization,content-type,x-amz-date' },
    });
  const ours = await preflight(ORIGIN);
  expect([ours.status, ours.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
  expect((await preflight('https://elsewhere.example.com')).status).toBe(403);
});

test('an end is written into the role', async ({ world }) => {
  const { ministack, served, balancer } = world;
  const { body } = await mint(world, 'ana', 'analyst');
  const ended = await served.call('/api/sessions/revoke', { id: body['session_id'] as string }, balancer.headers('ana'));
  expect(ended.status).toBe(200);
  await expect.poll(() => ministack.rolePolicy('portal-analyst', 'VestibuleRevocations'), { timeout: 20_000 }).toMatchObject({ Statement: [{ Effect: 'Deny' }] });
  await expect.poll(() => outcome(ministack.s3With(body).send(new ListObjectsV2Command({ Bucket: 'team-reports', Prefix: 'team/' })))).toMatch(/^AccessDenied/);
});

test('whatever is written into a role, its boundary holds', async ({ world }) => {
  const { ministack } = world;
  const wide = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const names = { RoleName: 'portal-auditor', PolicyName: 'wide' };
  await iam(ministack, 'PutRolePolicy', { ...names, PolicyDocument: JSON.stringify(wide) });
  const { body } = await mint(world, 'ana', 'auditor');
  const s3 = ministack.s3With(body);
  expect(await outcome(s3.send(new PutObjectCommand({ Bucket: 'team-reports', Key: 'audit/by-thief.csv', Body: 'x' })))).toBe('allowed');
  expect(await outcome(s3.send(new PutObjectCommand({ Bucket: 'team-reports', Key: 'secret/wages.txt', Body: 'x' })))).toMatch(/^AccessDenied/);
  await iam(ministack, 'DeleteRolePolicy', names);
});

test('the trigger adds the audience that STS asks for', async ({ world }) => {
  const { ministack, template } = world;
  const current = pairs(await cloud(ministack, 'DescribeStacks', { StackName: STACK }), 'ParameterKey', 'ParameterValue');
  const changed = parameters({ ...Object.fromEntries(current), Audience: 'trigger' });
  await cloud(ministack, 'UpdateStack', { StackName: STACK, TemplateBody: JSON.stringify(known(template)), 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM', ...changed });
  await untilComplete(ministack, 'UPDATE_COMPLETE', 'CREATE_COMPLETE');
  const made = pairs(await cloud(ministack, 'DescribeStackResources', { StackName: STACK }), 'LogicalResourceId', 'PhysicalResourceId');
  const event = { version: '2', callerContext: { clientId: '7client' }, request: { userAttributes: {} }, response: { claimsAndScopeOverrideDetails: null } };
  const { Payload, FunctionError } = await ministack.lambda.send(
    new InvokeCommand({ FunctionName: made.get('AudienceTrigger'), Payload: Buffer.from(JSON.stringify(event)) }),
  );
  const answer = Buffer.from(Payload ?? []).toString();
  expect(FunctionError, answer).toBeUndefined();
  expect(JSON.parse(answer)).toMatchObject({
    request: event.request,
    response: { claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride: { aud: '7client' } } } },
  });
});
