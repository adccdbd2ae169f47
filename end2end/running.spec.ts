// The portal as its operator runs it: a configuration that changes under it, TLS, figures, the end, and log lines that
// lead to the balancer's.
import { expect, test as base } from '@playwright/test';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as clear } from 'node:http';
import { request as encrypted } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Balancer, Outside } from './balancer';
import { answers, BINARY, environment, freePorts, Program } from './programs';
import { configuration, toml, type Table } from './served';

const PEOPLE = {
  ana: { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana Pires', email: 'ana@example.com', groups: ['analysts'], audience: 'https://portal.example.com/api' },
};
const role = (id: string, title: string) => ({ id, title, arn: `arn:aws:iam::111122223333:role/portal-${id}`, groups: ['analysts'] });
const ANALYST = role('analyst', 'Data analyst');
const AUDITOR = role('auditor', 'Night auditor');

const SECRET_ACCESS_KEY = 'wJalrXUtnFEMIK7MDENGbPxRfiCYRunningKey';
const SESSION_TOKEN = 'IQoJb3JpZ2luX2VjRunningSessionTokenQ7vK2mZr9TxW4pLs';
const MINTED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>b1e5c0de</SubjectFromWebIdentityToken>
    <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/portal-analyst/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIARUNNING</AccessKeyId><SecretAccessKey>${SECRET_ACCESS_KEY}</SecretAccessKey>
      <SessionToken>${SESSION_TOKEN}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;

interface Answer {
  readonly status: number;
  readonly body: string;
  /** Where the connection was encrypted. */
  readonly certificate?: X509Certificate;
  readonly protocol?: string | null;
}

/** A line of the log, read: what it says, and the request's part in it. */
interface Line {
  readonly event?: string;
  readonly cause?: string;
  readonly reference?: string;
  readonly span?: Record<string, unknown>;
}

/** One portal, with a file that can be changed. */
class Portal {
  readonly folder = mkdtempSync(join(tmpdir(), 'vestibule-'));
  readonly file = join(this.folder, 'portal.toml');
  #program: Program | undefined;

  constructor(
    readonly balancer: Balancer,
    readonly sts: Outside,
    readonly port: number,
    readonly metrics: number,
  ) {}

  get program(): Program {
    if (!this.#program) throw new Error('the portal has not been started');
    return this.#program;
  }

  /** Writes the file: these roles, and these lines in place of the section's. */
  write(roles: readonly Table[], web: Table = {}): void {
    const whole = configuration(this.balancer, { region: 'eu-west-1', sts_endpoint: this.sts.origin }, roles);
    const sections = {
      web: { listen: `127.0.0.1:${this.port}`, public_url: 'https://portal.example.com', ...web },
      sessions: { path: join(this.folder, 'sessions.db') },
      log: { format: 'json' },
      metrics: { listen: `127.0.0.1:${this.metrics}` },
    };
    writeFileSync(this.file, toml({ ...whole, ...sections }));
  }

  async start(scheme: 'http' | 'https' = 'http'): Promise<void> {
    this.#program = new Program(BINARY, ['serve', '--config', this.file], { env: environment() });
    const healthy = async () => {
      if (scheme === 'http') return answers(`http://127.0.0.1:${this.port}/healthz`);
      return (await this.ask('GET', '/healthz', {}, '', scheme).catch(() => undefined))?.status === 200 || undefined;
    };
    await this.program.until('vestibule serve', healthy);
    this.balancer.portal = `http://127.0.0.1:${this.port}`;
  }

  /** Asks by hand: any certificate is taken, and shown. */
  ask(method: string, path: string, headers: Record<string, string>, body: string, scheme: 'http' | 'https' = 'http'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, path, method, headers, agent: false, rejectUnauthorized: false };
      const sent = (scheme === 'https' ? encrypted : clear)(options, (incoming) => {
        let text = '';
        // Gone once the answer has been read.
        const socket = incoming.socket as Socket & Partial<TLSSocket>;
        const shown = scheme === 'https' ? { certificate: socket.getPeerX509Certificate?.(), protocol: socket.getProtocol?.() } : {};
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text, ...shown } as Answer));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** A call of Ana's, as it comes from the balancer. */
  call(path: string, body: unknown, added: Record<string, string> = {}, scheme: 'http' | 'https' = 'http'): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin', ...this.balancer.headers('ana'), ...added };
    return this.ask('POST', path, headers, JSON.stringify(body), scheme);
  }

  async roles(): Promise<string[]> {
    const answer = await this.call('/api/whoami', {});
    return (JSON.parse(answer.body) as { roles: { id: string }[] }).roles.map(({ id }) => id);
  }

  /** The log so far. */
  get lines(): Line[] {
    const whole = this.program.output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
    return whole.map((line) => JSON.parse(line) as Line);
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const test = base.extend<{ portal: Portal; slow: { milliseconds: number } }>({
  slow: async ({}, use) => use({ milliseconds: 0 }),
  portal: async ({ slow }, use) => {
    const balancer = await Balancer.start(PEOPLE);
    const sts = new Outside((_, outgoing) => {
      setTimeout(() => outgoing.writeHead(200, { 'Content-Type': 'text/xml' }).end(MINTED), slow.milliseconds);
    });
    await sts.start();
    const [port = 0, metrics = 0] = await freePorts(2);
    const portal = new Portal(balancer, sts, port, metrics);
    try {
      await use(portal);
    } finally {
      await portal.stop();
      await Promise.all([balancer.stop(), sts.stop()]);
    }
  },
});

/** A certificate for `localhost` and its key, as files. */
function certify(portal: Portal): { cert: string; key: string } {
  const files = { cert: join(portal.folder, 'portal.pem'), key: join(portal.folder, 'portal.key') };
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, '-keyout', files.key, '-out', files.cert], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`openssl: ${made.error?.message ?? made.stderr}`);
  return files;
}

