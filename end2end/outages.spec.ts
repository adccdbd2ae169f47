// Key server, identity provider and STS that are down, silent, failing or something else: a bounded wait, an error that
// says when to come back, other requests that go on, and recovery without a restart.
import { expect, test as base } from '@playwright/test';
import { Balancer, Outside, type Mood } from './balancer';
import { configuration, Served } from './served';

const PEOPLE = {
  ana: { subject: 'b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41', name: 'Ana Pires', email: 'ana@example.com', groups: ['analysts'], audience: 'https://portal.example.com/api' },
};
const ROLE = { id: 'analyst', arn: 'arn:aws:iam::111122223333:role/portal-analyst', groups: ['analysts'] };
/** Five seconds, and something for a busy machine. */
const BOUND = 6_000;

interface World {
  balancer: Balancer;
  sts: Outside;
  served: Served;
}

// A fresh portal for each test: what it learned in one must not help it in the next.
const test = base.extend<{ world: World }>({
  world: async ({}, use) => {
    const balancer = await Balancer.start(PEOPLE);
    const sts = new Outside((_, outgoing) => {
      outgoing.writeHead(200, { 'Content-Type': 'text/xml' }).end(MINTED);
    });
    await sts.start();
    try {
      const served = await Served.start(configuration(balancer, { region: 'eu-west-1', sts_endpoint: sts.origin }, [ROLE]), balancer);
      await use({ balancer, sts, served });
      await served.stop();
    } finally {
      await Promise.all([balancer.stop(), sts.stop()]);
    }
  },
});

const MINTED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>b1e5c0de</SubjectFromWebIdentityToken>
    <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/portal-analyst/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
      <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`;

type Service = 'keys' | 'provider' | 'sts';
const MOODS = ['down', 'silent', 'failing', 'babbling'] as const;

function outside(world: World, service: Service): Outside {
  return service === 'sts' ? world.sts : world.balancer[service];
}

async function spoil(service: Outside, mood: (typeof MOODS)[number]): Promise<void> {
  if (mood === 'down') await service.stop();
  else service.mood = mood satisfies Mood;
}

async function mend(service: Outside): Promise<void> {
  service.mood = 'well';
  await service.stop();
  await service.start();
}

async function timed(call: () => Promise<Response>): Promise<{ answer: Response; body: Record<string, unknown>; waited: number }> {
  const begun = performance.now();
  const answer = await call();
  const body = (await answer.json()) as Record<string, unknown>;
  return { answer, body, waited: performance.now() - begun };
}

for (const service of ['keys', 'provider', 'sts'] as const) {
  for (const mood of MOODS) {
    test(`${service} ${mood}: the wait is bounded, others go on, and it recovers`, async ({ world }) => {
      const { balancer, served } = world;
      const spoilt = outside(world, service);
      await spoil(spoilt, mood);
      const call = () => served.call('/api/credentials', { role: 'analyst' }, balancer.headers('ana'));
      const waiting = timed(call);

      // While that one waits, who needs nothing from outside is answered at once, and so is who needs something else.
      const health = await fetch(`${served.origin}/healthz`);
      expect(health.status).toBe(200);
      if (service === 'sts') {
        const whoami = await timed(() => served.call('/api/whoami', {}, balancer.headers('ana')));
        expect(whoami.answer.status).toBe(200);
        expect(whoami.waited).toBeLessThan(2_000);
      }

      const { answer, body, waited } = await waiting;
      expect(waited).toBeLessThan(BOUND);
      if (service === 'sts' && mood === 'babbling') {
        // It answers, and with 200: that is an endpoint that is none, and nobody's patience helps.
        expect([answer.status, body['code']]).toEqual([502, 'mint_misconfigured']);
      } else {
        expect([answer.status, body['code']]).toEqual([503, 'mint_unavailable']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(String(body['message'])).toMatch(/[.]$/);
      expect(String(body['next_step'])).toMatch(/[.]$/);
      await expect.poll(() => served.log, 'the reference is in the log').toContain(String(body['reference']));

      await mend(spoilt);
      // A provider that failed is asked again after a pause, so that its outage is not made worse.
      await expect
        .poll(async () => (await call()).status, { timeout: 40_000, intervals: [100, 1_000, 2_000, 5_000] })
        .toBe(200);
    });
  }
}

test('nobody is asked at the start, nor by health checks', async ({ world }) => {
  for (const path of ['/healthz', '/readyz', '/vestibule.js']) expect((await fetch(world.served.origin + path)).status).toBe(200);
  expect([world.balancer.keys.asked, world.balancer.provider.asked, world.sts.asked]).toEqual([[], [], []]);
});

test('a crowd that waits for a key server waits once, and asks once', async ({ world }) => {
  const { balancer, served } = world;
  balancer.keys.mood = 'silent';
  const begun = performance.now();
  const crowd = await Promise.all(Array.from({ length: 30 }, () => served.call('/api/whoami', {}, balancer.headers('ana'))));
  expect(performance.now() - begun).toBeLessThan(BOUND);
  expect(new Set(crowd.map((answer) => answer.status))).toEqual(new Set([503]));
  expect(balancer.keys.asked).toHaveLength(1);
});

test('a key that is known survives the key server', async ({ world }) => {
  const { balancer, served } = world;
  expect((await served.call('/api/whoami', {}, balancer.headers('ana'))).status).toBe(200);
  await Promise.all([balancer.keys.stop(), balancer.provider.stop()]);
  expect((await served.call('/api/whoami', {}, balancer.headers('ana'))).status).toBe(200);
});

test('a page says what is wrong and offers to try again', async ({ world, page }) => {
  await world.balancer.keys.stop();
  const answer = await page.goto(world.balancer.signInAddress('ana', '/browse'));
  expect(answer?.status()).toBe(503);
  await page.locator('html[data-hydrated]').waitFor({ state: 'attached' });
  await expect(page.getByRole('heading', { name: 'A service does not answer', level: 2 })).toBeVisible();
  await mend(world.balancer.keys);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: /Ana Pires/ })).toBeVisible();
});
