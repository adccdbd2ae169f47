// Credentials for a terminal: `vestibule credential-process`, as the AWS CLI and boto3 start it, with Chromium doing the click.

import AxeBuilder from '@axe-core/playwright';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, NotedBrowser } from './command';
import { TerminalPage } from './pages/terminal';
import { expect, hydrated, test as base } from './portal';
import { BINARY, run } from './programs';
import { Visitor } from './visitor';

/** The point from which P-256 is generated: a key as good as any, to which nobody here has the other half. */
const KEY = '036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296';
const STATE = '5a'.repeat(32);
const asked = (role = 'analyst', port = '49152', state = STATE, key = KEY): string => `/cli?role=${role}&port=${port}&state=${state}&key=${key}`;

interface Terminal {
  /** A folder of the test's own. */
  folder: string;
  /** What stands for a browser on the terminal's side. */
  noted: NotedBrowser;
  /** Starts a program, which ends with the test. */
  start: (program: string, words: readonly string[], env?: Record<string, string>) => Command;
  /** Starts the command itself. */
  process: (...more: string[]) => Command;
  terminal: TerminalPage;
}

const test = base.extend<Terminal>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
    await use(folder);
    rmSync(folder, { recursive: true });
  },
  noted: async ({ folder }, use) => use(new NotedBrowser(folder)),
  start: async ({ folder, noted }, use) => {
    const started: Command[] = [];
    await use((program, words, env = {}) => {
      const command = new Command(program, words, { HOME: folder, XDG_RUNTIME_DIR: folder, BROWSER: noted.program, ...env });
      started.push(command);
      return command;
    });
    for (const command of started) await command.stop();
  },
  process: async ({ start, sandbox }, use) =>
    use((...more) => start(BINARY, ['credential-process', '--portal', sandbox.endpoints.balancer, '--role', 'analyst', ...more])),
  terminal: async ({ page }, use) => use(new TerminalPage(page)),
});

/** The address that the command opened. */
async function opened(noted: NotedBrowser): Promise<string> {
  await expect.poll(() => noted.address()).not.toBe('');
  return noted.address();
}

/** What is said on standard error, once it is. */
async function told(command: Command, what: RegExp): Promise<string> {
  await expect.poll(() => command.stderr).toMatch(what);
  return what.exec(command.stderr)?.[1] ?? '';
}

