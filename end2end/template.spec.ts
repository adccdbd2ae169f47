// Templates against the configurations that they were made from. Both are read by parsers that nobody here wrote, what
// a policy allows is decided by `iam.ts` and not by the portal, and cfn-lint has the last word on what AWS would take.
import { expect, test } from '@playwright/test';
import { allows, type Asked } from './iam';
import { cloudformation, type Json, type JsonTable, lint, policy, printed, readToml, type Resource, resolved, type Template } from './template';

const ACCOUNT = '111122223333';
/** What the stack would know. */
const KNOWN = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': 'eu-west-1',
  'AWS::StackName': 'portal',
  'UserPool.ProviderName': 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Made',
  'PortalRole.Arn': `arn:aws:iam::${ACCOUNT}:role/portal-PortalRole-1X`,
  'SessionsTable.Arn': `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/people-at-work`,
  AppClient: '7madebythestack',
  IdentityPool: 'eu-west-1:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
};
const PROVIDER = KNOWN['UserPool.ProviderName'];

const FOUNDATION = `
[web]
public_url = "https://data.example.com"
listen = "0.0.0.0:8443"
tls = "self-signed"
signed_out_path = "/bye"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:${ACCOUNT}:loadbalancer/app/made/0000000000000000"]
clients = ["made-by-the-stack"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
cookie_name = "DataSession"
[idp]
admin_groups = ["portal-admins"]
[aws]
region = "eu-west-1"
[sessions]
store = "dynamodb"
table = "people-at-work"
[log]
format = "json"
`;

const ANALYST = `
[[roles]]
id = "analyst"
arn = "arn:aws:iam::${ACCOUNT}:role/portal-analyst"
groups = ["analysts", "Data&more"]
duration_seconds = 7200
[[roles.buckets]]
name = "reports"
prefix = "team/"
permissions = ["list", "read"]
[[roles.buckets]]
name = "own-things"
prefix = "people/\${subject}/"
permissions = ["list", "read", "write", "delete", "versions", "tags"]
kms_keys = ["arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
[[roles.functions]]
name = "resize-image"
qualifiers = ["live"]
`;

const EVERY_STRATEGY = `
[revocation]
iam = true
[identity_pool]
id = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab"
developer_provider = "login.portal"
[self_issued]
issuer = "https://data.example.com/issuer"
[[self_issued.keys]]
kms_key_id = "1234abcd-12ab-34cd-56ef-1234567890ab"
${ANALYST}
[[roles]]
id = "auditor"
arn = "arn:aws:iam::${ACCOUNT}:role/deep/down/auditor"
groups = ["*"]
strategy = "assume-role"
tag_claims = ["unit"]
[[roles.buckets]]
name = "reports"
prefix = "audit/\${claim:unit}/"
permissions = ["list", "read", "write"]
[[roles]]
id = "pool"
arn = "arn:aws:iam::${ACCOUNT}:role/pool"
groups = ["poolers"]
strategy = "identity-pool"
[[roles.functions]]
name = "count"
[[roles]]
id = "issued"
arn = "arn:aws:iam::${ACCOUNT}:role/issued"
groups = ["issued"]
strategy = "self-issued"
duration_seconds = 43200
[[roles.buckets]]
name = "reports"
permissions = ["read"]
[[roles]]
id = "abroad"
arn = "arn:aws:iam::444455556666:role/abroad"
groups = ["*"]
strategy = "assume-role"
[[roles.functions]]
name = "far"
`;

const CONFIGURATIONS: Readonly<Record<string, string>> = {
  'one role': `${FOUNDATION}${ANALYST}`,
  'every strategy': `${FOUNDATION}${EVERY_STRATEGY}`,
  GovCloud: `${FOUNDATION}${EVERY_STRATEGY}`.replaceAll('arn:aws:', 'arn:aws-us-gov:').replaceAll('eu-west-1', 'us-gov-west-1'),
};

const of = (template: Template, type: string): [string, Resource][] => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
const only = (template: Template, type: string): Resource => {
  const found = of(template, type);
  expect(found, type).toHaveLength(1);
  return found[0]![1];
};
const at = (value: Json | undefined, ...path: (string | number)[]): Json | undefined =>
  path.reduce<Json | undefined>((inner, key) => (inner as Record<string | number, Json> | undefined)?.[key], value);
