/** The longest time that a header can ask for: as far as a date reaches. */
const longestMs = 8.64e15;

/** Numbers from here on are seconds since the epoch, and not a number of seconds: those would be 31 years. */
const firstEpochSeconds = 1e9;
/** Numbers from here on are milliseconds since the epoch. */
const firstEpochMs = 1e12;

/** The time in ms that a number in a header stands for: seconds from now, or a moment since the epoch. */
export function secondsOrEpoch(value: number, wallNow: number): number {
  if (value >= firstEpochMs) return until(value, wallNow);
  if (value >= firstEpochSeconds) return until(value * 1_000, wallNow);
  return value * 1_000;
}

/** The time in ms from now until a moment; 0 if it has passed. */
export function until(moment: number, wallNow: number): number {
  return Math.min(Math.max(0, moment - wallNow), longestMs);
}

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const month = `(${months.replace(/...(?!$)/g, '$&|')})`;
const time = '(\\d\\d):(\\d\\d):(\\d\\d)';
/** The three forms of a date in HTTP. `Date.parse` would read almost anything as a date. */
const preferred = new RegExp(`^${day}, (\\d\\d) ${month} (\\d{4}) ${time} GMT$`);
const rfc850 = new RegExp(`^${day}[a-z]{3,6}, (\\d\\d)-${month}-(\\d\\d) ${time} GMT$`);
const asctime = new RegExp(`^${day} ${month} ([ \\d]\\d) ${time} (\\d{4})$`);

/** Reads a date in one of the forms of HTTP, as ms since the epoch; `undefined` if it is none. */
export function readDate(value: string, wallNow: number): number | undefined {
  const found = preferred.exec(value);
  if (found !== null) return dateOf(found[3]!, found[2]!, found[1]!, found.slice(4));
  const old = rfc850.exec(value);
  if (old !== null) {
    const read = (century: number): number | undefined =>
      dateOf(String(century + Number(old[3])), old[2]!, old[1]!, old.slice(4));
    // Two digits: a year that seems to be more than 50 years in the future is one in the past.
    const year = new Date(wallNow).getUTCFullYear();
    const century = year - (year % 100);
    return read(century + Number(old[3]) > year + 50 ? century - 100 : century);
  }
  const unix = asctime.exec(value);
  return unix === null ? undefined : dateOf(unix[6]!, unix[1]!, unix[2]!, unix.slice(3, 6));
}

function dateOf(
  year: string,
  monthName: string,
  dayOfMonth: string,
  [hours, minutes, seconds]: readonly string[],
): number | undefined {
  const at = Date.UTC(
    Number(year),
    months.indexOf(monthName) / 3,
    Number(dayOfMonth),
    Number(hours),
    Number(minutes),
    Number(seconds),
  );
  // `Date.UTC` reads the 31st of February as a day in March, and years below 100 as those of 1900 on.
  const date = new Date(at);
  const real = date.getUTCDate() === Number(dayOfMonth) && date.getUTCFullYear() === Number(year);
  return real && Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) <= 60
    ? at
    : undefined;
}
