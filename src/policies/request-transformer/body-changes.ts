import { jsonObject } from '../../base/strict-json.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Changes } from './changes.ts'
import { ArgumentTable, JsonTable } from './tables.ts'
import type { TemplateValues } from './template.ts'

/** Changes a JSON object or a form. Anything else, multipart included, goes on as it came. */
export function changeBody(exchange: Exchange, body: Uint8Array, changes: Changes, values: TemplateValues): void {
  const type = exchange.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/json') {
    const object = body.length === 0 ? {} : jsonObject(body)
    if (object === null) return
    const table = new JsonTable(object)
    changes(table, values)
    exchange.replaceBody(Buffer.from(table.encoded(), 'utf8'))
  } else if (type === 'application/x-www-form-urlencoded') {
    const table = new ArgumentTable(Buffer.from(body).toString('latin1'))
    changes(table, values)
    exchange.replaceBody(Buffer.from(table.encoded(), 'latin1'))
  }
}
