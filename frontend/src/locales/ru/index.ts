import analyticsReport from './analyticsReport.json'
import chats from './chats.json'
import common from './common.json'
import installer from './installer.json'
import journal from './journal.json'
import main from './main.json'

export default { ...common, analyticsReport, chats, installer, journal, main }
