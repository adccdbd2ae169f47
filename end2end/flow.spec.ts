// Flow: what the page tells of its own request, worked or refused, for every strategy; and that it tells no secret.

import AxeBuilder from '@axe-core/playwright';
import { createHash } from 'node:crypto';
import { FlowPage } from './pages/flow';
import { expect, hydrated, place, test } from './portal';
import { outsideOfBrackets } from './pseudo';
import type { PortalCredentials } from './visitor';

const DONE = Array.from({ length: 8 }, () => 'done');
const print = (text: string): string => `${text.length} B, SHA-256 ${createHash('sha256').update(text).digest('hex')}`;

test('a flow that worked: eight steps, each with what was sent and the rule @phone', async ({ page, frame, signIn }) => {
  const flow = new FlowPage(page);
  const minted = page.waitForResponse((answer) => answer.url().endsWith('/api/credentials'));
  const asked = page.waitForRequest((request) => request.url().includes('list-type=2'));
  await signIn('analyst', '/flow?role=analyst');
  await expect(page).toHaveTitle('Flow · Vestibule');
  await expect(frame.sections.getByRole('link', { name: 'Flow' })).toHaveAttribute('aria-current', 'page');
  expect(await flow.states()).toEqual(DONE);

  const header = await flow.open(2);
  await expect(header.getByRole('row').filter({ hasText: 'signer is one of the configured' })).toContainText('kept');
  await expect(header).toContainText('sandboxbalancerclient00001');
  await expect(header).toContainText('amara.okafor@example.com');
  const call = await flow.open(6);
  await expect(call).toContainText('AssumeRoleWithWebIdentity, not signed');
  const { SessionToken, AccessKeyId, session_id: session } = (await (await minted).json()) as PortalCredentials & { session_id: string };
  const answer = await flow.open(7);
  await expect(answer).toContainText(AccessKeyId);
  await expect(answer).toContainText(session);
  await expect(answer).toContainText(print(SessionToken));
  await expect(answer).toContainText('"s3:ListBucket"');

  // The eighth is the request that really went out.
  const sent = new URL((await asked).url());
  const first = await flow.open(8);
  await expect(first).toContainText(`GET ${sent.origin}${sent.pathname}`);
  await expect(first).toContainText(print(sent.searchParams.get('X-Amz-Signature') ?? ''));
  await expect(first).toContainText(`AWS4-HMAC-SHA256\n${sent.searchParams.get('X-Amz-Date')}`);
  await expect(first).toContainText(print(SessionToken));
  const scope = (sent.searchParams.get('X-Amz-Credential') ?? '').split('/');
  await expect(first.getByRole('row').filter({ hasText: 'day, region, service' })).toContainText(`${scope[1]} · ${scope[2]} · s3`);
});

test('no part of a token, a signature or a key is in the page', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  const secrets: string[] = [];
  page.on('request', (request) => {
    const parameters = new URL(request.url()).searchParams;
    for (const name of ['X-Amz-Signature', 'X-Amz-Security-Token']) secrets.push(...[parameters.get(name)].filter((value) => value !== null));
  });
  const minted = page.waitForResponse((answer) => answer.url().endsWith('/api/credentials'));
  const told = page.waitForResponse((answer) => answer.url().endsWith('/api/flow'));
  await signIn('analyst', '/flow?role=analyst');
  expect(await flow.states()).toEqual(DONE);
  const { SecretAccessKey, SessionToken } = (await (await minted).json()) as PortalCredentials;
  secrets.push(SecretAccessKey, SessionToken, encodeURIComponent(SessionToken));
  expect(secrets.length).toBeGreaterThan(4);
  for (let step = 1; step <= 8; step++) await flow.open(step);
  const seen = `${await page.content()}\n${await (await told).text()}`;
  expect(seen).toContain('X-Amz-Security-Token');
  for (const secret of secrets) {
    for (let at = 0; at + 16 <= secret.length; at++) expect(seen.includes(secret.slice(at, at + 16)), 'a part of a secret').toBe(false);
  }
});

