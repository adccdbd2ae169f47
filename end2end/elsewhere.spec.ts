// Credentials for other programs: what is copied is run as it stands, by the programs that it is for.

import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { Elsewhere } from './pages/elsewhere';
import { expect, place, test } from './portal';
import { environment } from './programs';
import type { PortalCredentials } from './visitor';

/** The folder with `aws` and `python`, where boto3 is. */
const PROGRAMS = dirname(process.env['MINISTACK'] ?? '');
const LIST = "aws s3api list-objects-v2 --bucket reports --prefix team/p --query 'Contents[].Key' --output text";
const HERE = place('analyst', 'reports', 'team/');

/** Runs something with nothing of AWS's in its surroundings but what it brings along. */
async function ran(command: string, commandArguments: string[], options: { home: string; input?: string; cwd?: string }): Promise<string> {
  const env = environment({
    PATH: `${PROGRAMS}:${process.env['PATH'] ?? ''}`,
    HOME: options.home,
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const running = promisify(execFile)(command, commandArguments, { env, cwd: options.cwd ?? options.home, timeout: 60_000 });
  if (options.input !== undefined) running.child.stdin?.end(options.input);
  return (await running).stdout.trim();
}

/** Has the page's timers of a minute wait until the test lets the minute pass. */
async function holdMinutes(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const held: (() => void)[] = [];
    const begin = window.setTimeout.bind(window);
    Object.assign(window, {
      passMinute: () => held.splice(0).forEach((end) => end()),
      setTimeout: (end: () => void, milliseconds?: number) => (milliseconds === 60_000 ? held.push(end) : begin(end, milliseconds)),
    });
  });
}

async function passMinute(page: Page): Promise<void> {
  await page.evaluate(() => (window as unknown as { passMinute: () => void }).passMinute());
}

async function atHome(use: (home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  try {
    await use(home);
  } finally {
    await rm(home, { recursive: true });
  }
}

test.describe('what is copied works', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });
  test.beforeEach(async ({ signIn }) => signIn('analyst', HERE));

  test('sh', async ({ page }) => {
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('sh');
    await atHome(async (home) => {
      expect(await ran('sh', ['-c', `${copied}\n${LIST}`], { home })).toBe('team/plan.txt');
    });
  });

  test('fish', async ({ page }) => {
    test.skip(spawnSync('fish', ['--version']).status !== 0, 'there is no fish here');
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('fish');
    await atHome(async (home) => {
      expect(await ran('fish', ['-c', `${copied}\n${LIST}`], { home })).toBe('team/plan.txt');
    });
  });

  test('a profile', async ({ page }) => {
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const [credentials = '', config = ''] = (await elsewhere.copied('profile')).split('\n# ~/.aws/config\n');
    await atHome(async (home) => {
      await mkdir(join(home, '.aws'));
      await writeFile(join(home, '.aws/credentials'), credentials, { mode: 0o600 });
      await writeFile(join(home, '.aws/config'), config);
      expect(await ran('sh', ['-c', `${LIST} --profile vestibule-analyst`], { home })).toBe('team/plan.txt');
    });
  });

  test('boto3', async ({ page }) => {
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('python');
    await atHome(async (home) => {
      const listed = await ran('python', ['-'], { home, input: copied });
      expect(listed.split('\n')).toContain('team/plan.txt');
      expect(listed.split('\n').every((key) => key.startsWith('team/'))).toBe(true);
    });
  });

  test('JavaScript', async ({ page }) => {
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('javascript');
    await atHome(async (home) => {
      // Where the SDK is installed.
      const listed = await ran(process.execPath, ['--input-type=module', '-'], { home, cwd: import.meta.dirname, input: copied });
      expect(listed.split('\n')).toContain('team/plan.txt');
    });
  });

  test('Rust', async ({ page }) => {
    const target = process.env['CARGO_TARGET_DIR'];
    test.skip(target === undefined, 'without CARGO_TARGET_DIR cargo would compile the SDK anew');
    test.setTimeout(180_000);
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('rust');
    // The crates that the portal itself is linked with: there is nothing to compile.
    const crates = ['aws-sdk-s3', 'tokio'];
    const release = ['build', '--release', '--locked', ...crates.flatMap((name) => ['-p', name])];
    await promisify(execFile)('cargo', release, { cwd: join(import.meta.dirname, '..') });
    const built = join(target ?? '', 'release');
    const externs = crates.map((name) => name.replaceAll('-', '_')).flatMap((name) => ['--extern', `${name}=${join(built, `lib${name}.rlib`)}`]);
    await atHome(async (home) => {
      const [source, program] = [join(home, 'list.rs'), join(home, 'list')];
      await writeFile(source, copied);
      await promisify(execFile)('rustc', ['--edition', '2024', '-L', `dependency=${join(built, 'deps')}`, ...externs, '-o', program, source]);
      const listed = await ran(program, [], { home });
      expect(listed.split('\n')).toContain('team/plan.txt');
      expect(listed.split('\n').every((key) => key.startsWith('team/'))).toBe(true);
    });
  });

  // The SDK is in no registry that the tests reach; what stands in for it has the AWS CLI list, with what the program gave it.
  test('Java, with a stand-in for the SDK', async ({ page }) => {
    test.skip(spawnSync('javac', ['-version']).status !== 0, 'there is no Java here');
    test.setTimeout(120_000);
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    const copied = await elsewhere.copied('java');
    await atHome(async (home) => {
      await writeFile(join(home, 'ListObjects.java'), copied);
      await ran('javac', ['-d', home, '--source-path', join(import.meta.dirname, 'java'), join(home, 'ListObjects.java')], { home });
      const listed = await ran('java', ['-cp', home, 'ListObjects'], { home });
      expect(listed.split('\n')).toContain('team/plan.txt');
      expect(listed.split('\n').every((key) => key.startsWith('team/'))).toBe(true);
    });
  });
});

