import { wireText } from '../../base/wire-text.ts'
import { type BodyFields, several } from './body-field.ts'

/** A body of parts, each with a name (multipart/form-data, RFC 7578). */
export function multipartBody(contentType: string, bytes: Uint8Array): BodyFields | null {
  const parameter = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType)
  const boundary = parameter?.[1] ?? parameter?.[2]
  if (boundary === undefined) return null
  const text = `\r\n${Buffer.from(bytes).toString('latin1')}`
  const pieces = text.split(`\r\n--${boundary}`)
  // Before the first boundary stands a preamble, behind the last one `--`; less than that is no multipart body.
  if (pieces.length < 2 || !pieces[pieces.length - 1]?.startsWith('--')) return null
  const parts = pieces.map((piece, index) => ({
    piece,
    name: index === 0 || index === pieces.length - 1 ? null : nameOf(piece),
  }))

  return {
    find(name) {
      const found = parts.filter((part) => part.name === name)
      if (found.length > 1) return several
      const [part] = found
      return part === undefined ? undefined : (textOf(part.piece) ?? undefined)
    },
    without(name) {
      const kept = parts.filter((part) => part.name !== name)
      if (kept.length === parts.length) return null
      return Buffer.from(
        kept
          .map(({ piece }) => piece)
          .join(`\r\n--${boundary}`)
          .slice(2),
        'latin1',
      )
    },
  }
}

function nameOf(piece: string): string | null {
  const head = piece.slice(0, piece.indexOf('\r\n\r\n') + 2)
  const name = /\r\ncontent-disposition:[^\r\n]*?;[ \t]*name=(?:"([^"\r\n]*)"|([^\s;"]+))/i.exec(head)
  const bytes = name?.[1] ?? name?.[2]
  return bytes === undefined ? null : wireText(bytes)
}

function textOf(piece: string): string | null {
  const blank = piece.indexOf('\r\n\r\n')
  return blank === -1 ? null : wireText(piece.slice(blank + 4))
}
