/**
 * What the engine writes, as text: a head of one line, in which everybody may read, and below it what
 * is the user's, which nobody but the engine reads.
 *
 *     highway/2 kind=attempt state=parked stands=parked circuit=bank attempt=1 at=1893456000000 ms=0
 *     {"json": "of the value or the error"}
 *
 * A head is words of ASCII without spaces, whatever stands in them; so the database can look for one
 * of its fields, wherever that is, and never has to parse anything.
 */
export class JournalRecord {
  readonly kind: RecordKind;
  readonly fields: RecordFields;
  /** What an `encodeValue` gave, or what is made of such; empty where there is nothing. */
  readonly body: string;

  constructor(kind: RecordKind, fields: RecordFields, body = '') {
    this.kind = kind;
    this.fields = fields;
    this.body = body;
  }

  /** The text that the database keeps. */
  get text(): string {
    const words = Object.entries(this.fields).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}=${escapeWord(String(value))}`],
    );
    return `${[recordVersion, `kind=${this.kind}`, ...words].join(' ')}\n${this.body}`;
  }
}

/** The first word of each record. */
export const recordVersion = 'highway/2';

export type RecordKind =
  | 'attempt'
  | 'sleep'
  | 'branches'
  | 'undoing'
  | 'signal'
  | 'published'
  | 'input'
  | 'output'
  | 'failure'
  | 'other';

const kinds: readonly string[] = [
  'attempt',
  'sleep',
  'branches',
  'undoing',
  'signal',
  'published',
  'input',
  'output',
  'failure',
  'other',
] satisfies RecordKind[];

/** The fields of a head. `stands` and `until` say where a run stands whose last entry it is. */
export type RecordFields = Readonly<Record<string, string | number | undefined>>;

/** Whether a text of the database claims to be a record of any version. */
export function isRecordText(text: string): boolean {
  return text.startsWith('highway/');
}

/** Reads a record; `undefined` where the text is none, or one of a version that is not known here. */
export function parseRecord(text: string): JournalRecord | undefined {
  const end = text.indexOf('\n');
  const [version, ...words] = text.slice(0, Math.max(0, end)).split(' ');
  if (version !== recordVersion) return undefined;
  const { kind = '', ...fields } = Object.fromEntries(
    words.map((word) => {
      const [key, value = ''] = word.split('=');
      return [key!, unescapeWord(value)];
    }),
  );
  if (!kinds.includes(kind)) return undefined;
  return new JournalRecord(kind as RecordKind, fields, text.slice(end + 1));
}

/** Text as a word of a head: what is not plain ASCII stands as four digits for each code unit. */
export function escapeWord(text: string): string {
  const cut = text.length > longestWord ? `${text.slice(0, longestWord)}…` : text;
  return cut.replace(
    /[^\w.:/-]/g,
    (unit) =>
      // Without the u flag: a pair of surrogates are two.
      `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// Lists look at the first 2,048 characters; nothing but the name of a circuit is that long.
const longestWord = 300;

/** The text again; a long one is cut. */
export function unescapeWord(word: string): string {
  return word.replace(/%([0-9a-f]{4})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