test('keys are seen after a click only, and are gone with the dialog and with the credentials', async ({ page, signIn }) => {
  const secrets: string[] = [];
  page.on('response', async (answer) => {
    if (!answer.url().endsWith('/api/credentials')) return;
    const { SecretAccessKey, SessionToken } = (await answer.json()) as PortalCredentials;
    secrets.push(SecretAccessKey, SessionToken);
  });
  await signIn('analyst', HERE);
  const elsewhere = new Elsewhere(page);
  await elsewhere.open();
  await expect.poll(() => secrets.length).toBe(2);
  const seen = async (): Promise<boolean> => {
    const html = await page.evaluate(() => document.documentElement.outerHTML);
    // Of JSON's and HTML's ways to write them nothing is left out: they are of letters that mean nothing there.
    return secrets.some((secret) => html.includes(secret.slice(0, 20)));
  };
  await expect(elsewhere.dialog).toContainText('These keys work until');
  await expect(elsewhere.text).toContainText("export AWS_SECRET_ACCESS_KEY='****************'");
  expect(await seen()).toBe(false);
  for (const format of ['powershell', 'fish', 'profile', 'python', 'javascript', 'java', 'rust']) {
    await elsewhere.format.selectOption(format);
    await expect(elsewhere.text).toContainText('****************');
    expect(await seen()).toBe(false);
  }
  await elsewhere.show.click();
  await expect(elsewhere.text).toContainText(secrets[0] ?? 'none');
  await elsewhere.hide.click();
  expect(await seen()).toBe(false);

  await elsewhere.show.click();
  await expect(elsewhere.text).toContainText(secrets[0] ?? 'none');
  await page.keyboard.press('Escape');
  await expect(elsewhere.dialog).toBeHidden();
  await expect(page.getByRole('button', { name: /^Credentials last/ })).toBeFocused();
  expect(await seen()).toBe(false);

  // It begins anew, hidden. What leaving the page wipes is no longer there for whoever comes back to it.
  await elsewhere.open();
  await expect(elsewhere.text).toContainText('****************');
  await elsewhere.show.click();
  await expect(elsewhere.text).toContainText(secrets[0] ?? 'none');
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await expect(elsewhere.text).toContainText('****************');
  expect(await seen()).toBe(false);
  await expect(elsewhere.dialog).toContainText('There are no credentials for this role in this tab.');
  // Others come once the portal has said that the person is the same, and are seen after a click again.
  const asked = page.waitForResponse('**/api/whoami');
  await page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await asked;
  await elsewhere.open();
  await elsewhere.show.click();
  await expect.poll(() => secrets.length).toBe(4);
  await expect(elsewhere.text).toContainText(secrets[2] ?? 'none');
});

test.describe('after a minute', () => {
  const write = 'clipboard-write';
  const both = ['clipboard-read', write];

  /** Copies in a page that may do this with the clipboard. */
  async function copied(page: Page, rights: string[], signIn: (persona: 'analyst', to: string) => Promise<void>): Promise<Elsewhere> {
    await page.context().grantPermissions(rights);
    await holdMinutes(page);
    await signIn('analyst', HERE);
    const elsewhere = new Elsewhere(page);
    await elsewhere.open();
    await elsewhere.copy.click();
    await expect(elsewhere.told).toHaveText('Copied.');
    return elsewhere;
  }

  const onClipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());

  test('the clipboard no longer has it', async ({ page, signIn }) => {
    const elsewhere = await copied(page, both, signIn);
    expect(await onClipboard(page)).toContain('AWS_SESSION_TOKEN');
    // It goes on although the dialog is closed.
    await elsewhere.close.click();
    await passMinute(page);
    await expect.poll(() => onClipboard(page)).toBe('');
  });

  test('what was copied in the meantime stays', async ({ page, signIn }) => {
    const elsewhere = await copied(page, both, signIn);
    await page.evaluate(() => navigator.clipboard.writeText('a shopping list'));
    await passMinute(page);
    await expect(elsewhere.told).toHaveText('The clipboard no longer has the keys.');
    expect(await onClipboard(page)).toBe('a shopping list');
  });

  test('a page that may not read it empties it while it is in front', async ({ page, signIn }) => {
    const elsewhere = await copied(page, [write], signIn);
    await passMinute(page);
    await expect(elsewhere.told).toHaveText('The clipboard no longer has the keys.');
    await page.context().grantPermissions(both);
    expect(await onClipboard(page)).toBe('');
  });

  test('and says so where it cannot', async ({ page, signIn }) => {
    const elsewhere = await copied(page, [write], signIn);
    // Another window is in front.
    await page.evaluate(() => {
      document.hasFocus = () => false;
    });
    await passMinute(page);
    await expect(elsewhere.told).toContainText('The clipboard may still have the keys');
  });
});
