// Invoking functions: results, their own failures, Lambda's refusals, and bad JSON that never leaves the page.

import { readFile } from 'node:fs/promises';
import { expect, test } from './portal';

const at = (name: string, role = 'analyst'): string => `/functions?role=${role}&name=${name}`;

test('echo gives back what was sent, with time, price and log @phone', async ({ functions, page, signIn }) => {
  await signIn('analyst', '/functions?role=analyst');
  await expect(functions.list.getByRole('link')).toHaveText(['echo', 'word-count', 'fail', 'slow', 'forbidden', 'count', 'buffered', 'busy', 'picture']);
  await expect(functions.result).toContainText('Nothing invoked yet');
  await functions.call('{"number": 12345678901234567890.10, "text": "grün 🧭"}');
  await expect(functions.result).toContainText('200');
  await expect(functions.result).toContainText(/billed \d+ ms/);
  await expect(functions.result).toContainText(/\d+ of 128 MB/);
  await expect(functions.result).toContainText('"text": "grün 🧭"');
  await expect(functions.result.getByText('REPORT RequestId')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'End of the log' })).toBeVisible();
});

test('by keyboard alone', async ({ functions, signIn, page }) => {
  await signIn('analyst', at('echo'));
  await functions.payload.fill('[1]');
  await functions.payload.press('Control+Enter');
  await expect(functions.result).toContainText('200');
  await expect(page.getByRole('status').filter({ hasText: 'The function answered after' })).toBeAttached();
});

test('the shortcut is called as on the device', async ({ functions, signIn, page }) => {
  const shown = async (text: string) => {
    await signIn('analyst', at('echo'));
    await expect(functions.invoke).toHaveText(text);
  };
  await shown('InvokeCtrl ⏎');
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'MacIntel' }));
  await shown('Invoke⌘ ⏎');
});

test('word-count reads an object of S3', async ({ functions, signIn, page }) => {
  await signIn('analyst', at('echo'));
  await functions.list.getByRole('link', { name: 'word-count' }).click();
  await expect(page).toHaveURL(at('word-count'));
  await functions.call('{"bucket": "reports", "key": "team/plan.txt"}');
  await expect(functions.result).toContainText('"words": 12');
  await expect(functions.result).toContainText('"lines": 3');
  await expect(functions.result).toContainText('"bytes": 75');
  await functions.call('{"bucket": "reports", "key": "team/none.txt"}');
  await expect(functions.result).toContainText('NoSuchKey');
});

test("a function's own error is shown as its own @phone", async ({ functions, signIn }) => {
  await signIn('analyst', at('fail'));
  await functions.call('{}');
  await expect(functions.result).toContainText('function error');
  await expect(functions.result).toContainText('Lambda and the portal did their part.');
  await expect(functions.result).toContainText('ValueError: This function always fails, so that its failure can be seen.');
  await expect(functions.result.getByText('Traceback')).toBeVisible();
});

test('an event is queued, and a permission only checked', async ({ functions, frame, page, signIn }) => {
  const sent: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().includes('/functions/echo/')) sent.push(request.headers()['x-amz-invocation-type']);
  });
  await signIn('analyst', at('echo'));
  await functions.call('{"a": 1}', 'Queue, without a result');
  await expect(functions.invoke).toHaveText(/^Queue/);
  await expect(frame.notice('The event is queued')).toBeVisible();
  await expect(functions.result).toContainText('202 queued');
  await functions.call('{"a": 1}', 'Check permission only');
  await expect(frame.notice('You may invoke this function')).toContainText('Nothing has run');
  await expect(functions.result).toContainText('204 allowed');
  expect(sent).toEqual(['Event', 'DryRun']);
  // What was chosen for one function is not what is done with the next.
  await functions.list.getByRole('link', { name: 'slow' }).click();
  await expect(functions.invoke).toHaveText(/^Invoke/);
});

test('an alias or a version runs as what it stands for', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await expect(functions.qualifier.getByRole('option')).toHaveText(['$LATEST (newest)', 'live', '1']);
  await functions.qualifier.selectOption('live');
  const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/functions/echo/'));
  await functions.call('{}');
  expect(new URL((await asked).url()).searchParams.get('Qualifier')).toBe('live');
  await expect(functions.result).toContainText('START RequestId');
  await expect(functions.result.locator('pre').last()).toContainText('Version: 1');
  await functions.list.getByRole('link', { name: 'word-count' }).click();
  await expect(functions.qualifier).toHaveCount(0);
});

