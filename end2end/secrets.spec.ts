// Where secrets must never be: HTML, storage, URLs of the portal, the console, the log.

import { piecesOf } from './heap';
import { expect, place, test } from './portal';
import { Visitor, type PortalCredentials } from './visitor';

/** A JSON Web Token begins like this; the balancer's tokens, the web identity token and the session cookies' contents are some. */
const TOKEN = /eyJ[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_=-]{8,}/;

test('through a whole visit', async ({ page, browse, complaints, context, frame, functions, sandbox, signIn }) => {
  complaints.foresee(/status of 403/);
  const secrets: string[] = [];
  const said: string[] = [];
  const addresses: string[] = [];
  const served: string[] = [];
  context.on('console', (message) => said.push(message.text()));
  context.on('request', (request) => addresses.push(request.url(), JSON.stringify(request.headers()['referer'] ?? '')));
  context.on('response', async (answer) => {
    if (answer.url().endsWith('/api/credentials')) {
      const { SecretAccessKey, SessionToken } = (await answer.json()) as PortalCredentials;
      secrets.push(SecretAccessKey, SessionToken);
    } else if (answer.url().startsWith(sandbox.endpoints.balancer) && answer.status() === 200) {
      served.push(await answer.text().catch(() => ''));
    }
  });

  const traces: Record<string, string> = {};
  const look = async (where: string): Promise<void> => {
    traces[where] = await page.evaluate(async () =>
      [
        document.documentElement.outerHTML,
        [...document.querySelectorAll<HTMLInputElement>('input, textarea')].map(({ value }) => value).join(' '),
        JSON.stringify({ ...localStorage }),
        JSON.stringify({ ...sessionStorage }),
        document.cookie,
        location.href,
        JSON.stringify(history.state),
        name,
        performance.getEntries().map(({ name }) => name).join(' '),
        (await indexedDB.databases()).map(({ name }) => name).join(' '),
        (await caches.keys()).join(' '),
      ].join('\n'),
    );
  };
  await signIn('analyst', place('analyst'));
  await look('locations');
  await page.goto(place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await frame.timeLeft.click();
  await expect(frame.credentials).toContainText('ASIA');
  await look('folder');
  await browse.save(await browse.row('plan.txt'));
  await frame.timeLeft.click();
  await page.getByRole('button', { name: 'Renew now' }).click();
  await expect.poll(() => secrets.length).toBe(6);
  await look('after a download');
  await page.goto(place('analyst', 'denied'));
  await expect(frame.notice('This folder cannot be listed')).toBeVisible();
  await look('refused');
  await page.goto('/functions?role=analyst&name=echo');
  await functions.call('{}');
  await expect(functions.result).toContainText('200');
  await look('function');
  await expect.poll(() => secrets.length).toBe(10);
  await frame.signOut();
  await expect(page).toHaveURL(/signed-out/);
  await look('signed out');

  traces['what the portal served'] = served.join('\n');
  traces['the console'] = said.join('\n');
  traces["the portal's addresses, and every referer"] = addresses.filter((url) => !url.startsWith('http') || url.startsWith(sandbox.endpoints.balancer)).join('\n');
  traces["the program's log"] = sandbox.log();
  for (const [where, text] of Object.entries(traces)) {
    expect(TOKEN.test(text.replace(/[?&](code|state)=[^\s"]*/g, '')), `a token in: ${where}`).toBe(false);
    for (const piece of secrets.flatMap(piecesOf)) expect(text.includes(piece), `${piece.slice(0, 4)}… in: ${where}`).toBe(false);
  }
  expect(served.join('').length, 'the pages were looked at').toBeGreaterThan(10_000);
  expect(traces['folder']).toContain('ASIA');
  // Every secret of a visit is another one, and each was seen.
  expect(new Set(secrets).size).toBe(10);
});

test('the pattern finds a token', async ({ sandbox }) => {
  const { keys } = (await (await fetch(`${sandbox.endpoints.idp}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  expect(TOKEN.test(`before ${part({ alg: 'RS256', kid: keys[0]?.kid })}.${part({ sub: 'x', exp: 1 })}.sig after`)).toBe(true);
});

test('the secrets are answered once, to be kept by nobody', async ({ sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  const answer = await visitor.call('/api/credentials', { role: 'analyst' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toContain('no-store');
  expect(answer.headers.get('content-encoding')).toBeNull();
  const { SecretAccessKey, SessionToken } = (await answer.json()) as PortalCredentials;
  const sessions = await (await visitor.call('/api/sessions/mine', {})).text();
  expect(sessions).toContain('ASIA');
  for (const secret of [SecretAccessKey, SessionToken]) expect(sessions).not.toContain(secret);
});