const tables = (value: Json | undefined): JsonTable[] => (value ?? []) as JsonTable[];
const texts = (value: Json | undefined): string[] => (value ?? []) as string[];

for (const [name, text] of Object.entries(CONFIGURATIONS)) {
  test(`cfn-lint has nothing to say of the stack: ${name}`, () => {
    const region = name === 'GovCloud' ? 'us-gov-west-1' : 'eu-west-1';
    expect(lint(cloudformation(text).text, region)).toBe('');
  });
}

test('cfn-lint would say something', () => {
  const { text } = cloudformation(CONFIGURATIONS['one role']!);
  expect(lint(text.replace('LaunchType: FARGATE', 'LaunchType: FARGAT'), 'eu-west-1')).toContain('FARGAT');
});

for (const [name, text] of Object.entries(CONFIGURATIONS)) {
  test(`the stack is what the configuration says: ${name}`, () => {
    const { template } = cloudformation(text);
    const config = readToml(text);
    const web = config['web'] as JsonTable;
    const port = Number(String(web['listen']).split(':').at(-1));
    const host = String(web['public_url']);
    const [signer] = texts(at(config, 'alb', 'signers'));
    const [, partition, , region, account] = String(signer).split(':');

    // It fails anywhere else.
    expect(template.Mappings).toEqual({ Home: { [region!]: { [account!]: region } } });

    // Ports: from the balancer, and from nowhere else.
    const container = at(only(template, 'AWS::ECS::TaskDefinition').Properties, 'ContainerDefinitions', 0) as JsonTable;
    expect(at(container, 'PortMappings', 0, 'ContainerPort')).toBe(port);
    expect(at(only(template, 'AWS::ECS::Service').Properties, 'LoadBalancers', 0, 'ContainerPort')).toBe(port);
    expect(only(template, 'AWS::ElasticLoadBalancingV2::TargetGroup').Properties).toMatchObject({ Port: port, Protocol: 'HTTPS', HealthCheckPath: '/healthz' });
    expect(template.Resources['PortalGroup']?.Properties['SecurityGroupIngress']).toEqual([
      { IpProtocol: 'tcp', FromPort: port, ToPort: port, Description: 'The balancer', SourceSecurityGroupId: { 'Fn::GetAtt': ['BalancerGroup', 'GroupId'] } },
    ]);
    expect(only(template, 'AWS::EC2::SecurityGroupEgress').Properties).toMatchObject({ FromPort: port, ToPort: port });

    // Rules: which paths are open, which are denied, and that the others ask for sign-in.
    const rules = of(template, 'AWS::ElasticLoadBalancingV2::ListenerRule').map(([, { Properties }]) => Properties);
    const open = rules.filter(({ Actions }) => tables(Actions).length === 1).flatMap((rule) => texts(at(rule, 'Conditions', 0, 'PathPatternConfig', 'Values')));
    const issuer = at(config, 'self_issued', 'issuer');
    const ofIssuer = issuer === undefined ? [] : [`${String(issuer).slice(host.length)}/.well-known/*`];
    expect(open).toEqual(['/healthz', '/pkg/*', web['signed_out_path'], '/.well-known/*', '/favicon.*', ...ofIssuer]);
    const asking = (actions: Json | undefined) => at(actions, 0, 'AuthenticateCognitoConfig') as JsonTable;
    const calls = rules.filter(({ Actions }) => tables(Actions).length === 2);
    expect(calls.map((rule) => [at(rule, 'Conditions', 0, 'PathPatternConfig', 'Values'), asking(rule['Actions'])['OnUnauthenticatedRequest']])).toEqual([[['/api/*'], 'deny']]);
    const pages = asking(only(template, 'AWS::ElasticLoadBalancingV2::Listener').Properties['DefaultActions']);
    expect(pages['OnUnauthenticatedRequest']).toBe('authenticate');
    for (const config of [pages, ...calls.map(({ Actions }) => asking(Actions))]) {
      expect(config['SessionCookieName']).toBe('DataSession');
      expect(config['AuthenticationRequestExtraParams']).toEqual({ 'Fn::If': ['BindsResource', { resource: host }, { Ref: 'AWS::NoValue' }] });
    }

    // Sign-in: the addresses that Cognito compares.
    expect(only(template, 'AWS::Cognito::UserPoolResourceServer').Properties['Identifier']).toBe(host);
    expect(only(template, 'AWS::Cognito::UserPoolClient').Properties).toMatchObject({
      GenerateSecret: true,
      CallbackURLs: [`${host}/oauth2/idpresponse`],
      LogoutURLs: [`${host}${String(web['signed_out_path'])}`],
    });
    const groups = new Set(tables(config['roles']).flatMap(({ groups }) => texts(groups)).concat(texts(at(config, 'idp', 'admin_groups'))));
    groups.delete('*');
    expect(new Set(of(template, 'AWS::Cognito::UserPoolGroup').map(([, { Properties }]) => Properties['GroupName']))).toEqual(groups);

    // What the environment lays over the configuration is what the placeholders stand for, and nothing else.
    const environment = tables(container['Environment']).map(({ Name }) => Name);
    const ofPool = config['identity_pool'] === undefined ? [] : ['VESTIBULE_IDENTITY_POOL__ID'];
    expect(environment).toEqual(
      ['AWS__REGION', 'ALB__SIGNERS', 'ALB__CLIENTS', 'ALB__ISSUER', 'IDP__LOGOUT_URL'].map((key) => `VESTIBULE_${key}`).concat(ofPool),
    );
    expect(container).toMatchObject({ ReadonlyRootFilesystem: true, User: '65532:65532' });

    // The table.
    expect(only(template, 'AWS::DynamoDB::Table').Properties).toMatchObject({
      TableName: at(config, 'sessions', 'table'),
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });

    // Roles: those of this account, by name, path and longest life.
    const expected = tables(config['roles'])
      .filter(({ arn }) => String(arn).split(':')[4] === account)
      .map(({ arn, duration_seconds: duration }) => {
        const path = String(arn).split(':role')[1]!;
        const cut = path.lastIndexOf('/') + 1;
        return [path.slice(cut), path.slice(0, cut), Math.max(3_600, Number(duration ?? 3_600))];
      });
    const made = of(template, 'AWS::IAM::Role').map(([, { Properties }]) => Properties).filter(({ RoleName }) => RoleName !== undefined);
    expect(made.map(({ RoleName, Path, MaxSessionDuration }) => [RoleName, Path, MaxSessionDuration])).toEqual(expected);
    for (const { ManagedPolicyArns, PermissionsBoundary } of made) expect(ManagedPolicyArns).toEqual([PermissionsBoundary]);
    expect(JSON.stringify(made)).toContain(`arn:${partition}:`);

    // Buckets of this region, when the stack is told to make them: their rules name the portal and what it does there.
    const buckets = tables(config['roles']).flatMap(({ buckets }) => tables(buckets));
    expect(new Set(of(template, 'AWS::S3::Bucket').map(([, { Properties }]) => Properties['BucketName']))).toEqual(new Set(buckets.map(({ name }) => name)));
    for (const [id, { Condition, DeletionPolicy, Properties }] of of(template, 'AWS::S3::Bucket')) {
      expect([Condition, DeletionPolicy], id).toEqual(['MakesBuckets', 'Retain']);
      const rule = at(Properties, 'CorsConfiguration', 'CorsRules', 0) as JsonTable;
      expect(rule['AllowedOrigins'], id).toEqual([host]);
      const may = new Set(buckets.filter(({ name }) => name === Properties['BucketName']).flatMap(({ permissions }) => texts(permissions)));
      expect(texts(rule['AllowedMethods']).includes('PUT'), id).toBe(may.has('write') || may.has('tags'));
      expect(texts(rule['AllowedMethods']).includes('DELETE'), id).toBe(may.has('write') || may.has('delete'));
      expect(Properties['VersioningConfiguration'] !== undefined, id).toBe(may.has('versions'));
    }
  });
}

