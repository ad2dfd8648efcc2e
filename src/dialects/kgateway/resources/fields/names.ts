import { text } from '../schema/build.ts'

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'
const HEADER = "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$"

/** `gateway.networking.k8s.io`, or empty for the core group. */
export const group = () => text({ max: 253, pattern: `^$|^${SUBDOMAIN}$` })
export const kind = () => text({ min: 1, max: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' })
export const objectName = () => text({ min: 1, max: 253 })
export const namespace = () => text({ min: 1, max: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' })
/** A listener's or a route rule's name, and what points at one. */
export const sectionName = () => text({ min: 1, max: 253, pattern: `^${SUBDOMAIN}$` })
/** `kgateway.dev/kgateway`. */
export const controllerName = () =>
  text({ min: 1, max: 253, pattern: `^${SUBDOMAIN}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$` })
export const hostname = () => text({ min: 1, max: 253, pattern: `^(\\*\\.)?${SUBDOMAIN}$` })
export const preciseHostname = () => text({ min: 1, max: 253, pattern: `^${SUBDOMAIN}$` })
export const headerName = () => text({ min: 1, max: 256, pattern: HEADER })
export const DNS_SUBDOMAIN = SUBDOMAIN
