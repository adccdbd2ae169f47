// What every answer says to the browser, and what the portal makes of headers that somebody forged.

import { expect, place, test } from './portal';
import { Visitor } from './visitor';

test('the policy of a page, as the design has it', async ({ sandbox }) => {
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  const answer = await visitor.get(place('analyst', 'reports', 'team/'));
  expect(answer.status).toBe(200);
  const policy = new Map((answer.headers.get('content-security-policy') ?? '').split(';').map((part): [string, string] => {
    const [name = '', ...values] = part.trim().split(' ');
    return [name, values.join(' ')];
  }));
  const nonce = /'nonce-([^']+)'/.exec(policy.get('script-src') ?? '')?.[1] ?? '';
  expect(nonce.length).toBeGreaterThanOrEqual(20);
  const { s3, lambda, sts } = sandbox.endpoints;
  // Each bucket by itself and nothing else of S3: what a page may connect to is also where stolen credentials could be sent.
  const names = ['busy', 'denied', 'discard', 'empty', 'flaky', 'guarded', 'header-only', 'heedless', 'no-cors', 'odd-names', 'reports', 'slow', 'synthetic', 'throttled', 'tree', 'unexposed', 'uploads', 'versioned'];
  const at = (host: string): string => names.map((name) => `${host}/${name} ${host}/${name}/`).join(' ');
  const buckets = at(s3);
  // Listings go over the other name of this device too.
  const listings = at(s3.replace('127.0.0.1', 'localhost'));
  expect(Object.fromEntries(policy)).toEqual({
    'default-src': "'none'",
    'script-src': `'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'`,
    'style-src': "'self'",
    'img-src': "'self' blob: data:",
    'font-src': "'self'",
    'manifest-src': "'self'",
    'media-src': `blob: ${buckets}`,
    'frame-src': `blob: ${buckets}`,
    'connect-src': `'self' ${buckets} ${listings} ${lambda}`,
    // The sandbox's sign-in to the console is at the address of STS.
    'form-action': `'self' ${sts}`,
    'base-uri': "'none'",
    'object-src': "'none'",
    'frame-ancestors': "'none'",
    'worker-src': "'self'",
  });
  const html = await answer.text();
  for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`);
  expect(html.match(/<script\b/g)?.length).toBeGreaterThan(0);

  const again = await visitor.get(place('analyst', 'reports', 'team/'));
  expect(again.headers.get('content-security-policy')).not.toContain(nonce);
});

for (const path of ['/browse', '/functions?role=analyst&name=echo', '/flow', '/signed-out', '/no-such-page', '/healthz', '/vestibule.js', '/api/whoami', '/api/flow', '/favicon.svg', '/sign-out']) {
  test(`the headers of ${path}`, async ({ sandbox }) => {
    const visitor = await Visitor.signIn(sandbox, 'analyst');
    const answer = path.startsWith('/api/') ? await visitor.call(path, {}) : await visitor.get(path);
    expect(answer.status).toBe(path === '/no-such-page' ? 404 : path === '/sign-out' ? 302 : 200);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(answer.headers.get('permissions-policy')).toContain('camera=()');
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const type = answer.headers.get('content-type') ?? '';
    if (type.startsWith('text/html')) expect(answer.headers.get('cache-control')).toBe('private, no-store');
    if (path.startsWith('/api/')) expect(answer.headers.get('cache-control')).toContain('no-store');
  });
}

test('no HTML of the server has a style attribute, an inline handler or a style element', async ({ sandbox }) => {
  const personas = ['analyst', 'outsider', 'no-audience'] as const;
  const paths = ['/browse', place('analyst', 'reports', 'team/'), place('analyst', 'private'), '/functions', '/functions?name=none', '/flow', '/signed-out', '/none'];
  for (const persona of personas) {
    const visitor = await Visitor.signIn(sandbox, persona);
    for (const path of paths) {
      const html = await (await visitor.get(path)).text();
      expect(html, path).toContain('<html');
      expect(html.match(/<[^>]*\s(style|on[a-z]+)\s*=|<style\b/gi) ?? [], `${persona} ${path}`).toEqual([]);
    }
  }
});

test('identity headers from outside do not get past the balancer', async ({ sandbox }) => {
  const forged = {
    'x-amzn-oidc-identity': 'somebody-else',
    'x-amzn-oidc-data': 'eyJhbGciOiJub25lIn0=.eyJzdWIiOiJzb21lYm9keS1lbHNlIn0=.',
    'x-amzn-oidc-accesstoken': 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keS1lbHNlIn0.',
  };
  const visitor = await Visitor.signIn(sandbox, 'analyst');
  const answer = await visitor.call('/api/whoami', {}, forged);
  expect(answer.status).toBe(200);
  expect(((await answer.json()) as { subject: string }).subject).toBe('a1e5c0de-1111-4a6b-8c3d-5f0e7a9b2c41');

  // Without a session they are worth nothing at all.
  const bare = await fetch(`${sandbox.endpoints.balancer}/api/whoami`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...forged, 'content-type': 'application/json', 'x-vestibule-client': 'end2end' },
    body: '{}',
  });
  expect(bare.status).toBe(401);

  // And at the portal itself, behind the balancer, they are recognised as forged.
  const direct = await fetch(`${sandbox.endpoints.portal}/api/whoami`, {
    method: 'POST',
    headers: { ...forged, 'content-type': 'application/json', 'x-vestibule-client': 'end2end' },
    body: '{}',
  });
  expect(direct.status).toBe(401);
  expect(await direct.json()).toMatchObject({ code: 'header_rejected' });
});

test("a page of another site gets no credentials out of the person's browser", async ({ page, signIn, sandbox, complaints }) => {
  complaints.foresee(/CORS policy/);
  complaints.foresee(/Failed to load resource/);
  await signIn('analyst');
  // The same machine by another name, without a content security policy of its own.
  await page.goto(`${sandbox.endpoints.balancer.replace('127.0.0.1', 'localhost')}/sandbox/endpoints`);
  // From here on: what the portal's own page asked for before is its right.
  const answers: number[] = [];
  page.on('response', (answer) => {
    if (answer.url().endsWith('/api/credentials')) answers.push(answer.status());
  });
  const tried = await page.evaluate(async (url) => {
    const bodies = [{ 'content-type': 'application/json' }, { 'content-type': 'text/plain' }];
    const outcomes = await Promise.all(
      bodies.map((headers) =>
        fetch(url, { method: 'POST', credentials: 'include', headers: headers as unknown as Record<string, string>, body: '{"role":"analyst"}' }).then(
          (answer) => answer.text(),
          () => 'unreadable',
        ),
      ),
    );
    return outcomes;
  }, `${sandbox.endpoints.balancer}/api/credentials`);
  expect(tried).toEqual(['unreadable', 'unreadable']);
  expect(answers.filter((status) => status === 200)).toEqual([]);
});