test('each role trusts whom its strategy needs, and nobody else', () => {
  const { template } = cloudformation(CONFIGURATIONS['every strategy']!);
  const trust = (name: string) => policy(of(template, 'AWS::IAM::Role').find(([, { Properties }]) => Properties['RoleName'] === name)![1].Properties['AssumeRolePolicyDocument'], KNOWN);
  const may = (role: string, asked: Asked) => allows(trust(role), asked);

  // The person's own token, with either audience that Cognito can write.
  const federated = `Federated:arn:aws:iam::${ACCOUNT}:oidc-provider/${PROVIDER}`;
  const web = (audience: string, principal = federated, action = 'sts:AssumeRoleWithWebIdentity') =>
    may('portal-analyst', { action, principal, context: { [`${PROVIDER}:aud`]: audience, [`${PROVIDER}:sub`]: 'ana' } });
  expect(web('https://data.example.com')).toBe(true);
  expect(web(KNOWN.AppClient)).toBe(true);
  expect(web('https://another.example.com')).toBe(false);
  expect(web('made-by-the-stack')).toBe(false);
  expect(web('https://data.example.com', `Federated:arn:aws:iam::${ACCOUNT}:oidc-provider/accounts.google.com`)).toBe(false);
  expect(web('https://data.example.com', federated, 'sts:AssumeRole')).toBe(false);
  expect(may('portal-analyst', { action: 'sts:AssumeRole', principal: `AWS:${KNOWN['PortalRole.Arn']}` })).toBe(false);

  // The portal itself, and only for somebody.
  const assume = (principal: string, context: Asked['context']) => may('auditor', { action: 'sts:AssumeRole', principal, context });
  const named = { 'sts:SourceIdentity': 'ana', 'aws:RequestTag/subject': 'ana' };
  expect(assume(`AWS:${KNOWN['PortalRole.Arn']}`, named)).toBe(true);
  expect(assume(`AWS:${KNOWN['PortalRole.Arn']}`, {})).toBe(false);
  expect(assume(`AWS:arn:aws:iam::${ACCOUNT}:root`, named)).toBe(false);

  // The identity pool that the stack makes, not the one that the file names.
  const pooled = (pool: string, amr: string) =>
    may('pool', {
      action: 'sts:AssumeRoleWithWebIdentity',
      principal: 'Federated:cognito-identity.amazonaws.com',
      context: { 'cognito-identity.amazonaws.com:aud': pool, 'cognito-identity.amazonaws.com:amr': [amr, 'login.portal'] },
    });
  expect(pooled(KNOWN.IdentityPool, 'authenticated')).toBe(true);
  expect(pooled(KNOWN.IdentityPool, 'unauthenticated')).toBe(false);
  expect(pooled('eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab', 'authenticated')).toBe(false);

  // The portal's own tokens, each for its role.
  const issued = (audience: string) =>
    may('issued', {
      action: 'sts:AssumeRoleWithWebIdentity',
      principal: `Federated:arn:aws:iam::${ACCOUNT}:oidc-provider/data.example.com/issuer`,
      context: { 'data.example.com/issuer:aud': audience },
    });
  expect(issued('urn:vestibule:issued')).toBe(true);
  expect(issued('urn:vestibule:analyst')).toBe(false);

  // What STS checks before the trust policy: the providers and their audiences.
  const providers = of(template, 'AWS::IAM::OIDCProvider').map(([, { Properties }]) => resolved(Properties, KNOWN));
  expect(providers).toEqual([
    { Url: `https://${PROVIDER}`, ClientIdList: [KNOWN.AppClient, 'https://data.example.com'] },
    { Url: 'https://data.example.com/issuer', ClientIdList: ['urn:vestibule:issued'] },
  ]);
  const client = at(template.Resources['AppClient']?.Properties, 'ExplicitAuthFlows');
  expect(client).toEqual(['ALLOW_REFRESH_TOKEN_AUTH']);
});