function fingerprint(file: string): string {
  return new X509Certificate(readFileSync(file)).fingerprint256;
}

test('SIGHUP brings a changed configuration, whole or not at all, to people who are signed in', async ({ page, portal }) => {
  portal.write([ANALYST]);
  await portal.start();
  await page.goto(portal.balancer.signInAddress('ana', '/access'));
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await expect(page.getByText(AUDITOR.title)).toHaveCount(0);

  portal.write([ANALYST, AUDITOR]);
  portal.program.signal('SIGHUP');
  await expect.poll(() => portal.roles()).toEqual(['analyst', 'auditor']);
  await page.reload();
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await expect(page.getByText(AUDITOR.title).first()).toBeAttached();

  // Two problems and one change that would be good by itself.
  portal.write([AUDITOR, { ...ANALYST, id: 'Analyst' }], { colour: 'red' });
  portal.program.signal('SIGHUP');
  await expect.poll(() => portal.program.output).toContain('the one before stays in force');
  for (const problem of ['web.colour: is not a known key', 'roles[1].id: role id: expected']) {
    expect(portal.program.output).toContain(problem);
  }
  expect(await portal.roles()).toEqual(['analyst', 'auditor']);
});

test('a changed file is read without a signal, and one with a problem is not', async ({ portal }) => {
  portal.write([ANALYST]);
  await portal.start();
  writeFileSync(portal.file, `${readFileSync(portal.file, 'utf8')}\nnonsense = `);
  await expect.poll(() => portal.program.output, { timeout: 20_000 }).toContain('the one before stays in force');
  expect(await portal.roles()).toEqual(['analyst']);
  portal.write([AUDITOR]);
  await expect.poll(() => portal.roles(), { timeout: 20_000 }).toEqual(['auditor']);
  const causes = () => portal.lines.filter(({ event }) => event === 'reload').map(({ cause }) => cause);
  await expect.poll(causes).toContain('the file changed');
});

