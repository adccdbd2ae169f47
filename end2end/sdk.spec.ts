// The question that started this project, as a page of one's own: "After the balancer has signed the person in, how does
// JavaScript in the browser get temporary credentials, so that the AWS SDK can list a bucket and call a Lambda function?"
import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { openPlainPage } from './plain-page';
import { expect, test } from './portal';

/** What a script shows is in here. */
const OUT = '#out';

test('the AWS SDK lists the bucket and calls the function, with vestibuleCredentials', async ({ page, sandbox, complaints }) => {
  const { balancer, s3, lambda } = sandbox.endpoints;
  complaints.foresee(/status of 403/);
  const minted: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/api/credentials')) minted.push(request.method());
  });
  await page.goto(`${balancer}/sandbox/sign-in?as=analyst&to=/signed-out`);
  await openPlainPage(
    page,
    balancer,
    `
    import { S3Client, ListObjectsV2Command, GetObjectCommand } from '@aws-sdk/client-s3';
    import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';
    import { vestibuleCredentials } from '/vestibule.js';

    const credentials = vestibuleCredentials({ role: 'analyst' });
    const region = 'eu-west-1';
    const s3 = new S3Client({
      region, credentials, endpoint: '${s3}', forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const lambda = new LambdaClient({ region, credentials, endpoint: '${lambda}' });

    const [listed, invoked] = await Promise.all([
      s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/', Delimiter: '/' })),
      lambda.send(new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify({ hello: 'Lambda' }) })),
    ]);
    const refused = await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'archive/' })).catch((error) => error.name);
    document.querySelector('#out').textContent = JSON.stringify({
      folders: listed.CommonPrefixes.map((folder) => folder.Prefix),
      objects: listed.Contents.map((object) => [object.Key, object.Size]),
      answer: JSON.parse(new TextDecoder().decode(invoked.Payload)),
      status: invoked.StatusCode,
      refused,
    });
    `,
  );
  await expect(page.locator(OUT)).not.toBeEmpty();
  const shown = JSON.parse((await page.locator(OUT).textContent()) ?? '') as Record<string, unknown>;
  expect(shown['folders']).toContain('team/2026/');
  expect(shown['objects']).not.toEqual([]);
  expect(shown['answer']).toMatchObject({ hello: 'Lambda' });
  expect(shown['status']).toBe(200);
  expect(shown['refused']).toBe('AccessDenied');
  // Two clients, three requests: one mint.
  expect(minted).toEqual(['POST']);
});

test('the same by hand: four names, written differently', async ({ page, sandbox }) => {
  const { balancer, s3, lambda } = sandbox.endpoints;
  await page.goto(`${balancer}/sandbox/sign-in?as=analyst&to=/signed-out`);
  await openPlainPage(
    page,
    balancer,
    `
    import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';
    import { LambdaClient, InvokeCommand } from '@aws-sdk/client-lambda';

    const response = await fetch('/api/credentials', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ role: 'analyst' }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message + ' ' + answer.next_step);
    const credentials = {
      accessKeyId: answer.AccessKeyId,
      secretAccessKey: answer.SecretAccessKey,
      sessionToken: answer.SessionToken,
      expiration: new Date(answer.Expiration),
    };

    const s3 = new S3Client({ region: 'eu-west-1', credentials, endpoint: '${s3}', forcePathStyle: true });
    const lambda = new LambdaClient({ region: 'eu-west-1', credentials, endpoint: '${lambda}' });
    const listed = await s3.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/' }));
    const counted = await lambda.send(new InvokeCommand({
      FunctionName: 'word-count', Payload: JSON.stringify({ bucket: 'reports', key: listed.Contents[0].Key }),
    }));
    document.querySelector('#out').textContent = JSON.stringify({
      keys: listed.KeyCount,
      words: JSON.parse(new TextDecoder().decode(counted.Payload)).words,
      version: answer.Version,
      hours: (credentials.expiration - Date.now()) / 3600e3,
    });
    `,
  );
  await expect(page.locator(OUT)).not.toBeEmpty();
  const shown = JSON.parse((await page.locator(OUT).textContent()) ?? '') as Record<string, number>;
  expect(shown['keys']).toBe(1_000);
  expect(shown['words']).toBeGreaterThan(0);
  expect(shown['version']).toBe(1);
  expect(shown['hours']).toBeGreaterThan(0.9);
  expect(shown['hours']).toBeLessThanOrEqual(1);
});

