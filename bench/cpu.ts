import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second, as `/proc` counts them on every Linux we know. */
const TICKS = 100

/** User and system CPU seconds of a process and its descendants. */
export function cpuSeconds(pid: number): number {
  let ticks = 0
  for (const each of family(pid)) {
    try {
      const stat = readFileSync(`/proc/${each}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // it ended meanwhile
    }
  }
  return ticks / TICKS
}

/** Resident bytes of a process and its descendants. */
export function residentBytes(pid: number): number {
  let kib = 0
  for (const each of family(pid)) {
    try {
      kib += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${each}/status`, 'latin1'))?.[1] ?? 0)
    } catch {
      // it ended meanwhile
    }
  }
  return kib * 1024
}

function family(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // it ended meanwhile
    }
  }
  const all: number[] = []
  const walk = (each: number) => {
    all.push(each)
    for (const child of children.get(each) ?? []) walk(child)
  }
  walk(pid)
  return all
}
