/**
 * What the engine writes to the database: a head of one line, which the database may read too, and
 * below it the user's value, which only the engine reads.
 *
 *     highway/2 kind=attempt state=parked status=parked circuit=bank attempt=1 at=1893456000000 ms=0
 *     {"json": "of the value or the error"}
 *
 * A head consists of ASCII words without spaces, whatever their content. So the database can find a
 * field at any position, and never has to parse anything.
 */
export class JournalRecord {
  readonly kind: RecordKind;
  readonly fields: RecordFields;
  /** Encoded values; empty if the record has none. */
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
  | 'children'
  | 'compensating'
  | 'signal'
  | 'published'
  | 'input'
  | 'output'
  | 'failure'
  | 'other';

const kinds: readonly string[] = [
  'attempt',
  'sleep',
  'children',
  'compensating',
  'signal',
  'published',
  'input',
  'output',
  'failure',
  'other',
] satisfies RecordKind[];

/** The fields of a head. While it is a run's last entry, `status` and `until` are those of the run. */
export type RecordFields = Readonly<Record<string, string | number | undefined>>;

/** Whether a text from the database claims to be a record of any version. */
export function isRecordText(text: string): boolean {
  return text.startsWith('highway/');
}

/** Parses a record; `undefined` if the text isn't one, or has an unknown version. */
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

/** Escapes a string as a word of a head: all but plain ASCII becomes four hex digits a code unit. */
export function escapeWord(text: string): string {
  const cut = text.length > longestWord ? `${text.slice(0, longestWord)}…` : text;
  return cut.replace(
    /[^\w.:/-]/g,
    (unit) =>
      // Without the u flag, a surrogate pair is two units.
      `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// Queries read the first 2,048 characters of a record. Only the name of a circuit can be this long.
const longestWord = 300;

/** Restores the string; a long one has been cut. */
export function unescapeWord(word: string): string {
  return word.replace(/%([0-9a-f]{4})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}
