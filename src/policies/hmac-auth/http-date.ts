const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const TIME = '(\\d{2}):(\\d{2}):(\\d{2})'
const ZONE = '(?: (?:GMT|UTC|[+-]0000))?'

/** The three forms of RFC 9110 §5.6.7. Days of the week say nothing new and are not looked at. */
const FIXED = new RegExp(`^[A-Za-z]{3}, (\\d{1,2}) ([A-Za-z]{3}) (\\d{4}) ${TIME}${ZONE}$`)
const RFC850 = new RegExp(`^[A-Za-z]{6,9}, (\\d{2})-([A-Za-z]{3})-(\\d{2}) ${TIME}${ZONE}$`)
const ASCTIME = new RegExp(`^[A-Za-z]{3} ([A-Za-z]{3}) ([ \\d]\\d) ${TIME} (\\d{4})$`)

/** An HTTP date as seconds since the epoch; null when it is none. */
export function httpDate(text: string): number | null {
  const fixed = FIXED.exec(text)
  if (fixed !== null) return seconds(Number(fixed[3]), fixed[2]!, fixed[1]!, fixed.slice(4, 7))
  const rfc850 = RFC850.exec(text)
  if (rfc850 !== null) {
    const year = Number(rfc850[3])
    return seconds(year < 70 ? 2000 + year : 1900 + year, rfc850[2]!, rfc850[1]!, rfc850.slice(4, 7))
  }
  const asctime = ASCTIME.exec(text)
  return asctime === null ? null : seconds(Number(asctime[6]), asctime[1]!, asctime[2]!, asctime.slice(3, 6))
}

function seconds(year: number, monthName: string, dayText: string, time: readonly string[]): number | null {
  const month = MONTHS.indexOf(monthName.toLowerCase())
  const day = Number(dayText)
  const [hour, minute, second] = time.map(Number) as [number, number, number]
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return null
  const at = Date.UTC(year, month, day, hour, minute, second)
  // the 31st of February would quietly become a day of March
  return new Date(Date.UTC(year, month, day)).getUTCDate() === day ? at / 1000 : null
}
