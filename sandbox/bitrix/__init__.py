"""The simulated Bitrix24: portals with REST, CRM, events and placements, and the authorization server."""
