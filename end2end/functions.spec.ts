// Invoking functions: results, their own failures, Lambda's refusals, and bad JSON that never leaves the page.

import { expect, test } from './portal';

const at = (name: string, role = 'analyst'): string => `/functions?role=${role}&name=${name}`;

test('echo gives back what was sent, with time, price and log @phone', async ({ functions, page, signIn }) => {
  await signIn('analyst', '/functions?role=analyst');
  await expect(functions.list.getByRole('link')).toHaveText(['echo', 'word-count', 'fail', 'slow', 'forbidden']);
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
