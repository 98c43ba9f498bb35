/** Throws for a value that a server's configuration cannot contain, and names it. */
export function checkConfig(config: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(config)) {
    if (name === 'port') throw new TypeError('config.port: give the port as the option port');
    if (typeof value !== 'string') {
      throw new TypeError(`config.${name} must be a string, but is ${typeof value}`);
    }
  }
}