test('when the credentials expire, the SDK gets others and goes on', async ({ page, sandbox }) => {
  const { balancer, s3 } = sandbox.endpoints;
  await page.goto(`${balancer}/sandbox/sign-in?as=expiring&to=/signed-out`);
  await openPlainPage(
    page,
    balancer,
    `
    import { S3Client, ListObjectsV2Command } from '@aws-sdk/client-s3';
    import { vestibuleCredentials } from '/vestibule.js';

    const client = new S3Client({
      region: 'eu-west-1', endpoint: '${s3}', forcePathStyle: true, maxAttempts: 1,
      credentials: vestibuleCredentials({ role: 'brief' }),
    });
    window.list = async () => {
      const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }));
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = await client.config.credentials();
      return { KeyCount, accessKeyId, secretAccessKey, sessionToken, expiration: expiration.getTime() };
    };
    document.querySelector('#out').textContent = 'ready';
    `,
  );
  await expect(page.locator(OUT)).toHaveText('ready');
  interface Listed {
    KeyCount: number;
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string;
    expiration: number;
  }
  const list = () => page.evaluate(() => (window as unknown as { list: () => Promise<Listed> }).list());
  const first = await list();
  expect(first.KeyCount).toBeGreaterThan(0);
  expect(first.expiration - Date.now()).toBeLessThanOrEqual(20_000);

  await page.waitForTimeout(first.expiration - Date.now() + 1_500);
  // Those are dead: whoever went on with them would be refused.
  const { accessKeyId, secretAccessKey, sessionToken } = first;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const stale = new S3Client({ region: 'eu-west-1', endpoint: s3, forcePathStyle: true, maxAttempts: 1, credentials });
  await expect(stale.send(new ListObjectsV2Command({ Bucket: 'reports', Prefix: 'team/2026/' }))).rejects.toThrow(/expired/i);

  const second = await list();
  expect(second.KeyCount).toBe(first.KeyCount);
  expect(second.accessKeyId).not.toBe(first.accessKeyId);
  expect(second.expiration).toBeGreaterThan(first.expiration);
});

test('a role that is not theirs is refused with a sentence, and asking again asks again', async ({ page, sandbox, complaints }) => {
  const { balancer } = sandbox.endpoints;
  complaints.foresee(/status of 403/);
  await page.goto(`${balancer}/sandbox/sign-in?as=outsider&to=/signed-out`);
  await openPlainPage(
    page,
    balancer,
    `
    import { vestibuleCredentials } from '/vestibule.js';
    const credentials = vestibuleCredentials({ role: 'analyst' });
    const attempt = () => credentials().then(() => 'credentials', ({ message, code, next_step }) => ({ message, code, next_step }));
    const [first, beside] = await Promise.all([attempt(), attempt()]);
    document.querySelector('#out').textContent = JSON.stringify([first, beside, await attempt()]);
    `,
  );
  await expect(page.locator(OUT)).not.toBeEmpty();
  const shown = JSON.parse((await page.locator(OUT).textContent()) ?? '') as Record<string, string>[];
  expect(shown).toHaveLength(3);
  for (const refusal of shown) {
    expect(refusal['code']).toBe('not_entitled');
    expect(refusal['message']).toMatch(/\.$/);
    expect(refusal['next_step']).toMatch(/\.$/);
  }
});

test('the module is small, and says so to every tool', async ({ sandbox }) => {
  const answer = await fetch(`${sandbox.endpoints.portal}/vestibule.js`);
  expect(answer.headers.get('content-type')).toContain('text/javascript');
  expect((await answer.arrayBuffer()).byteLength).toBeLessThan(1_000);
});
