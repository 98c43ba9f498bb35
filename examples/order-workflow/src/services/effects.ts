/** What services do for an order: each of these must happen once, or not at all. */
export const effects = ['reserve', 'charge', 'ship', 'refund', 'release'] as const;

/** One of the things that services do. */
export type Effect = (typeof effects)[number];

/** The services, and what each of them does. */
export const services = {
  stock: ['reserve', 'release'],
  bank: ['charge', 'refund'],
  shipping: ['ship'],
} as const satisfies Readonly<Record<string, readonly Effect[]>>;

/** One of the services. */
export type ServiceName = keyof typeof services;

/** Where each service listens. */
export type ServiceUrls = Readonly<Record<ServiceName, string>>;
