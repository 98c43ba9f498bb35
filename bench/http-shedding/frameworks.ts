/** The frameworks that the load goes through. */
export const frameworks = ['node', 'express', 'fastify', 'hono'] as const;
export type Framework = (typeof frameworks)[number];
