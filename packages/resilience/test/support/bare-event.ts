/** An event without what all events have in common: whose it is, of which call, and when it came. */
export function bare(event: object): Record<string, unknown> {
  const common = ['policy', 'policyName', 'at', 'callId'];
  return Object.fromEntries(Object.entries(event).filter(([key]) => !common.includes(key)));
}
