// A function that is run on objects: a result for each, trying again, stopping, throttling.

import { readFile } from 'node:fs/promises';
import { type Page } from '@playwright/test';
import { Operations } from './pages/operations';
import { expect, place, test as base } from './portal';

const test = base.extend<{ operations: Operations }>({
  operations: async ({ page }, use) => use(new Operations(page)),
});

async function run(page: Page, operations: Operations, name: string, template?: string): Promise<void> {
  await operations.ask('Run a function…');
  const dialog = operations.dialog;
  await dialog.getByRole('combobox', { name: 'Function' }).selectOption(name);
  if (template !== undefined) await dialog.getByRole('textbox', { name: 'Payload for each object' }).fill(template);
  await dialog.getByRole('button', { name: /^Run on \d+ objects?$/ }).click();
  await expect(dialog).toBeHidden();
}

test('words are counted in each of several objects, and the results saved @phone', async ({ operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('objects');
  await operations.choose('plan.txt', 'handbook.md');
  await run(page, operations, 'word-count');
  await expect(operations.runs).toContainText('2 of 2 done');
  await operations.runs.getByRole('button', { name: 'Show results' }).click();
  await expect(operations.runs.getByText('team/plan.txt')).toBeVisible();
  await expect(operations.runs).toContainText('"words":12');
  const download = page.waitForEvent('download');
  await operations.runs.getByRole('button', { name: /^Save results/ }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('word-count.results.jsonl');
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ key, state }) => [key, state])).toEqual([['team/handbook.md', 'done'], ['team/plan.txt', 'done']]);
  expect(lines[1]?.['result']).toMatchObject({ words: 12 });
});

test('a key never leaves its text', async ({ operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'odd-names'));
  await browse.complete('objects');
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await run(page, operations, 'echo', '{"key": "${key}", "etag": "${etag}", "size": "${size}"}');
  await expect(operations.runs).toContainText(/(\d+) of \1 done/);
  const download = page.waitForEvent('download');
  await operations.runs.getByRole('button', { name: /^Save results/ }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line) as { key: string; result: { key: string; etag: string; size: number } });
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.some(({ key }) => /["\n\\]/.test(key)), 'some of them are odd').toBe(true);
  for (const { key, result } of lines) {
    expect(result.key).toBe(key);
    expect(Object.keys(result).sort()).toEqual(['etag', 'key', 'size']);
    expect(result.etag).not.toContain('"');
    expect(typeof result.size).toBe('number');
  }
});

test('what fails says why, and is tried again alone', async ({ operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('objects');
  await operations.choose('plan.txt', 'handbook.md');
  await run(page, operations, 'fail');
  await expect(operations.runs).toContainText('0 of 2 done · 2 failed');
  await expect(operations.runs.getByText('function error: ValueError: This function always fails').first()).toBeVisible();
  await operations.runs.getByRole('button', { name: /^Try 2 again/ }).click();
  await expect(operations.runs).toContainText('0 of 2 done · 2 failed');
  await operations.runs.getByRole('button', { name: /^Dismiss/ }).click();
  await expect(operations.runs).toHaveCount(0);
});

test('a run is stopped, and its rest run later', async ({ operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('objects');
  await operations.choose('plan.txt', 'handbook.md');
  await operations.ask('Run a function…');
  await operations.dialog.getByRole('combobox', { name: 'At the same time' }).selectOption('1');
  await page.keyboard.press('Escape');
  await expect(operations.dialog).toBeHidden();
  await run(page, operations, 'slow', '{"seconds": 30}');
  await operations.runs.getByRole('button', { name: 'Show results' }).click();
  await expect(operations.runs).toContainText('team/handbook.md runs');
  await expect(operations.runs, 'one at a time').toContainText('team/plan.txt waits');
  await operations.runs.getByRole('button', { name: /^Stop/ }).click();
  await expect(operations.runs).toContainText('0 of 2 done · 1 stopped');
  await expect(operations.runs).toContainText('team/plan.txt not run');
  await expect(operations.runs.getByRole('button', { name: /^Try 2 again/ })).toBeVisible();
});

test('throttling is waited out in sight', async ({ complaints, operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('objects');
  await operations.choose('plan.txt');
  complaints.foresee(/status of 429/);
  await run(page, operations, 'busy', '{"refusals": 3}');
  await operations.runs.getByRole('button', { name: 'Show results' }).click();
  await expect(operations.runs).toContainText('1 throttled, tried again');
  await expect(operations.runs).toContainText('1 of 1 done', { timeout: 20_000 });
});

test('a template says what is wrong with it, and a role without functions has no such action', async ({ operations, browse, page, signIn }) => {
  await signIn('analyst', place('analyst', 'reports', 'team/'));
  await browse.complete('objects');
  await operations.choose('plan.txt');
  await operations.ask('Run a function…');
  const template = operations.dialog.getByRole('textbox', { name: 'Payload for each object' });
  await template.fill('{"key": "${name}"}');
  await expect(template).toHaveAccessibleDescription(/There is no place \$\{name\}\./);
  await expect(operations.dialog.getByRole('button', { name: 'Run on 1 object' })).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');
  await page.goto(place('uploader', 'versioned'));
  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await operations.more.click();
  await expect(operations.menu.getByRole('button', { name: 'Copy…' })).toBeVisible();
  await expect(operations.menu.getByRole('button', { name: 'Run a function…' })).toHaveCount(0);
});