for (const [role, persona, asked, tells] of [
  ['auditor', 'analyst', 'STS', ['AssumeRole, signed with the server', 'SourceIdentity', 'Tags.member.1.Key']],
  ['pool', 'admin', 'Cognito, STS', ['GetOpenIdTokenForDeveloperIdentity', 'AssumeRoleWithWebIdentity']],
  ['pool-enhanced', 'admin', 'Cognito', ['GetOpenIdTokenForDeveloperIdentity', 'GetCredentialsForIdentity']],
  ['self-issued', 'admin', 'STS', ['A token that the portal signs itself', 'urn:vestibule:self-issued', 'AssumeRoleWithWebIdentity']],
] as const) {
  test(`the strategy of ${role} is told as it is`, async ({ page, signIn }) => {
    const flow = new FlowPage(page);
    await signIn(persona, `/flow?role=${role}`);
    expect(await flow.states()).toEqual(DONE);
    const call = await flow.open(6);
    for (const words of tells) await expect(call).toContainText(words);
    await expect(await flow.open(4)).toContainText('does not send it there');
    // The diagram's fourth party is who was asked.
    await expect(flow.parties).toHaveText(['You', 'Balancer', 'Vestibule', asked, 'S3']);
  });
}

test('a look mints nothing where the tab holds credentials, and their mint is told', async ({ page, frame, browse, signIn }) => {
  const flow = new FlowPage(page);
  const minted: string[] = [];
  page.on('response', async (answer) => {
    if (answer.url().endsWith('/api/credentials')) minted.push(((await answer.json()) as { session_id: string }).session_id);
  });
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('4 objects');
  await frame.sections.getByRole('link', { name: 'Flow' }).click();
  expect(await flow.states()).toEqual(DONE);
  expect(minted).toHaveLength(1);
  await expect(await flow.open(7)).toContainText(minted[0] ?? 'none');
});

test('a new mint is told, and a run without one tells the same mint', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('analyst', '/flow?role=analyst');
  expect(await flow.states()).toEqual(DONE);
  const session = async (): Promise<string> => {
    const row = (await flow.open(7)).getByRole('row').filter({ hasText: 'recorded before it was answered' });
    // A new run draws the steps anew, closed.
    return (await row.locator('code').first().textContent({ timeout: 1_000 }).catch(() => '')) ?? '';
  };
  const before = await session();
  const again = page.waitForResponse((answer) => answer.url().endsWith('/api/flow'));
  await flow.again.click();
  await again;
  await expect.poll(session).toBe(before);
  const minted = page.waitForResponse((answer) => answer.url().endsWith('/api/credentials'));
  await flow.anew.click();
  const { session_id: after } = (await (await minted).json()) as { session_id: string };
  await expect.poll(session).toBe(after);
  expect(after).not.toBe(before);
  // What was open is open again.
  await expect(flow.step(7)).toHaveAttribute('open');
  await expect(flow.step(6)).not.toHaveAttribute('open');
});

test('a token without an audience: step four is open, with cause and fix @phone', async ({ page, complaints, signIn }) => {
  complaints.foresee(/status of 502/);
  const flow = new FlowPage(page);
  await signIn('no-audience', '/flow?role=analyst');
  expect(await flow.states()).toEqual(['done', 'done', 'done', 'failed', 'done', 'failed', 'not-reached', 'not-reached']);
  const step = flow.step(4);
  await expect(step).toHaveAttribute('open');
  await expect(step).toContainText('The access token names no audience, so STS does not take it.');
  await expect(step).toContainText('aws iam add-client-id-to-open-id-connect-provider');
});

test('credentials that cannot be made: the folder links to the step that failed', async ({ page, complaints, signIn }) => {
  complaints.foresee(/status of 502/);
  const flow = new FlowPage(page);
  await signIn('no-audience', place('analyst', 'reports', 'team/'));
  await page.getByRole('link', { name: 'See which step failed' }).click();
  await expect(page).toHaveURL(/\/flow\?role=analyst$/);
  expect((await flow.states())[3]).toBe('failed');
});

test('nobody’s groups: step five says which', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('outsider', '/flow');
  expect(await flow.states()).toEqual(['done', 'done', 'done', 'done', 'failed', 'not-reached', 'not-reached', 'not-reached']);
  await expect(flow.step(5)).toContainText('No role is open to you.');
  await expect(flow.anew).toBeHidden();
});

test('a role of others is refused without telling what it is', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('analyst', '/flow?role=collector');
  expect((await flow.states()).slice(3)).toEqual(['done', 'failed', 'not-reached', 'not-reached', 'not-reached']);
  await expect(flow.step(5)).toContainText('You are not entitled to a role “collector”.');
  await expect(flow.step(5)).not.toContainText('portal-admins');
});

test('STS refuses: step six says why, and what mends it', async ({ page, complaints, signIn }) => {
  complaints.foresee(/status of 502/);
  const flow = new FlowPage(page);
  await signIn('admin', '/flow?role=fault-packed');
  expect((await flow.states()).slice(4)).toEqual(['done', 'failed', 'not-reached', 'not-reached']);
  await expect(flow.step(6)).toContainText('larger than AWS takes (157 % of the space)');
  await expect(flow.step(6)).toContainText('AWS answered with status 400 and PackedPolicyTooLarge.');
});

