import { messageOf } from '../../errors.ts';
import { toJson } from './json.ts';

const longestPreview = 72;

/** A value on one line, cut where it is long. */
export function preview(value: unknown): string {
  if (value === undefined) return '';
  const text = oneLine(typeof value === 'string' ? JSON.stringify(value) : toJson(value, false));
  const characters = Array.from(text);
  if (characters.length <= longestPreview) return text;
  return `${characters.slice(0, longestPreview - 1).join('')}…`;
}

/** An error on one line: what it is called, and what it says. */
export function errorLine(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  const title = typeof name === 'string' && name !== '' ? `${name}: ` : '';
  const mark = typeof code === 'string' ? ` (${code})` : '';
  return oneLine(`${title}${messageOf(error)}${mark}`);
}

/**
 * Without line breaks and control characters: what stands in runs was written by others, and must
 * not steer the terminal of those who look at it.
 */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '�');
}
