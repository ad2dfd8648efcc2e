import { group, hostname, kind, objectName, preciseHostname, sectionName } from '../fields/names.ts'
import { absent, localObject, sectionsApart } from '../fields/references.ts'
import { list, map, object, oneOf, required, text } from '../schema/build.ts'
import { rule } from '../schema/rule.ts'

const URI = '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?'
const WELL_KNOWN =
  '^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$'

const subjectAltName = () =>
  object(
    {
      type: required(oneOf('Hostname', 'URI')),
      hostname: hostname(),
      uri: text({ min: 1, max: 253, pattern: URI }),
    },
    rule(
      'SubjectAltName element must contain Hostname, if Type is set to Hostname',
      ({ type, hostname }) => type !== 'Hostname' || !absent(hostname),
    ),
    rule(
      'SubjectAltName element must not contain Hostname, if Type is not set to Hostname',
      ({ type, hostname }) => type === 'Hostname' || absent(hostname),
    ),
    rule(
      'SubjectAltName element must contain URI, if Type is set to URI',
      ({ type, uri }) => type !== 'URI' || !absent(uri),
    ),
    rule(
      'SubjectAltName element must not contain URI, if Type is not set to URI',
      ({ type, uri }) => type === 'URI' || absent(uri),
    ),
  )

const target = () =>
  object({
    group: required(group()),
    kind: required(kind()),
    name: required(objectName()),
    sectionName: sectionName(),
  })

/** How the gateway speaks TLS to a Service or Backend, and whom it takes at the other end. */
export const backendTlsPolicySpec = object({
  targetRefs: required(list(target(), { min: 1, max: 16 }, ...sectionsApart('targetRefs', 'target'))),
  validation: required(
    object(
      {
        caCertificateRefs: list(localObject(), { max: 8 }),
        hostname: required(preciseHostname()),
        subjectAltNames: list(subjectAltName(), { max: 5 }),
        wellKnownCACertificates: text({ min: 1, max: 253, pattern: WELL_KNOWN }),
      },
      rule(
        'must not contain both CACertificateRefs and WellKnownCACertificates',
        ({ caCertificateRefs = [], wellKnownCACertificates }) =>
          caCertificateRefs.length === 0 || absent(wellKnownCACertificates),
      ),
      rule(
        'must specify either CACertificateRefs or WellKnownCACertificates',
        ({ caCertificateRefs = [], wellKnownCACertificates }) =>
          caCertificateRefs.length > 0 || !absent(wellKnownCACertificates),
      ),
    ),
  ),
  options: map(text({ min: 0, max: 4096 }), { max: 16 }),
})