test('past the balancer: the page itself says which header is missing', async ({ page, complaints, sandbox }) => {
  complaints.foresee(/status of 401/);
  const flow = new FlowPage(page);
  await page.goto(`${sandbox.endpoints.portal}/flow`);
  await hydrated(page);
  expect((await flow.states())[0]).toBe('failed');
  await expect(flow.step(1)).toContainText('The request did not pass the load balancer');
});

test('a header that somebody made up: refused at its rule, and linked from the page that refuses', async ({ page, complaints, sandbox }) => {
  complaints.foresee(/status of 401/);
  const flow = new FlowPage(page);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  const kid = '0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c4';
  const head = part({ alg: 'ES256', kid, signer: 'arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/x/1', exp: 4_102_444_800 });
  await page.setExtraHTTPHeaders({ 'x-amzn-oidc-data': `${head}.${part({ sub: 'somebody' })}.${'A'.repeat(86)}==`, 'x-amzn-oidc-identity': 'somebody' });
  await page.goto(`${sandbox.endpoints.portal}/browse`);
  await hydrated(page);
  await page.getByRole('link', { name: 'See which step failed' }).click();
  await hydrated(page);
  expect((await flow.states()).slice(0, 3)).toEqual(['done', 'failed', 'not-reached']);
  const step = flow.step(2);
  await expect(step.getByRole('row').filter({ hasText: 'signer is one of the configured' })).toContainText('broken');
  await expect(step).toContainText('999999999999');
  await expect(step).toContainText('let the security group of the targets take nothing but the balancer');
  // Whoever gets past the balancer learns nothing of the configuration.
  for (const expected of ['000000000000', 'sandboxbalancerclient00001', sandbox.endpoints.idp]) await expect(step).not.toContainText(expected);
});

test('every step links to its place in the handbook', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('analyst', '/flow?role=analyst');
  expect(await flow.states()).toEqual(DONE);
  for (let number = 1; number <= 8; number++) {
    const step = await flow.open(number);
    const anchor = await step.getByRole('link', { name: 'This step in the handbook' }).getAttribute('href');
    const place = page.locator(anchor ?? 'none');
    await expect(place.getByRole('heading')).toHaveText((await step.locator('.step__title').textContent()) ?? '');
  }
  const step = await flow.open(2);
  await step.getByRole('link', { name: 'This step in the handbook' }).click();
  await expect(page.locator('#handbook-data-header')).toBeInViewport();
});

for (const [role, persona, calls, step] of [
  ['analyst', 'analyst', ['assume_role_with_web_identity(', 'assumeRoleWithWebIdentity(', 'assume_role_with_web_identity()', 'assume-role-with-web-identity'], 4],
  ['auditor', 'analyst', ['assume_role(', 'assumeRole(', 'assume_role()', 'sts assume-role '], 5],
  ['pool', 'admin', ['get_open_id_token_for_developer_identity(', 'getOpenIdTokenForDeveloperIdentity(', 'get_open_id_token_for_developer_identity()', 'get-open-id-token-for'], 5],
  ['pool-enhanced', 'admin', ['get_credentials_for_identity(', 'getCredentialsForIdentity(', 'get_credentials_for_identity()', 'get-credentials-for-identity'], 5],
  ['self-issued', 'admin', ['kms.sign(', 'kms.sign(', '.sign()', 'aws kms sign'], 5],
] as const) {
  test(`the code mints as ${role} is minted, with this request's values @phone`, async ({ page, signIn }, info) => {
    const flow = new FlowPage(page);
    await signIn(persona, `/flow?role=${role}`);
    expect(await flow.states()).toEqual(DONE);
    const languages = ['Python', 'Java (Spring)', 'Rust', 'AWS CLI'];
    for (const [at, language] of languages.entries()) {
      const text = await flow.doItYourself(language);
      expect(text).toContain(calls[at]);
      expect(text).not.toMatch(/111122223333:(role|loadbalancer)|1example|_EXAMPLE|department/);
      if (role !== 'pool-enhanced') expect(text).toContain('arn:aws:iam::000000000000:role/');
      await page.screenshot({ path: info.outputPath(`${at}.png`) });
    }
    // Its own issuer's key is nobody else's; the sandbox has it in no KMS.
    await expect(flow.examples).toHaveCount(role === 'self-issued' ? 1 : 0);
    await expect(flow.environment).toContainText('export AWS_ENDPOINT_URL_STS=');
    await page.keyboard.press('Escape');
    await (await flow.open(step)).getByRole('button', { name: 'The code for this step' }).click();
    await flow.drawer.getByRole('tab', { name: 'Python' }).click();
    await expect(flow.drawer.locator('mark')).toContainText(step === 4 ? 'STS verifies the access token itself' : 'who may have the role is decided here');
  });
}

