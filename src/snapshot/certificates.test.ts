import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Certificates } from './certificates.ts'

const certificates = new Certificates()
const put = (id: string, snis: string[], listener?: string) =>
  certificates.put({ id, cert: '', key: '', snis, ...(listener !== undefined && { listener }) })
put('all', ['*'])
put('labels', ['*.example.com'])
put('ours', ['*'], 'a')
put('deep', ['*.example.com'], 'a')
put('exact', ['A.example.com.'], 'b')

const rows: [sentence: string, name: string, listener: string | null, id: string][] = [
  ['one of all listeners takes one label for *', 'x.example.com', null, 'labels'],
  ['and no more than one', 'x.y.example.com', null, 'all'],
  ['a listener’s own goes before one of all', 'other.com', 'a', 'ours'],
  ['and takes any number of labels for *', 'x.y.example.com', 'a', 'deep'],
  ['names are compared without case and the dot of the root', 'a.EXAMPLE.com', 'b', 'exact'],
  ['where a listener has none for a name, one of all is presented', 'b.example.com', 'b', 'labels'],
  ['what another listener presents is not', 'x.y.example.com', 'c', 'all'],
]
for (const [sentence, name, listener, id] of rows) {
  test(`of certificates, ${sentence}`, () => {
    assert.equal(certificates.forServerName(name, listener)?.id, id)
  })
}

test('of two certificates for one name the last answers, and when it goes the other', () => {
  const two = new Certificates()
  for (const id of ['one', 'other']) two.put({ id, cert: '', key: '', snis: ['*'] })
  assert.equal(two.forServerName('x')?.id, 'other')
  two.delete('other')
  assert.equal(two.forServerName('x')?.id, 'one')
})
