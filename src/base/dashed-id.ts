/** 32 hexadecimal digits, as an exchange's id has them, in the form of a UUID. */
export function dashedId(id: string): string {
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
}
