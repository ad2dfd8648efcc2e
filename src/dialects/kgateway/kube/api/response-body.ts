import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { boundedBytes } from '../../../../base/bounded-bytes.ts'

/** In bytes. A page of a list holds 500 objects of at most a megabyte and a half. */
const LARGEST_ANSWER = 512 * 1024 * 1024
/** In characters. */
const LARGEST_LINE = 16 * 1024 * 1024
/** Without a word for this long a watch is given up: a server that is well says something about once a minute. */
const LONGEST_SILENCE_MS = 150_000

/** The whole of an answer, as JSON. */
export async function readJson(response: IncomingMessage): Promise<unknown> {
  const tooMuch = () => new Error('the API server answers with more than can be read')
  return JSON.parse(String(await boundedBytes(response, LARGEST_ANSWER, tooMuch))) as unknown
}

/** Lines of JSON, each handed on as it comes, until the server ends them. */
export async function readLines(response: IncomingMessage, onLine: (line: unknown) => void): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  response.setTimeout(LONGEST_SILENCE_MS, () => response.destroy(new Error('the API server fell silent')))
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop()!
    if (rest.length > LARGEST_LINE) throw new Error('the API server sends a line that is too long')
    for (const line of lines) if (line !== '') onLine(JSON.parse(line))
  }
}
