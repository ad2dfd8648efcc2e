import { readFileSync, statSync } from 'node:fs'
import { DocumentReading, LARGEST_FILE } from './documents.ts'
import { findFiles, unreadableText } from './find-files.ts'
import { ManifestReading, type Manifests } from './manifest-reading.ts'
import { objectsOf } from './objects.ts'

/**
 * Reads the manifests of a file or folder as `kubectl apply` would hand them to an API server, one after the other.
 *
 * @param before what the last reading came to. What is wrong now stays as it was then, and generations go on counting.
 */
export function readManifests(path: string, before: Manifests | null = null): Manifests {
  const reading = new ManifestReading(before)
  const texts = new DocumentReading(before?.texts)
  const { files, unreadable } = findFiles(path)
  for (const each of unreadable) reading.unreadable(each.path, each.message)
  for (const file of files) {
    try {
      if (statSync(file).size > LARGEST_FILE) {
        reading.unreadable(file, `this is larger than ${LARGEST_FILE / 1024 / 1024} MiB: split it`)
      } else readText(readFileSync(file, 'utf8'), file, texts, reading)
    } catch (error) {
      reading.unreadable(file, unreadableText(error))
    }
  }
  return { ...reading.finish(), texts: texts.known }
}

/** As `readManifests`, for a text that has been read already. */
export function readManifestText(text: string, source: string, before: Manifests | null = null): Manifests {
  const reading = new ManifestReading(before)
  const texts = new DocumentReading(before?.texts)
  readText(text, source, texts, reading)
  return { ...reading.finish(), texts: texts.known }
}

function readText(text: string, file: string, texts: DocumentReading, reading: ManifestReading): void {
  const { documents, problems } = texts.read(text)
  for (const { line, message } of problems) reading.illegible(file, line, message)
  for (const object of documents.flatMap(objectsOf)) reading.take(object, file)
}