test('a payload that Lambda would refuse for its size is not sent', async ({ functions, page, sandbox, signIn }) => {
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.url()));
  await signIn('analyst', at('echo'));
  await functions.payload.fill(`"${'x'.repeat(1_100_000)}"`);
  await expect(functions.check).toHaveText('JSON, sent as it stands');
  await functions.how.selectOption('Queue, without a result');
  await expect(functions.check).toContainText('Lambda takes 1 MB with an event that it queues');
  await functions.invoke.click({ force: true });
  await expect(functions.payload).toBeFocused();
  expect(sent.filter((url) => url.startsWith(sandbox.endpoints.lambda))).toEqual([]);
});

test('throttling is waited out in sight, hurried and given up', async ({ complaints, functions, signIn }) => {
  complaints.foresee(/status of 429/);
  await signIn('analyst', at('busy'));
  await functions.call('{"refusals": 2}');
  // Whichever is shown when somebody looks: the first pauses are short.
  await expect(functions.result).toContainText(/so it has not run\. Attempt [23] of 6 [^]*Lambda said: Rate Exceeded\./);
  await expect(functions.result).toContainText('"refusals": 2');

  const attempt = async (): Promise<number> => Number(/Attempt (\d) of 6/.exec(await functions.result.innerText())?.[1] ?? 0);
  let before = 0;
  await functions.call('{"refusals": 20}');
  await expect.poll(async () => (before = await attempt())).toBeGreaterThan(1);
  await functions.tryNow.click();
  await expect.poll(attempt).toBeGreaterThan(before);
  await functions.stopWaiting.click();
  await expect(functions.result).toContainText('You stopped waiting');
  await functions.call('{"refusals": 0}');
  await expect(functions.result).toContainText('"refusals": 0');
});

test('the log is coloured by level, and the run can be quoted', async ({ functions, signIn }) => {
  await signIn('analyst', at('fail'));
  await functions.call('{}');
  const log = functions.result.locator('pre').last();
  await expect(log.locator('.log--error')).toContainText('[ERROR] ValueError');
  await expect(log.locator('.log--error'), 'with its stack').toContainText('File "/var/task/fail.py"');
  await expect(log.locator('.log--platform').first()).toContainText('START RequestId');
  await expect(functions.result.locator('dl')).toContainText(/Request\s*[0-9a-f-]{36}/);
  await expect(functions.result.locator('dl')).toContainText(/X-Ray trace\s*1-[0-9a-f]{8}-[0-9a-f]{24}/);
});

test('a result that is no text is offered as a file @phone', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('picture'));
  await functions.call('{}');
  await expect(functions.result).toContainText('that are not text: save them as a file');
  const download = page.waitForEvent('download');
  await functions.save.click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('picture.bin');
  const bytes = await readFile(await file.path());
  expect(bytes.subarray(0, 4)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
});

test('a body in base64 is saved as it was before', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await functions.call('{"statusCode": 200, "isBase64Encoded": true, "body": "AP+A"}');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save its body' }).click();
  expect(await readFile(await (await download).path())).toEqual(Buffer.from([0x00, 0xff, 0x80]));
});

test('a streamed answer is seen before its last piece is made @phone', async ({ functions, signIn }) => {
  await signIn('analyst', at('count'));
  await functions.call('{"to": 3, "seconds": 2}', 'Stream the result');
  await expect(functions.result.locator('pre').first()).toContainText('"count":1');
  const seen = Date.now();
  await expect(functions.result).toContainText(/so far in 1 piece/);
  await expect(functions.result).toContainText('200');
  await expect(functions.result).toContainText('3 pieces');
  const lines = (await functions.result.locator('pre').first().innerText()).trim().split('\n').map((line) => JSON.parse(line) as { count: number; made: number });
  expect(lines.map(({ count }) => count)).toEqual([1, 2, 3]);
  expect(seen, 'the first was seen before the last was made').toBeLessThan(lines[2]?.made ?? 0);
  await expect(functions.result.locator('pre').last()).toContainText('3 of 3');
  await expect(functions.result).toContainText(/billed \d+ ms/);
});

test('a stream is stopped, and what has come stays', async ({ functions, signIn }) => {
  await signIn('analyst', at('count'));
  await functions.call('{"to": 1000, "seconds": 1}', 'Stream the result');
  await expect(functions.result.locator('pre').first()).toContainText('"count":2');
  await functions.stopWaiting.click();
  await expect(functions.result).toContainText('You stopped waiting');
  await expect(functions.result.locator('pre')).toContainText('"count":2');
});

