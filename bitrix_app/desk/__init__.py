"""Cards, people and the automation of a portal, for the operator workplace."""
