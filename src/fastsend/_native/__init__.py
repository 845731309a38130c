"""The compiled core: `part10` (files), `pdu` (bytes of the Upper Layer), `wire` (the socket)."""
