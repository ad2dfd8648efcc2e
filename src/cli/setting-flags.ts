import type { Flag, Input } from './command.ts'
import { type GivenFlags, resolveSettings } from './settings/resolve-settings.ts'
import { type AnySetting, type SettingName, type Settings, settings, variableOf } from './settings/settings.ts'

/** The flags of these settings, all of them unless said otherwise. */
export function settingFlags(names = Object.keys(settings) as SettingName[]): Record<string, Flag> {
  return Object.fromEntries(names.map((name) => [settings[name].flag, flagOf(settings[name])]))
}

/** @throws UsageError, CommandFailure as resolveSettings does. */
export function settingsFrom(
  input: Input,
  flags: readonly string[],
  env: Parameters<typeof resolveSettings>[1],
): Settings {
  const given: GivenFlags = (flag) => {
    if (!flags.includes(flag)) return []
    const switched = input.switched(flag)
    return switched === undefined ? input.list(flag) : [switched ? 'on' : 'off']
  }
  return resolveSettings(given, env)
}

function flagOf(setting: AnySetting): Flag {
  const isSwitch = 'isSwitch' in setting
  const fallback = 'fallback' in setting ? setting.fallback({}) : null
  const usual =
    fallback === null || fallback === '' || isSwitch
      ? ''
      : ` Default: ${setting.flag === 'store' ? 'in the data folder of the user' : fallback}.`
  const elsewhere = [variableOf(setting), ...(setting.key === null ? [] : [`key ${setting.key.join('.')}`])].join(', ')
  return {
    kind: 'isList' in setting ? 'list' : isSwitch ? 'switch' : 'text',
    ...(isSwitch ? {} : { hint: setting.hint }),
    description: `${setting.description}${usual} (${elsewhere})`,
  }
}
