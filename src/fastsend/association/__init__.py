"""Associations: negotiated, released and aborted by pynetdicom, which nothing else imports."""
