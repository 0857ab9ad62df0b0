"""The CRM of a portal: entities, dictionaries, duplicates, timeline, activities."""
