"""Fields: from what is known of a communication to the fields of the CRM."""
