import ChatsIcon from '@bitrix24/b24icons-vue/outline/ChatsIcon'
import FormIcon from '@bitrix24/b24icons-vue/outline/FeedbackFormIcon'
import GraphsDiagramIcon from '@bitrix24/b24icons-vue/outline/GraphsDiagramIcon'
import HeadsetIcon from '@bitrix24/b24icons-vue/outline/HeadsetIcon'
import HomeIcon from '@bitrix24/b24icons-vue/outline/HomeIcon'
import LinksListIcon from '@bitrix24/b24icons-vue/outline/LinksListIcon'
import OpenChannelsIcon from '@bitrix24/b24icons-vue/outline/OpenChannelsIcon'
import PersonSettingsIcon from '@bitrix24/b24icons-vue/outline/PersonSettingsIcon'
import type { Component } from 'vue'
import { defineAsyncComponent } from 'vue'
import MainPage from '@/pages/main/MainPage.vue'

export interface Tab {
  /** Name of its section and of its text `tabs.<name>`. */
  name: string
  icon: typeof HomeIcon
  page: Component
  /** Names clients, so the server shows it to administrators only. */
  adminOnly?: boolean
}

/** The tabs of the application, in their order. All but the first come when they are opened. */
export const TABS: readonly Tab[] = [
  { name: 'main', icon: HomeIcon, page: MainPage },
  { name: 'open_lines', icon: OpenChannelsIcon, page: defineAsyncComponent(() => import('@/pages/openlines/OpenLinesPage.vue')) },
  {
    name: 'open_lines_analytics', icon: GraphsDiagramIcon,
    page: defineAsyncComponent(() => import('@/pages/analytics/AnalyticsPage.vue')),
  },
  { name: 'chats', icon: ChatsIcon, page: defineAsyncComponent(() => import('@/pages/chats/ChatsPage.vue')) },
  { name: 'offline', icon: FormIcon, page: defineAsyncComponent(() => import('@/pages/offline/OfflinePage.vue')) },
  { name: 'journal', icon: LinksListIcon, adminOnly: true, page: defineAsyncComponent(() => import('@/pages/journal/JournalPage.vue')) },
  { name: 'desk', icon: HeadsetIcon, page: defineAsyncComponent(() => import('@/pages/workplace/WorkplacePage.vue')) },
  {
    name: 'workplace', icon: PersonSettingsIcon, adminOnly: true,
    page: defineAsyncComponent(() => import('@/pages/deskSettings/DeskSettingsPage.vue')),
  },
]

/** Employees come to work: what administrators set up stands behind it for them. */
export function tabsOf(admin: boolean): Tab[] {
  const shown = TABS.filter(({ adminOnly }) => admin || !adminOnly)
  return admin ? shown : [...shown].sort((one, other) => Number(other.name === 'desk') - Number(one.name === 'desk'))
}
