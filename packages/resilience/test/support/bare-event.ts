/** An event without what all events have in common: whose it is, and when it came. */
export function bare(event: object): Record<string, unknown> {
  const common = ['policy', 'policyName', 'at'];
  return Object.fromEntries(Object.entries(event).filter(([key]) => !common.includes(key)));
}
