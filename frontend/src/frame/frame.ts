import type { B24Frame } from '@bitrix24/b24jssdk'

/** The portal's side of our frame. Every call fails in time, none waits for ever. */
export interface PortalFrame {
  /** Access token of the user who looks at the page. */
  accessToken(fresh: boolean): Promise<string>
  /** Tells the portal that the installation is finished; the portal then reloads the frame. */
  installFinish(): Promise<void>
  /** Opens a path of the portal (`/crm/lead/details/5/`) in a slider. */
  openPath(path: string): Promise<void>
  /** The title of the portal's page round us. */
  setTitle(title: string): Promise<void>
  reload(): Promise<void>
}

export class FrameMissing extends Error {
  override readonly name = 'FrameMissing'
}

const ANSWER_MS = 10_000

/** Waits for the portal, but not for ever: a parent page without our script never answers. */
export function within<T>(promise: Promise<T>, ms: number = ANSWER_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new FrameMissing()), ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

let frame: Promise<B24Frame> | null = null

/** The library is large and not needed for the first paint, so it comes in a chunk of its own. */
function connect(): Promise<B24Frame> {
  frame ??= import('@bitrix24/b24jssdk').then(sdk => sdk.initializeB24Frame()).catch((error: unknown) => {
    frame = null
    throw error
  })
  return within(frame)
}

async function accessToken(fresh: boolean): Promise<string> {
  const { auth } = await connect()
  const kept = fresh ? false : auth.getAuthData()
  const data = kept || (await within(auth.refreshAuth()))
  if (!data) throw new FrameMissing()
  return data.access_token
}

/** Bitrix24: sdk/bx24-js-sdk/system-functions/bx24-install-finish */
async function installFinish(): Promise<void> {
  const portal = await connect()
  if (portal.isInstallMode) await within(portal.installFinish().then(() => undefined))
  else await portal.parent.reloadWindow()
}

/** Bitrix24: sdk/bx24-js-sdk/additional-functions/bx24-open-path */
async function openPath(path: string): Promise<void> {
  const portal = await connect()
  await portal.slider.openPath(portal.slider.getUrl(path))
}

/** Bitrix24: sdk/bx24-js-sdk/additional-functions (setTitle) */
async function setTitle(title: string): Promise<void> {
  const { parent } = await connect()
  await within(parent.setTitle(title).then(() => undefined))
}

export const portalFrame: PortalFrame = {
  accessToken,
  installFinish,
  openPath,
  setTitle,
  reload: async () => void (await (await connect()).parent.reloadWindow()),
}
