// Events that are kept by name, and the runs of a tab.

import { readFile } from 'node:fs/promises';
import { expect, test } from './portal';

const at = (name: string, role = 'analyst'): string => `/functions?role=${role}&name=${name}`;

test('events are saved for a function, found after a reload, and deleted with a way back', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await functions.payload.fill('{"sample": 1}');
  await functions.keep('sample');
  await expect(functions.saved).toHaveValue('sample');
  await functions.payload.fill('{"other": 2}');
  await functions.keep('another');
  await page.reload();
  await expect(functions.saved.getByRole('option')).toHaveText(['Saved events', 'another', 'sample']);
  await functions.saved.selectOption('sample');
  await expect(functions.payload).toHaveValue('{"sample": 1}');
  await page.getByRole('button', { name: 'Delete the chosen event' }).click();
  await expect(functions.saved.getByRole('option')).toHaveText(['Saved events', 'another']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(functions.saved.getByRole('option')).toHaveText(['Saved events', 'another', 'sample']);
  // Another function has its own.
  await functions.list.getByRole('link', { name: 'slow' }).click();
  await expect(functions.saved.getByRole('option')).toHaveText(['No saved events']);
});

test('what looks like a secret is not saved', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  const key = ['ASIA', 'ABCDEFGHIJKLMNOP'].join('');
  for (const [payload, told] of [
    [`{"id": "${key}"}`, 'an AWS access key id'],
    ['{"db": {"password": "hunter2"}}', 'the member “password”'],
  ] as const) {
    await functions.payload.fill(payload);
    await functions.keep('secret');
    await expect(page.getByText(`it looks as if it held a secret: ${told}`).first()).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
  }
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(kept).not.toContain(key);
  expect(kept).not.toContain('hunter2');
});

test('events are carried about as files', async ({ functions, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await functions.payload.fill('{"a": 0.10}');
  await functions.keep('exact');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export the events as a file' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('echo.events.json');
  const content = await readFile(await file.path(), 'utf8');
  expect(content).toBe('{\n  "exact": {\n    "a": 0.10\n  }\n}');
  await functions.list.getByRole('link', { name: 'slow' }).click();
  await expect(functions.saved.getByRole('option')).toHaveText(['No saved events']);
  const give = async (text: string) => {
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Import events from a file' }).click();
    await (await chooser).setFiles({ name: 'some.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  };
  await give(content);
  await expect(functions.saved.getByRole('option')).toHaveText(['Saved events', 'exact']);
  await give('{"exact": 2}');
  await expect(functions.saved.getByRole('option'), 'nothing is replaced').toHaveText(['Saved events', 'exact', 'exact (2)']);
  await give('[1, 2]');
  await expect(page.getByText('This file holds no events.').first()).toBeVisible();
});

test('the runs of the tab are there after another page was shown, and two results are compared @phone', async ({ functions, frame, page, signIn }) => {
  await signIn('analyst', at('echo'));
  await functions.call('{"same": 1, "size": 320}');
  await expect(functions.runs).toHaveCount(1);
  await functions.call('{"same": 1, "size": 640}');
  await expect(functions.runs).toHaveCount(2);
  await expect(functions.difference).toContainText('-   "size": 320');
  await expect(functions.difference).toContainText('+   "size": 640');
  await frame.sections.getByRole('link', { name: 'Browse' }).click();
  await expect(page).toHaveURL(/browse/);
  await frame.sections.getByRole('link', { name: 'Functions' }).click();
  await expect(functions.runs).toHaveCount(2);
  await page.getByRole('button', { name: /^Use the payload of run/ }).last().click();
  await expect(functions.payload).toHaveValue('{"same": 1, "size": 320}');
  await functions.invoke.click();
  await expect(functions.runs).toHaveCount(3);
  await page.getByRole('combobox', { name: 'The first run to compare' }).selectOption({ index: 2 });
  await expect(page.getByText('The results are the same.')).toBeVisible();
});