test('a refused flow keeps the example’s values, and says which', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('outsider', '/flow');
  await flow.states();
  const text = await flow.doItYourself('Python');
  expect(text).toContain('arn:aws:iam::111122223333:role/portal-analyst');
  expect(text).toContain('sandboxbalancerclient00001');
  await expect(flow.examples).toContainText('arn:aws:iam::111122223333:role/portal-analyst');
  await expect(flow.examples).not.toContainText('1example23456789');
});

test('each step opens the drawer at its own code, and has the focus back', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('analyst', '/flow?role=analyst');
  expect(await flow.states()).toEqual(DONE);
  await flow.doItYourself('Python');
  await page.keyboard.press('Escape');
  const here = flow.drawer.locator('mark');
  for (const [number, code] of [[2, 'def verified(data: str)'], [6, 'assume_role_with_web_identity'], [8, 'list_objects_v2']] as const) {
    const opener = (await flow.open(number)).getByRole('button', { name: 'The code for this step' });
    await opener.click();
    await expect(here).toContainText(code);
    await expect(here).toBeFocused();
    await expect(here).toBeInViewport();
    await page.keyboard.press('Escape');
    await expect(flow.drawer).toBeHidden();
    await expect(opener).toBeFocused();
  }
  const opener = (await flow.open(5)).getByRole('button', { name: 'The code for this step' });
  await opener.click();
  await expect(flow.drawer).toContainText('This sample has no code of its own for that step.');
  await expect(here).toHaveCount(0);
});

test('words: the flow in the pseudo-locale @phone', async ({ page, complaints, signIn, baseURL }, info) => {
  complaints.foresee(/status of 502/);
  const flow = new FlowPage(page);
  await page.context().addCookies([{ name: 'vestibule-language', value: 'en-XA', url: baseURL ?? '' }]);
  for (const [persona, picture] of [['analyst', 'worked.png'], ['no-audience', 'refused.png']] as const) {
    await signIn(persona, '/flow?role=analyst');
    await flow.steps.nth(7).waitFor();
    for (let step = 1; step <= 8; step++) await flow.open(step);
    await page.screenshot({ path: info.outputPath(picture), fullPage: true });
    // The role's title and name.
    expect(await outsideOfBrackets(page, [/Data analyst, arn:\S+/])).toEqual([]);
  }
});

test('do it yourself: five languages by keyboard, with the role’s own names', async ({ page, signIn }) => {
  const flow = new FlowPage(page);
  await signIn('admin', '/flow?role=reader');
  expect(await flow.states()).toEqual(DONE);
  expect(await flow.doItYourself('JavaScript')).toContain('role: "reader", region: "eu-west-1", bucket: "reports", prefix: ""');
  const tabs = flow.drawer.getByRole('tab');
  for (const [key, language] of [['ArrowRight', 'Python'], ['ArrowRight', 'Java (Spring)'], ['End', 'AWS CLI'], ['ArrowRight', 'JavaScript'], ['ArrowLeft', 'AWS CLI']] as const) {
    await page.keyboard.press(key);
    await expect(tabs.filter({ hasText: language })).toBeFocused();
    await expect(tabs.filter({ hasText: language })).toHaveAttribute('aria-selected', 'true');
  }
  await page.keyboard.press('Escape');
  await expect(flow.drawer).toBeHidden();
});

const states: [string, 'analyst' | 'no-audience', (flow: FlowPage) => Promise<void>, RegExp[]][] = [
  ['worked', 'analyst', async (flow) => { for (const step of [2, 6, 8]) await flow.open(step); }, []],
  ['refused', 'no-audience', async () => undefined, [/status of 502/]],
  ['samples', 'analyst', async (flow) => { await flow.doItYourself('Python'); }, []],
];
for (const [name, persona, reach, foreseen] of states) {
  test(`axe: ${name} @phone`, async ({ page, complaints, signIn }, info) => {
    for (const complaint of foreseen) complaints.foresee(complaint);
    const flow = new FlowPage(page);
    await signIn(persona, '/flow?role=analyst');
    await flow.states();
    await reach(flow);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: info.outputPath(`${colorScheme}.png`), fullPage: true });
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(sideways, 'pixels that stick out sideways').toBe(0);
  });
}
