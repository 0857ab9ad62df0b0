/** The last so many days, or days that somebody chose. */
export const PRESETS = [1, 7, 30, 90] as const
export const OWN = 'own'
export type Preset = (typeof PRESETS)[number] | typeof OWN

export interface Period {
  preset: Preset
  /** YYYY-MM-DD, for chosen days alone. */
  from: string
  to: string
}

/** The query of the report. Which day is today only the server knows: days are those of the UIS account. */
export function reportQuery({ preset, from, to }: Period): string {
  return preset === OWN ? `from=${from}&to=${to}` : `days=${preset}`
}

/** Whether there is anything to ask: chosen days have to be two, in their order. */
export function complete({ preset, from, to }: Period): boolean {
  return preset !== OWN || (from !== '' && to !== '' && from <= to)
}
