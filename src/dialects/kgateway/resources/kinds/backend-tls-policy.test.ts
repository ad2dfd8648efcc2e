import { type RuleRow, testRules } from '../rule-rows.ts'

const target = { group: '', kind: 'Service', name: 'svc' }
const ca = { group: '', kind: 'ConfigMap', name: 'ca' }
const policy = (validation: object, targetRefs: object[] = [target]) => ({
  targetRefs,
  validation: { hostname: 'a.example', ...validation },
})
const targets = (...sections: (string | undefined)[]) =>
  policy(
    { wellKnownCACertificates: 'System' },
    sections.map((sectionName) => ({ ...target, ...(sectionName && { sectionName }) })),
  )
const named = (subjectAltName: object) =>
  policy({ wellKnownCACertificates: 'System', subjectAltNames: [subjectAltName] })
const twice = 'when targetRefs includes 2 or more references to the same target'

const nameRows = (type: 'Hostname' | 'URI', member: string, value: string, other: object): RuleRow[] => [
  [
    '.validation.subjectAltNames[0]',
    `SubjectAltName element must contain ${type}, if Type is set to ${type}`,
    named({ type }),
    named({ type, [member]: value }),
  ],
  [
    '.validation.subjectAltNames[0]',
    `SubjectAltName element must not contain ${type}, if Type is not set to ${type}`,
    named({ ...other, [member]: value }),
    named(other),
  ],
]
const uri = { type: 'URI', uri: 'spiffe://a/b' }
const host = { type: 'Hostname', hostname: '*.a.example' }

testRules('BackendTLSPolicy', [
  ['.targetRefs', `sectionName must be specified ${twice}`, targets('a', undefined), targets('a', 'b')],
  ['.targetRefs', `sectionName must be unique ${twice}`, targets('a', 'a'), targets('a', 'b')],
  [
    '.validation',
    'must not contain both CACertificateRefs and WellKnownCACertificates',
    policy({ caCertificateRefs: [ca], wellKnownCACertificates: 'System' }),
    policy({ caCertificateRefs: [ca] }),
  ],
  [
    '.validation',
    'must specify either CACertificateRefs or WellKnownCACertificates',
    policy({ caCertificateRefs: [] }),
    policy({ caCertificateRefs: [], wellKnownCACertificates: 'System' }),
  ],
  ...nameRows('Hostname', 'hostname', 'a.example', uri),
  ...nameRows('URI', 'uri', 'spiffe://a/b', host),
])