test('each role may do what the configuration opens, and nothing else', () => {
  const { template } = cloudformation(CONFIGURATIONS['every strategy']!);
  const role = (name: string) => {
    const made = of(template, 'AWS::IAM::Role').find(([, { Properties }]) => Properties['RoleName'] === name)![1].Properties;
    const id = (made['PermissionsBoundary'] as { Ref: string }).Ref;
    const document = policy(template.Resources[id]?.Properties['PolicyDocument'], KNOWN);
    return (action: string, resource: string, context: Asked['context'] = {}) => allows(document, { action, resource, context });
  };
  const analyst = role('portal-analyst');
  const ana = { [`${PROVIDER}:sub`]: 'ana' };
  expect(analyst('s3:ListBucket', 'arn:aws:s3:::reports', { 's3:prefix': 'team/2026/' })).toBe(true);
  expect(analyst('s3:ListBucket', 'arn:aws:s3:::reports', { 's3:prefix': '' })).toBe(false);
  expect(analyst('s3:GetObject', 'arn:aws:s3:::reports/team/plan.txt')).toBe(true);
  expect(analyst('s3:GetObject', 'arn:aws:s3:::reports/secret.txt')).toBe(false);
  expect(analyst('s3:PutObject', 'arn:aws:s3:::reports/team/plan.txt')).toBe(false);
  expect(analyst('s3:PutObject', 'arn:aws:s3:::own-things/people/ana/x', ana)).toBe(true);
  expect(analyst('s3:PutObject', 'arn:aws:s3:::own-things/people/eve/x', ana)).toBe(false);
  expect(analyst('s3:PutObject', 'arn:aws:s3:::own-things/people/ana/x', {})).toBe(false);
  expect(analyst('s3:DeleteObjectVersion', 'arn:aws:s3:::own-things/people/ana/x', ana)).toBe(true);
  expect(analyst('s3:PutBucketPolicy', 'arn:aws:s3:::own-things', ana)).toBe(false);
  expect(analyst('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:resize-image`)).toBe(true);
  expect(analyst('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:resize-image:live`)).toBe(true);
  expect(analyst('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:resize-image:old`)).toBe(false);
  const key = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
  expect(analyst('kms:Decrypt', key, { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' })).toBe(true);
  expect(analyst('kms:Decrypt', key, { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' })).toBe(false);
  expect(analyst('kms:Sign', key)).toBe(false);

  const auditor = role('auditor');
  const tagged = { 'aws:PrincipalTag/unit': 'north' };
  expect(auditor('s3:PutObject', 'arn:aws:s3:::reports/audit/north/x', tagged)).toBe(true);
  expect(auditor('s3:PutObject', 'arn:aws:s3:::reports/audit/south/x', tagged)).toBe(false);
  expect(role('issued')('s3:GetObject', 'arn:aws:s3:::reports/anything')).toBe(true);
  expect(role('issued')('s3:ListBucket', 'arn:aws:s3:::reports')).toBe(false);
  expect(role('pool')('lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:count`)).toBe(true);
});

test('the portal itself may do what its strategies, store and ends need, and nothing else', () => {
  const { template } = cloudformation(CONFIGURATIONS['every strategy']!);
  const boundaries = of(template, 'AWS::IAM::ManagedPolicy').map(([id]) => id);
  const known = { ...KNOWN, ...Object.fromEntries(boundaries.map((id) => [id, `arn:aws:iam::${ACCOUNT}:policy/${id}`])) };
  const document = policy(at(template.Resources['PortalRole']?.Properties, 'Policies', 0, 'PolicyDocument'), known);
  const may = (action: string, resource: string, context: Asked['context'] = {}) => allows(document, { action, resource, context });
  const roles = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

  for (const action of ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']) {
    expect(may(action, roles('deep/down/auditor')), action).toBe(true);
    expect(may(action, 'arn:aws:iam::444455556666:role/abroad'), action).toBe(true);
    expect(may(action, roles('portal-analyst')), action).toBe(false);
    expect(may(action, roles('somebody-else')), action).toBe(false);
  }
  for (const name of ['portal-analyst', 'deep/down/auditor', 'pool', 'issued']) {
    const boundary = { 'iam:PermissionsBoundary': `arn:aws:iam::${ACCOUNT}:policy/${boundaries[0]}` };
    expect(may('iam:GetRolePolicy', roles(name)), name).toBe(true);
    expect(may('iam:PutRolePolicy', roles(name), boundary), name).toBe(true);
    expect(may('iam:DeleteRolePolicy', roles(name), boundary), name).toBe(true);
    // Without the boundary, or with another, nothing may be written into a role.
    expect(may('iam:PutRolePolicy', roles(name)), name).toBe(false);
    expect(may('iam:PutRolePolicy', roles(name), { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' }), name).toBe(false);
    for (const action of ['iam:PutRolePermissionsBoundary', 'iam:DeleteRolePermissionsBoundary', 'iam:UpdateAssumeRolePolicy', 'iam:AttachRolePolicy', 'iam:PassRole']) {
      expect(may(action, roles(name), boundary), action).toBe(false);
    }
  }
  expect(may('iam:PutRolePolicy', roles('portal-PortalRole-1X'), { 'iam:PermissionsBoundary': `arn:aws:iam::${ACCOUNT}:policy/${boundaries[0]}` })).toBe(false);
  const table = KNOWN['SessionsTable.Arn'];
  expect(may('dynamodb:PutItem', table)).toBe(true);
  expect(may('dynamodb:Query', `${table}/index/by_person`)).toBe(true);
  expect(may('dynamodb:Scan', table)).toBe(false);
  expect(may('dynamodb:PutItem', `${table}-2`)).toBe(false);
  expect(may('cognito-identity:GetOpenIdTokenForDeveloperIdentity', `arn:aws:cognito-identity:eu-west-1:${ACCOUNT}:identitypool/${KNOWN.IdentityPool}`)).toBe(true);
  expect(may('kms:Sign', `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`)).toBe(true);
  expect(may('kms:Decrypt', `arn:aws:kms:eu-west-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`)).toBe(false);

  // With one role by web-identity and no ends through IAM, the table is all there is.
  const plain = cloudformation(CONFIGURATIONS['one role']!).template;
  const least = policy(at(plain.Resources['PortalRole']?.Properties, 'Policies', 0, 'PolicyDocument'), KNOWN);
  expect(least.Statement.map(({ Sid }) => Sid)).toEqual(['KeepSessions']);
  // The same, for who makes the role by hand.
  const alone = printed('portal-policy', CONFIGURATIONS['one role']!);
  expect(JSON.parse(alone.stdout)).toEqual(least);
});

test('no secret stands in the template, and none goes through a parameter', () => {
  for (const text of Object.values(CONFIGURATIONS)) {
    const { template } = cloudformation(text);
    const secret = at(only(template, 'AWS::Cognito::UserPoolIdentityProvider').Properties, 'ProviderDetails', 'client_secret');
    expect(secret).toEqual({ 'Fn::Sub': '{{resolve:secretsmanager:${SalesforceSecret}:SecretString:client_secret}}' });
    const container = at(only(template, 'AWS::ECS::TaskDefinition').Properties, 'ContainerDefinitions', 0) as JsonTable;
    expect(JSON.stringify(container)).not.toContain('Salesforce');
    expect(JSON.stringify(template.Outputs)).not.toMatch(/secret/i);
  }
});

test('a configuration that does not fit a container behind this balancer is told so, all at once', () => {
  const plain = `
[web]
public_url = "https://portal.example.com:8443"
listen = "127.0.0.1:3000"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:${ACCOUNT}:loadbalancer/app/made/0000000000000000"]
clients = ["made-by-the-stack"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
[log]
level = "warn"
${ANALYST}${ANALYST.replace('"analyst"', '"again"').replace('Data&more', 'Data and more')}`;
  const { code, stdout, stderr } = printed('cloudformation', plain);
  expect([code, stdout]).toEqual([2, '']);
  const told = stderr.split('\n').filter((line) => line.includes('. Fix: ')).map((line) => line.split(': ')[0]);
  expect(told).toEqual(['sessions.store', 'web.tls', 'web.listen', 'web.public_url', 'log.format', 'log.level', 'role again', 'groups', 'aws.region']);
  const china = CONFIGURATIONS['one role']!.replaceAll('arn:aws:', 'arn:aws-cn:').replaceAll('eu-west-1', 'cn-north-1') + '\n';
  const refused = printed('cloudformation', china.replace('[alb]', '[alb]\nkey_url = "https://keys.example.com"'));
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('in China');
});

test('the Dockerfile runs what the configuration configures, as nobody', () => {
  const { code, stdout } = printed('dockerfile', CONFIGURATIONS['one role']!);
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  const final = lines.slice(lines.lastIndexOf('FROM scratch'));
  expect(final[0]).toBe('FROM scratch');
  expect(final).toContain('EXPOSE 8443');
  expect(final).toContain('USER 65532:65532');
  expect(final).toContain('CMD ["serve", "--config", "/vestibule.toml"]');
  expect(final.filter((line) => line.startsWith('RUN'))).toEqual([]);
  expect(stdout).not.toContain('@');
  // The stack starts and asks the same files.
  const { template } = cloudformation(CONFIGURATIONS['one role']!);
  const health = at(only(template, 'AWS::ECS::TaskDefinition').Properties, 'ContainerDefinitions', 0, 'HealthCheck', 'Command');
  const [, command] = /HEALTHCHECK .* CMD (\[.*\])/.exec(stdout)!;
  expect(texts(health).slice(1)).toEqual(JSON.parse(command!));
});
