// The program as an operator meets it: what it says of a wrong configuration, what it refuses to do, how fast it starts.
import { expect, test } from '@playwright/test';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, BINARY, environment, freePorts, Program, run } from './programs';
import { type Endpoints, Sandbox } from './sandbox';

const GOOD = `
[web]
public_url = "https://portal.example.com"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
[[roles]]
id = "analyst"
arn = "arn:aws:iam::111122223333:role/portal-analyst"
groups = ["analysts"]
`;

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vestibule-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(text: string): string {
  const file = join(folder, `portal-${Math.random().toString(36).slice(2)}.toml`);
  writeFileSync(file, text);
  return file;
}

test('every problem of a configuration is told at once, with file, key and fix', () => {
  const file = written(`
[web]
public_url = "http://portal.example.com/path"
listen = "here"
colour = "blue"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/*"]
clients = []
issuer = "not a url"
leeway_seconds = 3600
[aws]
sts_endpoint = "http://sts.example.com"
[[roles]]
id = "Analyst!"
arn = "portal-analyst"
groups = []
duration_seconds = 60
[[roles.buckets]]
name = "UPPER"
permissions = ["fly"]
`);
  const ended = run(['serve', '--config', file]);
  expect(ended.code).toBe(2);
  expect(ended.stdout).toBe('');
  const problems = ended.stderr.trimEnd().split('\n');
  expect(problems.pop()).toBe('14 problems in the configuration.');
  for (const problem of problems) expect(problem).toMatch(/^.+:\d+: [\w.[\]]+: .+\. Fix: .+/);
  const places = problems.map((problem) => problem.slice(file.length + 1).split(': ').slice(0, 2).join(' ')).sort();
  expect(places).toEqual(
    [
      '3 web.public_url',
      '4 web.listen',
      '5 web.colour',
      '7 alb.signers',
      '8 alb.clients',
      '9 alb.issuer',
      '10 alb.leeway_seconds',
      '12 aws.sts_endpoint',
      '14 roles[0].id',
      '15 roles[0].arn',
      '16 roles[0].groups',
      '17 roles[0].duration_seconds',
      '19 roles[0].buckets[0].name',
      '20 roles[0].buckets[0].permissions',
    ].sort(),
  );
  expect(ended.stderr).not.toContain('panicked');
});

