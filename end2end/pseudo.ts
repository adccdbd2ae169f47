// What a page says outside of brackets while it is in the pseudo-locale: text that never went through the catalogue.

import type { Page } from '@playwright/test';

/** Data and names, which are the same in every language. Each may stand alone, or between blanks and marks. */
const data = [
  // Numbers, sizes, times of the day, spans, percentages, dates as Intl writes them.
  /\d+([.,:]\d+)*/,
  /(B|kB|MB|GB|TB|s|ms|µs|min|h|%|AM|PM|UTC|GMT([+-]\d+)?|Coordinated Universal Time|at)/,
  /(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*/,
  /(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day/,
  /(in )?\d+ (second|minute|hour|day|week|month|year)s?( ago)?|now|yesterday|tomorrow|(last|this|next) (minute|hour|week|month|year)/,
  // The portal's name, languages by their own names, keys of the keyboard.
  /Vestibule|English|Deutsch|⌘|⏎/,
  // What is written on keys that bear no word.
  /[↑↓←→⌥⇧⌫⌦?]|(?<!\p{L})[a-z](?!\p{L})|F2/u,
  // Initials.
  /(?<!\p{L})[A-Z]{1,2}(?!\p{L})/u,
  // AWS's names.
  /Cognito|STS|S3|web-identity|assume-role|identity-pool|self-issued|[a-z]{2}-[a-z]+-\d|Standard( IA)?|Onezone IA|Glacier( IR)?|Intelligent Tiering|AES256|arn:aws:\S+|(ASIA|AKIA)\w+/,
  // Formats and encodings.
  /ASCII|UTF-(8|16[BL]E)|windows-\d+|CSV|TSV|JSON( Lines)?|HTML|XML|Parquet/,
  // Codes of errors and what stands for a refusal.
  /[A-Z][A-Za-z]+(Denied|Error|Exception|Down|Failed|Refused)|[a-z]+(_[a-z]+)+|[A-Z0-9]{12,}|(?=\w*\d)[a-z0-9]{12,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[\w-]*\d)[\w-]{24,}/,
];

/** Elements that hold nothing but data: names of rows, keys, what a function answered, the JSON of the page. */
const holders = 'script, style, noscript, pre, code, textarea, bdi, .mono, .preview__table td, .preview__table th[scope=col]:not(:first-child), .entry__name, .transfers__name, .who__name, .role__title, .function__arn, .outcome__error strong, .menu__key, .rows__name, .rows__rule, [lang=en], [data-data]';

/** The texts, names, titles and hints that are neither in brackets nor data. */
export async function outsideOfBrackets(page: Page, known: RegExp[] = []): Promise<string[]> {
  const { texts, names } = await page.evaluate((holders) => {
    const found: string[] = [document.title];
    const names = [...document.querySelectorAll(holders)].map((holder) => (holder.textContent ?? '').trim()).filter((name) => name.length > 1);
    const take = (text: string | null): void => {
      if (text?.trim()) found.push(text.trim());
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node instanceof Element ? node : node.parentElement;
      if (!element || element.closest(holders)) continue;
      if (node instanceof Text) {
        if (element.checkVisibility() || element.closest('option')) take(node.textContent);
        continue;
      }
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'aria-description', 'aria-valuetext']) take(element.getAttribute(name));
    }
    // Everything that /api/whoami says is data: people, groups, roles, buckets, functions.
    const gather = (value: unknown): void => {
      if (typeof value === 'string' && value.length > 1) names.push(value);
      else if (value && typeof value === 'object') Object.values(value).forEach(gather);
    };
    gather(JSON.parse(document.querySelector('#viewer')?.textContent ?? 'null'));
    return { texts: found, names: names.filter((name) => !name.includes('⟦')) };
  }, holders);
  const allowed = [...data, ...known].map((pattern) => pattern.source).join('|');
  const whole = new RegExp(`^(?:(?:${allowed})|[\\s\\u00a0·.,:;/()+–—…-])*$`, 'u');
  // Names stand in hints and labels too. The longest first: one may be a part of another.
  const without = (text: string): string => names.reduce((rest, name) => rest.replaceAll(name, ' '), withoutBrackets(text));
  names.sort((one, other) => other.length - one.length);
  return [...new Set(texts)].filter((text) => !whole.test(withoutBrackets(text)) && !whole.test(without(text)));
}

/** What is left of a text when everything in brackets is taken out, brackets in brackets too. */
export function withoutBrackets(text: string): string {
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/⟦[^⟦⟧]*⟧/gu, ' ');
  }
  return text;
}
