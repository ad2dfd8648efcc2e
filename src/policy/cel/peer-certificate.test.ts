import 'reflect-metadata'
import assert from 'node:assert/strict'
import { createHash, webcrypto } from 'node:crypto'
import { test } from 'node:test'
import { type JsonGeneralName, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { FakeExchange } from '../test-kit.ts'
import { compileExpression } from './expression.ts'
import { peerCertificate } from './peer-certificate.ts'
import { RequestVariables } from './request-variables.ts'

async function certificate(name: string, names: JsonGeneralName[]): Promise<Uint8Array> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const extensions = names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]
  const made = { name, keys, signingAlgorithm: algorithm, extensions }
  return new Uint8Array((await X509CertificateGenerator.createSelfSigned(made, webcrypto)).rawData)
}

type Facts = readonly [subject: string, uriSan: string | undefined, dnsSan: string | undefined]
const rows: [sentence: string, name: string, names: JsonGeneralName[], facts: Facts][] = [
  ['a name alone', 'CN=alice', [], ['CN=alice', undefined, undefined]],
  ['several parts, the last first', 'O=Example, CN=alice', [], ['CN=alice,O=Example', undefined, undefined]],
  ['what must be escaped', 'CN=a\\, b', [], ['CN=a\\, b', undefined, undefined]],
  [
    'the first of each kind',
    'CN=x',
    [
      { type: 'dns', value: 'a.test' },
      { type: 'url', value: 'spiffe://td/ns/a' },
      { type: 'dns', value: 'b.test' },
      { type: 'url', value: 'spiffe://td/ns/b' },
    ],
    ['CN=x', 'spiffe://td/ns/a', 'a.test'],
  ],
  [
    'a name that pretends to be two',
    'CN=x',
    [{ type: 'url', value: 'spiffe://td/a, DNS:evil.test' }],
    ['CN=x', 'spiffe://td/a, DNS:evil.test', undefined],
  ],
]
for (const [sentence, name, names, facts] of rows) {
  test(sentence, async () => {
    const der = await certificate(name, names)
    const { subject, uriSan, dnsSan, digest } = peerCertificate(der)
    assert.deepEqual([subject, uriSan, dnsSan], facts)
    assert.equal(digest, createHash('sha256').update(der).digest('hex'))
    assert.equal(peerCertificate(der), peerCertificate(der), 'read once')
  })
}

test('expressions see it', async () => {
  const der = await certificate('CN=alice', [{ type: 'url', value: 'spiffe://td/alice' }])
  const tls = { version: 'TLSv1.3', cipher: 'x', certificate: true }
  const exchange = new FakeExchange({ connection: { sni: 'a.test', tls }, clientCertificate: der })
  for (const expression of [
    "connection.mtls && connection.tls_version == 'TLSv1.3' && connection.requested_server_name == 'a.test'",
    "connection.subject_peer_certificate == 'CN=alice'",
    "connection.uri_san_peer_certificate == 'spiffe://td/alice'",
    '!has(connection.dns_san_peer_certificate)',
    'size(connection.sha256_peer_certificate_digest) == 64',
  ]) {
    assert.equal(compileExpression(expression)(new RequestVariables(exchange, undefined)), true, expression)
  }
})