test('TOML that is none is told with its line', () => {
  const file = written('[web\nlisten = 1');
  const ended = run(['config', '--config', file]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(file);
  expect(ended.stderr).toMatch(/line 1|:1[:,]/);
});

test('a file that is missing is told with what to do', () => {
  const ended = run(['serve'], { cwd: folder });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('vestibule.toml: cannot be read');
  expect(ended.stderr).toContain('--config FILE');
});

test('an unknown variable of our name is a problem; a known one overrides the file', () => {
  const file = written(GOOD);
  const unknown = run(['config', '--config', file], { env: { VESTIBULE_ALB__ISSUERS: 'https://x.example.com', VESTIBULE_TYPO: '1' } });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('VESTIBULE_ALB__ISSUERS');
  expect(unknown.stderr).toContain('VESTIBULE_TYPO');

  const known = run(['config', '--config', file], { env: { VESTIBULE_ALB__LEEWAY_SECONDS: '25', VESTIBULE_WEB__LISTEN: '127.0.0.1:8080' } });
  expect(known.stderr).toBe('');
  expect(known.code).toBe(0);
  expect(known.stdout).toContain('leeway_seconds = 25');
  expect(known.stdout).toContain('listen = "127.0.0.1:8080"');

  const named = run(['config'], { env: { VESTIBULE_CONFIG: file }, cwd: tmpdir() });
  expect([named.code, named.stderr]).toEqual([0, '']);
});

test('the effective configuration is a configuration, and the same one', () => {
  const first = run(['config', '--config', written(GOOD)]);
  expect(first.code).toBe(0);
  // Defaults are written out.
  expect(first.stdout).toContain('mints_per_minute = 30');
  expect(run(['config', '--config', written(first.stdout)])).toEqual(first);
});

test('the sandbox listens on loopback only', async () => {
  const [port] = await freePorts(1);
  for (const address of [`0.0.0.0:${port}`, `[::]:${port}`, `192.0.2.1:${port}`]) {
    const ended = run(['sandbox', '--listen', address]);
    expect(ended.code, address).toBe(2);
    expect(ended.stderr, address).toMatch(/loopback/);
    expect(ended.stdout, address).toBe('');
  }
});

test("the sandbox's balancer is nobody's outside the sandbox", () => {
  const file = written(GOOD.replace('eu-west-1:111122223333:loadbalancer', 'eu-west-1:000000000000:loadbalancer'));
  const ended = run(['serve', '--config', file]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain('whose signature proves nothing');
});

// A portal that is all on loopback, at the sandbox's addresses.
function atSandbox({ balancer, s3, lambda, sts, idp }: Endpoints): string {
  return `
[web]
public_url = "${balancer}"
tls = "self-signed"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "${idp}"
key_url = "${balancer}/sandbox/keys"
[aws]
region = "eu-west-1"
s3_endpoint = "${s3}"
lambda_endpoint = "${lambda}"
sts_endpoint = "${sts}"
[[roles]]
id = "analyst"
arn = "arn:aws:iam::000000000000:role/analyst"
groups = ["analysts"]
[[roles.buckets]]
name = "reports"
permissions = ["list", "read", "write", "delete"]
[[roles.functions]]
name = "echo"
`;
}

test('the doctor ends with 0 where nothing is wrong, with 1 and the fix where something is', async () => {
  const sandbox = await Sandbox.start();
  try {
    const sound = atSandbox(sandbox.endpoints);
    const clean = run(['doctor', '--config', written(sound)]);
    expect(clean.stdout).toMatch(/^ok +CORS of reports +\d+ preflights are allowed$/m);
    expect(clean.stdout).toMatch(/^not checked +data header +because no headers were given/m);
    expect(clean.stdout).toContain('0 errors, 0 warnings');
    expect([clean.code, clean.stderr]).toEqual([0, '']);

    const wrong = sound.replace('name = "reports"', 'name = "no-cors"');
    const told = run(['doctor', '--config', written(wrong)]);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain('error: bucket-cors-missing');
    expect(told.stdout).toContain(`aws s3api put-bucket-cors --bucket no-cors --endpoint-url ${sandbox.endpoints.s3}`);

    const asJson = run(['doctor', '--json', '--config', written(wrong)]);
    expect(asJson.code).toBe(1);
    const { findings } = JSON.parse(asJson.stdout) as { findings: { code: string; severity: string; fix: { kind: string; text: string }[] }[] };
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual(['bucket-cors-missing']);
    expect(Object.keys(errors[0] ?? {})).toEqual(['code', 'severity', 'what', 'why', 'breaks', 'fix']);

    // What it prints as a fix is what the template prints.
    const template = run(['template', 'bucket-cors', '--config', written(wrong)]);
    expect(template.code).toBe(0);
    const rules = JSON.stringify((JSON.parse(template.stdout) as Record<string, unknown>)['no-cors']);
    expect(errors[0]?.fix.map(({ kind }) => kind)).toEqual(['say', 'run']);
    expect(errors[0]?.fix[1]?.text).toContain(rules);
  } finally {
    await sandbox.stop();
  }
});

test('the doctor takes headers from a file of ones own only, and repeats nothing of it', () => {
  const config = written(GOOD);
  const headers = join(folder, 'headers');
  writeFileSync(headers, 'x-amzn-oidc-data: nobody-may-see-this\n', { mode: 0o640 });
  chmodSync(headers, 0o640);
  const open = run(['doctor', '--config', config, '--headers', headers]);
  expect([open.code, open.stdout]).toEqual([2, '']);
  expect(open.stderr).toContain(`chmod 600 ${headers}`);
  expect(open.stderr).not.toContain('nobody-may');

  chmodSync(headers, 0o600);
  writeFileSync(headers, 'x-amzn-oidc-data: nobody-may-see-this\nand a line that is none');
  const torn = run(['doctor', '--config', config, '--headers', headers]);
  expect([torn.code, torn.stdout]).toEqual([2, '']);
  expect(torn.stderr).toContain('line 2');
  expect(torn.stderr).not.toContain('nobody-may');

  expect(run(['doctor', '--config', config, '--headers', join(folder, 'none')]).code).toBe(2);
  expect(run(['doctor', '--config', config, '--mint']).code).toBe(2);
  expect(run(['doctor', '--config', join(folder, 'none.toml')]).code).toBe(2);
  expect(run(['doctor', '--fix']).code).toBe(2);
});

test('wrong usage ends with 2 and help with 0', () => {
  expect(run([]).code).toBe(2);
  expect(run(['fly']).code).toBe(2);
  expect(run(['serve', '--trust-headers']).code).toBe(2);
  const help = run(['--help']);
  expect(help.code).toBe(0);
  for (const command of ['serve', 'sandbox', 'doctor', 'config']) expect(help.stdout).toContain(command);
});

test('an address in use is told', async () => {
  const [port] = await freePorts(1);
  const file = written(`${GOOD}\n[sessions]\npath = ${JSON.stringify(join(folder, 'a.db'))}\n`);
  const listening = { env: { VESTIBULE_WEB__LISTEN: `127.0.0.1:${port}` } };
  const first = new Program(BINARY, ['serve', '--config', file], { env: environment(listening.env) });
  try {
    await first.until('vestibule serve', () => answers(`http://127.0.0.1:${port}/healthz`));
    const second = run(['serve', '--config', file], { env: { ...listening.env, VESTIBULE_SESSIONS__PATH: join(folder, 'b.db') } });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`127.0.0.1:${port}`);
  } finally {
    await first.stop();
  }
});

test('it answers health checks after its start, and stops when told', async () => {
  const [port] = await freePorts(1);
  const file = written(`${GOOD}\n[sessions]\npath = ${JSON.stringify(join(folder, 'start.db'))}\n`);
  const program = new Program(BINARY, ['serve', '--config', file], { env: environment({ VESTIBULE_WEB__LISTEN: `127.0.0.1:${port}` }) });
  await program.until('vestibule serve', () => answers(`http://127.0.0.1:${port}/healthz`), 5_000);
  await program.stop();
  expect(program.output).toContain('web.tls is off');
  expect(program.output).not.toContain('panicked');
});