test('web.tls = "self-signed" serves pages to a browser inside TLS, and nothing in clear', async ({ browser, portal }) => {
  portal.write([ANALYST], { tls: 'self-signed', public_url: `https://127.0.0.1:${portal.port}` });
  await portal.start('https');
  const { certificate, protocol, status } = await portal.call('/api/whoami', {}, {}, 'https');
  expect(status).toBe(200);
  expect(protocol).toMatch(/^TLSv1\.[23]$/);
  expect(certificate?.verify(certificate.publicKey)).toBe(true);
  await expect(portal.ask('GET', '/healthz', {}, '')).rejects.toThrow();

  const context = await browser.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: portal.balancer.headers('ana') });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${portal.port}/access`);
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await expect(page.getByRole('heading', { name: 'My access' })).toBeVisible();
  await context.close();

  // Made at the start and kept nowhere.
  await portal.program.stop();
  await portal.start('https');
  const another = await portal.ask('GET', '/healthz', {}, '', 'https');
  expect(another.certificate?.fingerprint256).not.toBe(certificate?.fingerprint256);
});

test('web.tls with files serves that certificate, and the next one without a restart', async ({ portal }) => {
  const tls = certify(portal);
  const first = fingerprint(tls.cert);
  portal.write([ANALYST], { tls });
  await portal.start('https');
  const served = async () => (await portal.ask('GET', '/healthz', {}, '', 'https')).certificate?.fingerprint256;
  expect(await served()).toBe(first);

  writeFileSync(tls.cert, 'nothing that anybody could serve');
  portal.program.signal('SIGHUP');
  await expect.poll(() => portal.program.output).toContain('web.tls.cert: holds no certificate');
  expect(await served()).toBe(first);

  certify(portal);
  const second = fingerprint(tls.cert);
  portal.program.signal('SIGHUP');
  await expect.poll(served).toBe(second);
  const key = readFileSync(tls.key, 'utf8').split('\n')[1] ?? '';
  expect(key.length).toBeGreaterThan(40);
  expect(portal.program.output).not.toContain(key);
});

test('figures stand on a listener of their own: names of roles and outcomes, nobody, no secret', async ({ portal }) => {
  portal.write([ANALYST]);
  await portal.start();
  expect((await portal.call('/api/credentials', { role: 'analyst' })).status).toBe(200);
  expect((await portal.call('/api/credentials', { role: 'made-up' })).status).toBe(403);
  const headers = portal.balancer.headers('ana');
  expect((await portal.call('/api/credentials', { role: 'analyst' }, { ...headers, 'x-amzn-oidc-identity': 'somebody-else' })).status).toBe(401);

  const answer = await fetch(`http://127.0.0.1:${portal.metrics}/metrics`);
  expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  const text = await answer.text();
  for (const series of [
    'vestibule_mints_total{role="analyst",strategy="web-identity",outcome="minted"} 1',
    'vestibule_mints_total{role="",strategy="",outcome="not_entitled"} 1',
    'vestibule_header_verifications_total{outcome="header_rejected",rule="identity"} 1',
    'vestibule_requests_in_flight 0',
  ]) {
    expect(text.split('\n')).toContain(series);
  }
  expect(text.trimEnd().endsWith('# EOF')).toBe(true);
  const tokens = Object.values(headers).flatMap((value) => value.split('.').slice(1)).filter((part) => part.length > 20);
  const secrets = [SECRET_ACCESS_KEY, SESSION_TOKEN, ...tokens];
  for (const word of [...secrets, 'made-up', 'somebody-else', 'ana@example.com', PEOPLE.ana.subject, 'ASIARUNNING']) expect(text).not.toContain(word);
  for (const secret of secrets) expect(portal.program.output).not.toContain(secret);
  for (const path of ['/', '/healthz', '/api/whoami']) {
    expect((await fetch(`http://127.0.0.1:${portal.metrics}${path}`)).status, path).toBe(404);
  }
  expect((await portal.ask('GET', '/metrics', headers, '')).status, 'not where people are').toBe(404);
});

test('SIGTERM lets a mint finish, lets nobody in, and ends with 0', async ({ portal, slow }) => {
  portal.write([ANALYST]);
  await portal.start();
  slow.milliseconds = 1_500;
  let finished = false;
  const mint = portal.call('/api/credentials', { role: 'analyst' }).finally(() => (finished = true));
  await expect.poll(() => portal.sts.asked.length).toBeGreaterThan(0);
  portal.program.signal('SIGTERM');
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(portal.port, '127.0.0.1', () => resolve(false));
      socket.on('error', () => resolve(true)).on('connect', () => socket.destroy());
    });
  await expect.poll(isRefused).toBe(true);
  expect(finished).toBe(false);
  const answer = await mint;
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ AccessKeyId: 'ASIARUNNING' });
  expect(await portal.program.ended()).toBe(0);
});

test('every line of a request carries the trace id that the balancer gave it', async ({ portal }) => {
  portal.write([ANALYST]);
  await portal.start();
  const trace = 'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678';
  const traced = { 'X-Amzn-Trace-Id': trace };
  const minted = JSON.parse((await portal.call('/api/credentials', { role: 'analyst' }, traced)).body) as { session_id: string };
  const refused = JSON.parse((await portal.call('/api/credentials', { role: 'made-up' }, traced)).body) as { reference: string };
  portal.sts.mood = 'failing';
  const failed = JSON.parse((await portal.call('/api/credentials', { role: 'analyst' }, traced)).body) as { reference: string };

  const of = (reference: unknown) => portal.lines.filter(({ span }) => span?.['reference'] === reference);
  // What the portal writes comes through a pipe, and may be later than the answer.
  const mintLine = () => portal.lines.find(({ event }) => event === 'mint');
  await expect.poll(mintLine).toBeDefined();
  const mint = mintLine();
  expect(mint).toMatchObject({ session_id: minted.session_id, subject: PEOPLE.ana.subject, access_key_id: 'ASIARUNNING' });
  for (const [reference, least] of [[mint?.reference, 1], [refused.reference, 1], [failed.reference, 2]] as const) {
    await expect.poll(() => of(reference).length).toBeGreaterThanOrEqual(least);
    for (const line of of(reference)) expect(line.span).toMatchObject({ trace_id: trace, subject: PEOPLE.ana.subject });
  }

  // A client may send what it likes.
  const forged = { 'X-Amzn-Trace-Id': `Root=${'x'.repeat(300)}` };
  const untraced = JSON.parse((await portal.call('/api/credentials', { role: 'made-up' }, forged)).body) as { reference: string };
  await expect.poll(() => of(untraced.reference).length).toBeGreaterThan(0);
  for (const line of of(untraced.reference)) expect(line.span?.['trace_id'] ?? '').not.toContain('xxx');
});