test('a function that fails in the middle of its stream', async ({ functions, signIn }) => {
  await signIn('analyst', at('count'));
  await functions.call('{"to": 5, "seconds": 0, "fail_after": 2}', 'Stream the result');
  await expect(functions.result).toContainText('ValueError: It was told to stop counting.');
  await expect(functions.result.locator('pre').first()).toContainText('"count":2');
  await expect(functions.result).toContainText('function error');
});

test('where a stream is not let through, the function is invoked once, as a whole', async ({ complaints, functions, page, signIn }) => {
  complaints.foresee(/blocked by CORS policy/);
  complaints.foresee(/Failed to load resource/);
  const ran: string[] = [];
  page.on('response', (response) => {
    if (response.request().method() === 'POST' && response.url().includes('/functions/buffered/')) ran.push(new URL(response.url()).pathname);
  });
  await signIn('analyst', at('buffered'));
  for (const text of ['first', 'second']) {
    await functions.call(JSON.stringify({ text }), 'Stream the result');
    await expect(functions.result.locator('pre').first()).toContainText(text);
    await expect(functions.result).toContainText('the preflight) was refused');
  }
  expect(ran).toEqual(Array(2).fill('/2015-03-31/functions/buffered/invocations'));
});

test('waiting for a slow function can be stopped', async ({ functions, signIn }) => {
  await signIn('analyst', at('slow'));
  await functions.call('{"seconds": 20}');
  await expect(functions.result).toContainText(/running for \d/);
  await expect(functions.invoke).toHaveAttribute('aria-disabled', 'true');
  await functions.stopWaiting.click();
  await expect(functions.result).toContainText('You stopped waiting');
  await functions.call('{"seconds": 0.2}');
  await expect(functions.result).toContainText('"slept_seconds": 0.2');
});

test('a function that may not be called says who can change that @phone', async ({ functions, signIn, complaints, frame }) => {
  complaints.foresee(/status of 403/);
  await signIn('analyst', at('forbidden'));
  await functions.call('{}');
  const notice = frame.notice('The function was not invoked');
  await expect(notice).toContainText('Your role may not invoke forbidden');
  await expect(notice).toContainText('explicit deny');
  await expect(notice).toContainText('AccessDeniedException');
});

for (const { payload, line } of [
  { payload: '{\n  "a": 1,\n  b: 2\n}', line: 'Line 3, column 3: a name in double quotes should stand here.' },
  { payload: '{"a": 1,}', line: 'Line 1, column 9: a comma may not stand before the closing brace.' },
  { payload: '[1, 2', line: /^Line 1, column 6: / },
  { payload: '{} {}', line: 'Line 1, column 4: nothing may follow the value.' },
]) {
  test(`bad JSON is told by line and column, and not sent: ${JSON.stringify(payload)}`, async ({ functions, page, sandbox, signIn }) => {
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.url()));
    await signIn('analyst', at('echo'));
    await functions.payload.fill(payload);
    await expect(functions.check).toHaveText(line);
    await expect(functions.payload).toHaveAttribute('aria-invalid', 'true');
    await functions.invoke.click({ force: true });
    await expect(functions.payload).toBeFocused();
    await functions.payload.fill('{"right": true}');
    await expect(functions.check).toHaveText('JSON, sent as it stands');
    await functions.invoke.click();
    await expect(functions.result).toContainText('"right": true');
    expect(sent.filter((url) => url.startsWith(sandbox.endpoints.lambda))).toHaveLength(1);
  });
}

test('Format sets the payload out without changing a digit', async ({ functions, signIn, page }) => {
  await signIn('analyst', at('echo'));
  await functions.payload.fill('{"b":1e400,"a":[0.10]}');
  await page.getByRole('button', { name: 'Format' }).click();
  await expect(functions.payload).toHaveValue('{\n  "b": 1e400,\n  "a": [\n    0.10\n  ]\n}');
});

test('each function keeps its payload while the page is open', async ({ functions, signIn }) => {
  await signIn('analyst', at('echo'));
  await functions.payload.fill('"for echo"');
  await functions.list.getByRole('link', { name: 'fail' }).click();
  await expect(functions.payload).toHaveValue('{}');
  await functions.list.getByRole('link', { name: 'echo' }).click();
  await expect(functions.payload).toHaveValue('"for echo"');
});

test('a function that the role does not open', async ({ frame, functions, signIn }) => {
  await signIn('analyst', at('fail', 'reader'));
  await expect(frame.notice('This function is not open here')).toContainText('The role Report reader does not open the function “fail”.');
  await expect(functions.list.getByRole('link')).toHaveText(['echo']);
});