const ways: { name: string; words: (folder: string) => [string, string[]] }[] = [
  {
    name: 'the AWS CLI',
    words: () => ['aws', ['s3api', 'list-objects-v2', '--bucket', 'reports', '--prefix', 'team/plan', '--query', 'Contents[].Key', '--output', 'text']],
  },
  {
    name: 'boto3',
    words: (folder) => {
      const script = join(folder, 'list.py');
      writeFileSync(script, "import boto3\nfor found in boto3.client('s3').list_objects_v2(Bucket='reports', Prefix='team/plan')['Contents']: print(found['Key'])\n");
      return ['python', [script]];
    },
  },
];
for (const { name, words } of ways) {
  test(`${name} lists the bucket with what the browser gave it`, async ({ page, signIn, sandbox, folder, noted, start, terminal }) => {
    test.setTimeout(120_000);
    const config = join(folder, 'config');
    const command = `${BINARY} credential-process --portal ${sandbox.endpoints.balancer} --role analyst`;
    writeFileSync(config, `[profile portal]\nregion = eu-west-1\ncredential_process = ${command}\ns3 =\n  addressing_style = path\n`);
    const [program, listing] = words(folder);
    const listed = start(join(dirname(process.env['MINISTACK'] ?? ''), program), listing, {
      AWS_CONFIG_FILE: config,
      AWS_PROFILE: 'portal',
      AWS_ENDPOINT_URL: sandbox.endpoints.s3,
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    await expect.poll(() => noted.address(), { timeout: 60_000 }).not.toBe('');
    await signIn('analyst', noted.address().slice(sandbox.endpoints.balancer.length));
    await expect(terminal.question).toContainText('Data analyst');
    await terminal.send.click();
    await expect(terminal.delivered).toBeVisible();
    expect(await listed.ended(), listed.stderr).toBe(0);
    expect(listed.stdout.trim()).toBe('team/plan.txt');
  });
}

test('terminal and page show the same code; one line of JSON comes out, and nothing of it stands anywhere else', async ({ page, signIn, sandbox, noted, process: started, terminal }) => {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  const command = started();
  const code = await told(command, /Check code: (\d{4} \d{4})/);
  const address = await opened(noted);
  const { searchParams, port, origin } = new URL(address);
  expect([...searchParams.keys()]).toEqual(['role', 'port', 'state', 'key']);
  expect(origin).toBe(sandbox.endpoints.balancer);
  expect(searchParams.get('port')).not.toBe(port);

  await signIn('analyst', address.slice(origin.length));
  await expect(terminal.code).toHaveText(code);
  await expect(terminal.question).toContainText(`127.0.0.1:${searchParams.get('port')}`);
  expect(command.stdout).toBe('');
  await terminal.send.click();
  await expect(terminal.delivered).toBeVisible();
  expect(await command.ended()).toBe(0);

  const credentials = JSON.parse(command.stdout) as Record<string, string>;
  expect(command.stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(Object.keys(credentials)).toEqual(['Version', 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration']);
  const secrets = [credentials['SecretAccessKey'] ?? '', credentials['SessionToken'] ?? ''];
  const places = [...urls, page.url(), await page.content(), command.stderr, sandbox.log()].join('\n');
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(16);
    expect(places).not.toContain(secret);
    expect(places).not.toContain(encodeURIComponent(secret));
  }
  // The mint is one of the person's sessions like any other.
  const mine = await (await Visitor.signIn(sandbox, 'analyst')).call('/api/sessions/mine', {});
  expect(JSON.stringify(await mine.json())).toContain(credentials['AccessKeyId'] ?? 'none');
});

test('without a browser: the address is printed, and what the page shows is pasted', async ({ page, signIn, sandbox, noted, process: started, terminal }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const command = started('--no-browser');
  const address = await told(command, /^(http:\S+)$/m);
  await signIn('analyst', address.slice(sandbox.endpoints.balancer.length));
  await expect(terminal.code).toHaveText(await told(command, /Check code: (\d{4} \d{4})/));
  await terminal.copy.click();
  await expect(terminal.sealed).toBeFocused();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(/^-----BEGIN VESTIBULE CREDENTIALS-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END VESTIBULE CREDENTIALS-----\n$/);

  // Torn first, then whole.
  const lines = text.split('\n');
  command.paste([...lines.slice(0, 3), ...lines.slice(4)].join('\n'));
  await told(command, /(Refused: what came cannot be opened)/);
  expect(command.stdout).toBe('');
  command.paste(text);
  expect(await command.ended()).toBe(0);
  expect(JSON.parse(command.stdout)).toMatchObject({ Version: 1 });
  expect(noted.address()).toBe('');
});

test('whoever is not signed in comes back to the question', async ({ page, noted, process: started, terminal }) => {
  const command = started();
  await page.goto(await opened(noted));
  await page.getByRole('link', { name: /Amara Okafor/ }).click();
  await hydrated(page);
  await terminal.send.click();
  await expect(terminal.delivered).toBeVisible();
  expect(await command.ended()).toBe(0);
});

test('two clicks are one mint, and a page is used once', async ({ page, signIn, sandbox, noted, process: started, terminal }) => {
  const command = started();
  const address = await opened(noted);
  let mints = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === '/api/credentials') mints += 1;
  });
  await signIn('analyst', address.slice(sandbox.endpoints.balancer.length));
  await terminal.send.dblclick();
  await expect(terminal.delivered).toBeVisible();
  expect(await command.ended()).toBe(0);
  expect(mints).toBe(1);
  await page.goto(address);
  await expect(terminal.used).toBeVisible();
  await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
  const other = await page.context().newPage();
  await other.goto(address);
  await expect(new TerminalPage(other).used).toBeVisible();
  expect(mints).toBe(1);
});

test('another page that posts to the port is refused, and the right one still gets through', async ({ page, signIn, sandbox, noted, process: started, terminal, complaints }) => {
  complaints.foresee(/status of 40[34]/);
  const command = started();
  const address = await opened(noted);
  const port = new URL(address).searchParams.get('port');
  await signIn('analyst', address.slice(sandbox.endpoints.balancer.length));
  // The path, as only the right page knows it: here it is read off what that page would do.
  const refused = page.waitForRequest((request) => request.url().startsWith(`http://127.0.0.1:${port}/`));
  const other = await page.context().newPage();
  await other.setContent(`<form method="post" action="http://127.0.0.1:${port}/anything"><button>Go</button></form>`);
  await other.getByRole('button').click();
  await expect(other.getByRole('heading', { name: 'Nothing was taken' })).toBeVisible();
  await told(command, /(Refused: nothing is at this address)/);
  // Nor does it listen anywhere else: of the machine's other addresses this one is never without a network.
  const elsewhere = fetch(`http://127.0.0.2:${port}/`, { signal: AbortSignal.timeout(5_000) });
  expect(await elsewhere.then(() => 'answered', () => 'nobody')).toBe('nobody');
  expect(command.runs).toBe(true);
  await terminal.send.click();
  await refused;
  await expect(terminal.delivered).toBeVisible();
  expect(await command.ended()).toBe(0);
});

test('a terminal that is gone gets nothing, and nothing is lost by it', async ({ page, signIn, sandbox, noted, process: started, terminal }) => {
  const command = started();
  const address = await opened(noted);
  await signIn('analyst', address.slice(sandbox.endpoints.balancer.length));
  await expect(terminal.send).toBeVisible();
  await command.stop();
  const failed = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
  await terminal.send.click();
  expect((await failed).failure()?.errorText).toContain('ERR_CONNECTION_REFUSED');
  expect(command.stdout).toBe('');
});

/** Where forms of a page may go. */
const leadsTo = ({ headers }: { headers: Headers }): string => /form-action ([^;]*);/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? 'anywhere';

test('an address that is not as the command writes it gets a sentence and no button', async ({ page, signIn, sandbox, terminal }) => {
  await signIn('analyst', '/access');
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  const good = asked();
  const offCurve = `02${'f'.repeat(64)}`;
  const usual = leadsTo(await visitor.get('/access'));
  expect(usual).not.toContain('49152');
  const wrong = [
    ['port', '/cli?role=analyst'],
    ['port', asked('analyst', '80')],
    ['port', asked('analyst', '65536')],
    ['port', asked('analyst', "49152 'unsafe-inline'")],
    ['port', `${good}&port=49153`],
    ['state', asked('analyst', '49152', 'short')],
    ['key', asked('analyst', '49152', STATE, offCurve)],
    ['key', asked('analyst', '49152', STATE, 'nothing')],
    ['role', asked('%3Cscript%3E')],
    ['role', '/cli'],
  ];
  for (const [part = '', address = ''] of wrong) {
    await page.goto(address);
    await expect(page.getByRole('heading', { name: 'This address is not whole' }), address).toBeVisible();
    await expect(page.getByRole('main')).toContainText(`“${part}”`);
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
    const answer = await visitor.get(address);
    expect(leadsTo(answer), address).toBe(usual);
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  }
  // The right one, for comparison.
  await page.goto(good);
  await expect(terminal.send).toBeVisible();
  const answer = await visitor.get(good);
  expect(answer.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:49152;");
  expect(answer.headers.get('referrer-policy')).toBe('origin');
  // On this page alone.
  expect(leadsTo(await visitor.get(good.replace('/cli?', '/access?')))).toBe(usual);
});

for (const [persona, role] of [
  ['analyst', 'collector'],
  ['outsider', 'analyst'],
  ['analyst', 'no-such-role'],
] as const) {
  test(`${persona} may not give a terminal the role ${role}`, async ({ page, signIn, sandbox }) => {
    await signIn(persona, asked(role));
    await expect(page.getByRole('heading', { name: 'This role is not open to you' })).toBeVisible();
    await expect(page.getByRole('main')).toContainText(`“${role}”`);
    await expect(page.getByRole('main').getByRole('button')).toHaveCount(0);
    const visitor = await Visitor.signIn(sandbox, persona);
    expect(leadsTo(await visitor.get(asked(role)))).toBe(leadsTo(await visitor.get('/access')));
  });
}

test('a refused mint is told where it was asked for', async ({ signIn, page, terminal, complaints }) => {
  complaints.foresee(/status of 502/);
  await signIn('no-audience', asked());
  await terminal.send.click();
  await expect(page.getByRole('alert')).toContainText('aud');
  await expect(terminal.send).toBeEnabled();
  await expect(terminal.used).toHaveCount(0);
});

test('--cache asks once, and again when others could have read what was kept', async ({ page, signIn, sandbox, folder, noted, start, terminal }) => {
  const words = ['credential-process', '--portal', sandbox.endpoints.balancer, '--role', 'analyst', '--cache'];
  const first = start(BINARY, words);
  const address = await opened(noted);
  await signIn('analyst', address.slice(sandbox.endpoints.balancer.length));
  await terminal.send.click();
  expect(await first.ended()).toBe(0);

  const second = start(BINARY, words);
  expect(await second.ended()).toBe(0);
  expect([second.stdout, second.stderr]).toEqual([first.stdout, '']);

  const [kept = ''] = readdirSync(join(folder, 'vestibule'));
  chmodSync(join(folder, 'vestibule', kept), 0o644);
  const third = start(BINARY, words);
  await told(third, /(What --cache kept is not used: .* can be reached by others)/);
  await told(third, /Check code: (\d{4} \d{4})/);
  expect(third.stdout).toBe('');

  // Another role's is none.
  mkdirSync(join(folder, 'other'), { mode: 0o700 });
  const fourth = start(BINARY, words, { XDG_RUNTIME_DIR: join(folder, 'other') });
  await told(fourth, /Check code: (\d{4} \d{4})/);
  expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:/);
});

test('a portal without TLS, and what is none, is wrong usage', () => {
  const ended = (...words: string[]) => run(['credential-process', ...words]);
  for (const [portal, why] of [
    ['http://portal.example.com', 'https://'],
    ['http://127.0.0.1.example.com', 'https://'],
    ['https://portal.example.com/browse', 'behind the host'],
    ['portal.example.com', 'no URL'],
  ] as const) {
    const told = ended('--portal', portal, '--role', 'analyst');
    expect([told.code, told.stdout], portal).toEqual([2, '']);
    expect(told.stderr).toContain(why);
  }
  expect(ended('--portal', 'https://portal.example.com', '--role', 'An analyst').code).toBe(2);
  expect(ended('--portal', 'https://portal.example.com').code).toBe(2);
  expect(ended('--role', 'analyst').code).toBe(2);
});

test('it can be read and used by everybody @phone', async ({ page, signIn, terminal }, info) => {
  test.slow();
  for (const [name, address, there] of [
    ['question', asked(), terminal.send],
    ['unreadable', '/cli', page.getByRole('heading', { name: 'This address is not whole' })],
    ['foreign', asked('collector'), page.getByRole('heading', { name: 'This role is not open to you' })],
  ] as const) {
    await signIn('analyst', address);
    await expect(there).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: info.outputPath(`${name}-${colorScheme}.png`) });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), `${name} ${colorScheme}`).toEqual([]);
    }
  }
  await signIn('analyst', asked());
  await terminal.copy.click();
  await expect(terminal.sealed).toBeVisible();
  await page.screenshot({ path: info.outputPath('sealed.png') });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  expect(sideways, 'nothing sticks out sideways').toBe(false);
});
