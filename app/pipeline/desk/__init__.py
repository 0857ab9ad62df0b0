"""The operator workplace and the CRM's automation on the road."""
